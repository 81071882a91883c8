// SPDX-License-Identifier: Apache-2.0

import Reactor
import Testing

struct ProcessMemoryTests {
  private static let size = 64 << 20

  @Test func `what a process writes to comes to its memory`() throws {
    // Other tests in this process take memory and give it back meanwhile, but not as much each time.
    var hasGrown = false
    for _ in 0..<50 where !hasGrown {
      hasGrown = try (Self.size / 2..<2 * Self.size).contains(Self.growthByWriting())
    }
    #expect(hasGrown)
  }

  private static func growthByWriting() throws -> Int {
    let before = try #require(ProcessMemory.resident())
    let bytes = [UInt8](repeating: 1, count: size)
    let after = try #require(ProcessMemory.resident())
    withExtendedLifetime(bytes) {}
    return after - before
  }
}
