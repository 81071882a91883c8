// SPDX-License-Identifier: Apache-2.0

import Reactor
import Testing

struct ProcessMemoryTests {
  @Test func `what a process writes to comes to its memory`() throws {
    let before = try #require(ProcessMemory.resident())
    let size = 64 << 20
    let bytes = [UInt8](repeating: 1, count: size)
    let after = try #require(ProcessMemory.resident())
    // Other tests in this process may give memory back meanwhile.
    #expect(before > 1 << 20 && after > before + size / 2)
    withExtendedLifetime(bytes) {}
  }
}
