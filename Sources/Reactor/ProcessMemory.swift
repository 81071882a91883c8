// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What this process takes of the machine's memory.
package enum ProcessMemory {
  /// Bytes that are resident, file pages included (proc_pid_statm(5)); `nil` where /proc does not tell.
  package static func resident() -> Int? {
    var text = [UInt8](repeating: 0, count: 128)
    guard let file = try? Descriptor.openForReading("/proc/self/statm"),
      let count = try? file.read(into: &text, at: 0, count: text.count)
    else { return nil }
    let fields = String(decoding: text.prefix(count), as: UTF8.self).split(separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
    return pages * sysconf(Int32(_SC_PAGESIZE))
  }
}
