// SPDX-License-Identifier: Apache-2.0

private import Glibc

/// Text on its way to a file, in memory of its own that begins and ends where a disk's blocks do, as writes past the
/// kernel's cache want it (`open(2)`, O_DIRECT). Nobody else has that memory, so it may go from thread to thread.
///
/// Such a write begins with a block. What stands in that block before the text is written once more: its lead.
@safe package struct Blocks: ~Copyable, @unchecked Sendable {
  /// Of a block, in bytes: a multiple of what the disks and file systems of today call their own.
  static let size = 4096

  private var memory: UnsafeMutableRawBufferPointer
  /// Bytes before the text, for the lead: fewer than a block has.
  private(set) var lead = 0
  /// Bytes of the lead and the text.
  private(set) var count = 0

  init() {
    unsafe memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  }

  deinit {
    unsafe memory.deallocate()
  }

  var textCount: Int { count - lead }

  /// The lead and the text.
  var bytes: [UInt8] { unsafe Array(memory[..<count]) }

  var text: [UInt8] { unsafe Array(memory[lead..<count]) }

  func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    unsafe body(UnsafeRawBufferPointer(rebasing: memory[..<count]))
  }

  func withUnsafeText<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    unsafe body(UnsafeRawBufferPointer(rebasing: memory[lead..<count]))
  }

  /// Empties it for text that goes behind `lead` bytes of its first block. They are unknown until `setLead`.
  mutating func begin(behind lead: Int) {
    reserve(lead)
    self.lead = lead
    count = lead
  }

  mutating func append(_ bytes: [UInt8]) {
    reserve(count + bytes.count)
    unsafe UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyBytes(from: bytes)
    count += bytes.count
  }

  /// Appends what `write` puts into the room behind the text, which is `count` bytes at least; it answers how many.
  mutating func append(room count: Int, _ write: (UnsafeMutableBufferPointer<UInt8>) -> Int) {
    reserve(self.count + count)
    let room = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[self.count...])
    self.count += unsafe write(room.bindMemory(to: UInt8.self))
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

  /// Puts these bytes, fewer than a block has, before the text. It moves unless it was begun behind as many.
  mutating func setLead(_ bytes: borrowing Blocks) {
    let textCount = textCount
    reserve(bytes.count + textCount)
    if bytes.count != lead, textCount > 0 {
      unsafe UnsafeMutableRawBufferPointer(rebasing: memory[bytes.count...])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[lead..<count]))
    }
    unsafe memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes.memory[..<bytes.count]))
    lead = bytes.count
    count = lead + textCount
  }

  /// Becomes those bytes of the other's that stand before `end` in the same block.
  mutating func takeLastBlock(of other: borrowing Blocks, before end: Int) {
    let start = end / Self.size * Self.size
    reserve(end - start)
    unsafe memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: other.memory[start..<end]))
    lead = 0
    count = end - start
  }

  /// Drops all bytes; of the memory more than `limit` is given back.
  mutating func removeAll(keeping limit: Int) {
    lead = 0
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
