// SPDX-License-Identifier: Apache-2.0

private import CLinux
private import Glibc

/// CRC-32C of the bytes in a range.
func checksum(_ bytes: [UInt8], _ range: Range<Int>) -> UInt32 {
  unsafe bytes.withUnsafeBytes { buffer in
    unsafe hl_crc32c(0, buffer.baseAddress.map { unsafe $0 + range.lowerBound }, range.count)
  }
}

/// Offset of the first `byte` from `start` on.
func offset(of byte: UInt8, in bytes: [UInt8], from start: Int) -> Int? {
  unsafe bytes.withUnsafeBytes { buffer -> Int? in
    guard start < buffer.count, let base = buffer.baseAddress,
      let found = unsafe memchr(base + start, Int32(byte), buffer.count - start)
    else { return nil }
    return unsafe UnsafeRawPointer(found) - base
  }
}

/// Whether all bytes from `start` on are the same.
func isUniform(_ bytes: [UInt8], from start: Int) -> Bool {
  unsafe bytes.withUnsafeBytes { buffer in
    guard buffer.count - start > 1, let base = buffer.baseAddress else { return true }
    return unsafe memcmp(base + start, base + start + 1, buffer.count - start - 1) == 0
  }
}
