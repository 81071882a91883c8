// SPDX-License-Identifier: Apache-2.0

private import Glibc

/// Bytes in memory of their own that begins and ends where a disk's blocks do, as writes past the kernel's cache want it
/// (`open(2)`, O_DIRECT). Of one thread.
@safe package struct Blocks: ~Copyable {
  /// Of a block, in bytes: a multiple of what the disks and file systems of today call their own.
  static let size = 4096

  private var memory: UnsafeMutableRawBufferPointer
  private(set) var count = 0

  init() {
    unsafe memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  }

  deinit {
    unsafe memory.deallocate()
  }

  /// All that was appended.
  var bytes: [UInt8] { unsafe Array(memory[..<count]) }

  func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    unsafe body(UnsafeRawBufferPointer(rebasing: memory[..<count]))
  }

  mutating func append(_ bytes: [UInt8]) {
    reserve(count + bytes.count)
    unsafe UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyBytes(from: bytes)
    count += bytes.count
  }

  /// Makes it so many of that byte, if it is not so long already: it holds nothing else then.
  mutating func fill(with byte: UInt8, count: Int) {
    reserve(count)
    if self.count < count { write(byte, in: 0..<count) }
    self.count = count
  }

  /// Appends that byte up to the end of the last block.
  mutating func completeBlock(with byte: UInt8) {
    let end = (count + Self.size - 1) / Self.size * Self.size
    write(byte, in: count..<end)
    count = end
  }

  /// Keeps the bytes of that block that stand before `end`, and drops all others.
  mutating func keepLastBlock(before end: Int) {
    let start = end / Self.size * Self.size
    if start > 0, start < end {
      unsafe UnsafeMutableRawBufferPointer(rebasing: memory[..<(end - start)])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[start..<end]))
    }
    count = end - start
  }

  /// Drops all bytes; of the memory more than `limit` is given back.
  mutating func removeAll(keeping limit: Int) {
    count = 0
    guard unsafe memory.count > limit else { return }
    unsafe memory.deallocate()
    unsafe memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  }

  /// By memset(3): Swift's own ways become a loop over single bytes.
  private func write(_ byte: UInt8, in range: Range<Int>) {
    guard let start = unsafe memory.baseAddress, range.upperBound <= (unsafe memory.count) else { return }
    unsafe memset(start + range.lowerBound, Int32(byte), range.count)
  }

  private mutating func reserve(_ needed: Int) {
    guard unsafe needed > memory.count else { return }
    let rounded = unsafe (max(needed, 2 * memory.count) + Self.size - 1) / Self.size * Self.size
    let grown = UnsafeMutableRawBufferPointer.allocate(byteCount: rounded, alignment: Self.size)
    unsafe grown.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<count]))
    unsafe memory.deallocate()
    unsafe memory = grown
  }
}
