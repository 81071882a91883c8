// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Ends the fuzzer, which then keeps the input.
func differ(_ what: String) -> Never {
  let line = "DIFFERENCE: \(what)\n"
  write(2, line, line.utf8.count)
  abort()
}

func require(_ isSo: Bool, _ what: @autoclosure () -> String) {
  if !isSo { differ(what()) }
}

/// The input of the fuzzer as an array.
func input(_ start: UnsafePointer<UInt8>?, _ count: Int) -> [UInt8] {
  Array(UnsafeBufferPointer(start: start, count: count))
}
