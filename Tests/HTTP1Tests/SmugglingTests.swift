// SPDX-License-Identifier: Apache-2.0

import HTTP1
import HTTP1Vectors
import Testing

@Suite struct SmugglingTests {
  @Test(arguments: streams)
  func aConnectionIsReadOneWay(_ example: Case<Exchange>) {
    #expect(exchange(example.bytes, step: .max) == example.expected)
    for step in 1...40 {
      #expect(exchange(example.bytes, step: step) == example.expected, "step \(step)")
    }
  }
}
