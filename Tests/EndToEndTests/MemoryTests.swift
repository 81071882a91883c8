// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

extension EndToEnd {
  /// What the built program asks the kernel for.
  @Suite struct MemoryTests {
    @Test func `all of its threads take their memory from one heap`() throws {
      let folder = try Folder()
      let server = try ServerProcess.serve(data: folder.path)
      let storm = Storm(round: 0)
      storm.rage(port: server.publicPort, limit: 100, strike: 100) {}
      #expect(storm.acknowledged.count == Storm.connections * 100)
      let maps = String(decoding: try Folder.read("/proc/\(server.id)/maps"), as: UTF8.self)
      #expect(maps.contains("[heap]"))
      #expect(Self.heapsOfThreads(maps).isEmpty)
      server.send(SIGTERM)
      #expect(try server.end() == 0)
    }

    @Test func `heaps of threads are told from other memory`() {
      let maps = """
        55d0c0000000-55d0c0195000 rw-p 00000000 00:00 0    [heap]
        7f0000000000-7f0000021000 rw-p 00000000 00:00 0
        7f0000021000-7f0004000000 ---p 00000000 00:00 0
        7f0008000000-7f0008021000 rw-p 00000000 00:00 0
        7f0008800000-7f0008821000 r--p 00000000 fe:00 77   /usr/lib/x86_64-linux-gnu/libc.so.6
        """
      #expect(Self.heapsOfThreads(maps) == ["7f0000000000"])
    }

    /// glibc reserves 64 MiB, at a multiple of that, for the heap of a thread, and unlocks its beginning
    /// (malloc/arena.c, `HEAP_MAX_SIZE`).
    private static func heapsOfThreads(_ maps: String) -> [Substring] {
      let size = 64 << 20
      var heaps: [Substring] = []
      var open: (start: Substring, end: Substring)?
      for line in maps.split(separator: "\n") {
        let parts = line.split(separator: " ")
        guard parts.count >= 5, case let range = parts[0].split(separator: "-"), range.count == 2,
          let start = Int(range[0], radix: 16), let end = Int(range[1], radix: 16)
        else { continue }
        if let heap = open, heap.end == range[0], parts[1] == "---p", end % size == 0 { heaps.append(heap.start) }
        let isAnonymous = parts.count == 5
        open = isAnonymous && parts[1] == "rw-p" && start % size == 0 ? (range[0], range[1]) : nil
      }
      return heaps
    }
  }
}
