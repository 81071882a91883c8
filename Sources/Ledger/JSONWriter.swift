// SPDX-License-Identifier: Apache-2.0

private import CLinux
internal import Callbacks
internal import JSON

/// Writes JSON text into room that was made once: what an array checks at every append costs more than most of what is
/// appended. Where the room does not suffice, the text moves.
///
/// The journal's lines and the task files are made this way, without a tree in between. Only a `JSONRoom` makes a writer.
@safe
struct JSONWriter: ~Copyable {
  private var start: UnsafeMutablePointer<UInt8>
  private var place: UnsafeMutablePointer<UInt8>
  private var end: UnsafeMutablePointer<UInt8>
  /// Whether the room was too small, so that the text stands in memory of the writer's own.
  private var hasMoved = false
  /// The moment written last, and where its text begins: finished tasks name the same one several times.
  private var lastTime: (time: Timestamp, offset: Int)?

  fileprivate init(_ base: UnsafeMutablePointer<UInt8>, capacity: Int) {
    unsafe start = base
    unsafe place = base
    unsafe end = base + capacity
  }

  deinit {
    if hasMoved { unsafe start.deallocate() }
  }

  @inline(__always)
  private mutating func makeRoom(_ count: Int) {
    if unsafe count > end - place { move(toFit: count) }
  }

  @inline(never)
  private mutating func move(toFit more: Int) {
    let count = unsafe place - start
    let old = unsafe start
    let capacity = 2 * (count + more)
    unsafe start = .allocate(capacity: capacity)
    unsafe start.update(from: old, count: count)
    unsafe place = start + count
    unsafe end = start + capacity
    if hasMoved { unsafe old.deallocate() }
    hasMoved = true
  }

  /// Hands over what was written: to the room, whose count it becomes, or to the array, if the room was too small.
  fileprivate consuming func finish(_ filled: inout Int) -> [UInt8] {
    let text = unsafe UnsafeBufferPointer(start: start, count: place - start)
    guard hasMoved else {
      filled += text.count
      return []
    }
    return unsafe Array(text)
  }

  /// CRC-32C of all that was written.
  var checksum: UInt32 {
    unsafe crc32c(UnsafeRawBufferPointer(start: start, count: place - start))
  }

  // MARK: - Text

  @inline(__always)
  mutating func append(literal: StaticString) {
    let count = literal.utf8CodeUnitCount
    makeRoom(count)
    unsafe place.update(from: literal.utf8Start, count: count)
    unsafe place += count
  }

  @inline(__always)
  mutating func append(copying span: Span<UInt8>) {
    makeRoom(span.count)
    unsafe span.withUnsafeBufferPointer { source in
      if let start = source.baseAddress { unsafe place.update(from: start, count: source.count) }
    }
    unsafe place += span.count
  }

  mutating func append(copying text: borrowing String) {
    let utf8 = text.utf8Span
    append(copying: utf8.span)
  }

  /// Appends a JSON string.
  mutating func append(quoted value: Span<UInt8>) {
    let count = value.count
    makeRoom(count + 2)
    let isPlain = unsafe value.withUnsafeBytes { unsafe copyIfPlain($0, to: UnsafeMutableRawPointer(place + 1)) }
    guard isPlain else { return append(escaping: value) }
    unsafe place[0] = UInt8(ascii: "\"")
    unsafe place[count + 1] = UInt8(ascii: "\"")
    unsafe place += count + 2
  }

  @inline(__always)
  mutating func append(quoted text: borrowing String) {
    withBytes(of: text) { append(quoted: $0) }
  }

  @inline(never)
  private mutating func append(escaping value: Span<UInt8>) {
    var escaped: [UInt8] = []
    JSON.appendQuoted(value, to: &escaped)
    append(copying: escaped.span)
  }

  /// Takes back the quote behind the string that was just written, so that more of it can follow.
  mutating func reopenString() {
    unsafe place -= 1
  }

  mutating func append(quoted id: TaskID) {
    append(literal: "\"tsk_")
    append(ulid: id)
    append(literal: "\"")
  }

  /// Appends the 26 characters of `TaskID.ulid`.
  mutating func append(ulid id: TaskID) {
    makeRoom(26)
    // 8 bits, 60 and 60.
    write(crockford: id.high >> 56, count: 2)
    write(crockford: id.high << 4 | id.low >> 60, count: 12)
    write(crockford: id.low, count: 12)
  }

  /// Appends the last two characters of `TaskID.ulid` in lower case.
  mutating func append(lowerCaseULIDEnd id: TaskID) {
    makeRoom(2)
    write(crockford: id.low, count: 2)
    // Digits have the bit that makes letters lower-case.
    unsafe place[-2] |= 0x20
    unsafe place[-1] |= 0x20
  }

  /// Writes the last `count` digits of base 32.
  @inline(__always)
  private mutating func write(crockford value: UInt64, count: Int) {
    for index in 0..<count {
      let digit = Int(truncatingIfNeeded: value >> UInt64(5 * (count - 1 - index)) & 31)
      unsafe place[index] = crockfordAlphabet.utf8Start[digit]
    }
    unsafe place += count
  }

  mutating func append(quoted time: Timestamp) {
    append(literal: "\"")
    if let lastTime, lastTime.time == time {
      makeRoom(24)
      unsafe place.update(from: start + lastTime.offset, count: 24)
      unsafe place += 24
    } else {
      lastTime = unsafe (time, place - start)
      let characters = time.rfc3339
      append(copying: characters.span)
    }
    append(literal: "\"")
  }

  // MARK: - Numbers

  mutating func append(integer value: Int64) {
    if value < 0 { append(literal: "-") }
    append(integer: value.magnitude)
  }

  mutating func append(integer value: UInt64) {
    // Three words at most.
    makeRoom(24)
    let (upper, low) = value.quotientAndRemainder(dividingBy: 100_000_000)
    guard upper > 0 else { return write(significantDigits: low) }
    if upper < 100_000_000 {
      write(significantDigits: upper)
    } else {
      let (high, middle) = upper.quotientAndRemainder(dividingBy: 100_000_000)
      write(significantDigits: high)
      write(word: decimalDigits(middle), count: 8)
    }
    write(word: decimalDigits(low), count: 8)
  }

  /// Writes a number below 100,000,000 without zeros before it.
  @inline(__always)
  private mutating func write(significantDigits value: UInt64) {
    let digits = decimalDigits(value)
    let zeros = min(7, (digits ^ every(UInt8(ascii: "0"))).trailingZeroBitCount >> 3)
    write(word: digits >> UInt64(8 * zeros), count: 8 - zeros)
  }

  /// Appends 8 hexadecimal digits.
  mutating func append(hex value: UInt32) {
    makeRoom(8)
    write(word: hexDigits(UInt64(value)).bigEndian, count: 8)
  }

  /// Appends 16 hexadecimal digits.
  mutating func append(hex value: UInt64) {
    append(hex: UInt32(truncatingIfNeeded: value >> 32))
    append(hex: UInt32(truncatingIfNeeded: value))
  }

  /// Appends words of 64 bits, least significant byte first.
  mutating func append(littleEndian words: InlineArray<8, UInt64>) {
    makeRoom(64)
    for number in words.indices { write(word: words[number], count: 8) }
  }

  /// Writes the lower bytes of a word into room that is there for all of it.
  @inline(__always)
  private mutating func write(word: UInt64, count: Int) {
    unsafe UnsafeMutableRawPointer(place).storeBytes(of: word.littleEndian, as: UInt64.self)
    unsafe place += count
  }

  // MARK: - Members

  /// Whether nothing has been written of the innermost object or array.
  private var isAtStart: Bool {
    guard unsafe place > start else { return true }
    let last = unsafe place[-1]
    return last == UInt8(ascii: "{") || last == UInt8(ascii: "[")
  }

  /// A comma, unless this is the first member or element.
  mutating func separate() {
    if !isAtStart { append(literal: ",") }
  }

  /// The name of a member: of our own choice, so that nothing in it needs an escape.
  @inline(__always)
  mutating func append(name: StaticString) {
    let count = name.utf8CodeUnitCount
    makeRoom(count + 4)
    if !isAtStart {
      unsafe place[0] = UInt8(ascii: ",")
      unsafe place += 1
    }
    unsafe place[0] = UInt8(ascii: "\"")
    unsafe (place + 1).update(from: name.utf8Start, count: count)
    unsafe place[count + 1] = UInt8(ascii: "\"")
    unsafe place[count + 2] = UInt8(ascii: ":")
    unsafe place += count + 3
  }
}

extension String {
  /// What `write` writes, which is UTF-8. `room` is how many bytes that is expected to be.
  init(room: Int, _ write: (inout JSONWriter) -> Void) {
    var moved: [UInt8] = []
    let text = unsafe String(unsafeUninitializedCapacity: room) { buffer in
      guard let base = buffer.baseAddress else { return 0 }
      var filled = 0
      var writer = unsafe JSONWriter(base, capacity: buffer.count)
      write(&writer)
      moved = writer.finish(&filled)
      return filled
    }
    self = moved.isEmpty ? text : String(decoding: moved, as: UTF8.self)
  }
}

/// Where JSON text is written to.
protocol JSONRoom: ~Copyable {
  /// Appends what `write` writes. `room` is how many bytes that is expected to be: more are no mistake, but dearer.
  mutating func append(room: Int, _ write: (inout JSONWriter) -> Void)
}

extension Blocks: JSONRoom {
  @inline(__always)
  mutating func append(room: Int, _ write: (inout JSONWriter) -> Void) {
    var moved: [UInt8] = []
    unsafe append(room: room) { buffer in
      guard let base = buffer.baseAddress else { return 0 }
      var filled = 0
      var writer = unsafe JSONWriter(base, capacity: buffer.count)
      write(&writer)
      moved = writer.finish(&filled)
      return filled
    }
    if !moved.isEmpty { append(moved) }
  }
}

extension [UInt8]: JSONRoom {
  @inline(__always)
  mutating func append(room: Int, _ write: (inout JSONWriter) -> Void) {
    var moved: [UInt8] = []
    // With no room asked for, an empty array would write its count into the storage that all empty arrays share.
    append(addingCapacity: Swift.max(room, 1)) { output in
      unsafe output.withUnsafeMutableBufferPointer { buffer, filled in
        guard let base = buffer.baseAddress else { return }
        var writer = unsafe JSONWriter(base + filled, capacity: buffer.count - filled)
        write(&writer)
        moved = writer.finish(&filled)
      }
    }
    if !moved.isEmpty { append(contentsOf: moved) }
  }
}

/// Copies the text, unless something in it needs an escape in a JSON string; then any part of it may have been copied.
/// Nothing behind the room for the text is written.
///
/// Sixteen bytes are looked at and copied in one go: the last ones begin where they end with the text, so that they have
/// some of those before once more.
@inline(__always)
private func copyIfPlain(_ text: UnsafeRawBufferPointer, to room: UnsafeMutableRawPointer) -> Bool {
  guard let start = text.baseAddress, text.count > 0 else { return true }
  guard text.count >= 16 else { return unsafe copyIfPlain(start, fewerThanSixteen: text.count, to: room) }
  let last = text.count - 16
  var found: UInt32 = 0
  var place = 0
  while place < last {
    found |= unsafe copyWords(start + place, start + place + 8, to: room + place, room + place + 8)
    place &+= 16
  }
  found |= unsafe copyWords(start + last, start + last + 8, to: room + last, room + last + 8)
  return found == 0
}

/// The same of one to fifteen bytes.
@inline(__always)
private func copyIfPlain(
  _ start: UnsafeRawPointer, fewerThanSixteen count: Int, to room: UnsafeMutableRawPointer
) -> Bool {
  let plain = every(0x7F)
  if count >= 8 { return unsafe copyWords(start, start + count - 8, to: room, room + count - 8) == 0 }
  if count >= 4 {
    let first = unsafe start.loadUnaligned(as: UInt32.self)
    let last = unsafe start.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)
    unsafe room.storeBytes(of: first, as: UInt32.self)
    unsafe room.storeBytes(of: last, toByteOffset: count - 4, as: UInt32.self)
    return hl_json_escapes(UInt64(first) | UInt64(last) << 32, plain) == 0
  }
  let first = unsafe start.load(as: UInt8.self)
  let middle = unsafe start.load(fromByteOffset: count / 2, as: UInt8.self)
  let last = unsafe start.load(fromByteOffset: count - 1, as: UInt8.self)
  unsafe room.storeBytes(of: first, as: UInt8.self)
  unsafe room.storeBytes(of: middle, toByteOffset: count / 2, as: UInt8.self)
  unsafe room.storeBytes(of: last, toByteOffset: count - 1, as: UInt8.self)
  return hl_json_escapes(UInt64(first) | UInt64(middle) << 8 | UInt64(last) << 16 | plain << 24, plain) == 0
}

/// Copies two words of eight bytes.
///
/// - Returns: not 0 if something in them needs an escape in a JSON string.
@inline(__always)
private func copyWords(
  _ first: UnsafeRawPointer, _ second: UnsafeRawPointer, to firstRoom: UnsafeMutableRawPointer,
  _ secondRoom: UnsafeMutableRawPointer
) -> UInt32 {
  let low = unsafe first.loadUnaligned(as: UInt64.self)
  let high = unsafe second.loadUnaligned(as: UInt64.self)
  unsafe firstRoom.storeBytes(of: low, as: UInt64.self)
  unsafe secondRoom.storeBytes(of: high, as: UInt64.self)
  return hl_json_escapes(UInt64(littleEndian: low), UInt64(littleEndian: high))
}

/// Crockford's base 32: without I, L, O and U.
private let crockfordAlphabet: StaticString = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

/// The eight hexadecimal digits of a 32-bit number, the first one in the highest bits.
private func hexDigits(_ value: UInt64) -> UInt64 {
  // One digit a byte, by halves; then all letters at once: a nibble above 9 carries into bit 4 when 6 is added.
  var nibbles = (value | value &<< 16) & 0x0000_FFFF_0000_FFFF
  nibbles = (nibbles | nibbles &<< 8) & 0x00FF_00FF_00FF_00FF
  nibbles = (nibbles | nibbles &<< 4) & 0x0F0F_0F0F_0F0F_0F0F
  let letters = ((nibbles &+ every(6)) &>> 4) & every(1)
  return nibbles &+ every(UInt8(ascii: "0")) &+ letters &* 0x27
}

/// The eight decimal digits of a number below 100,000,000, zeros before it included, the first one in the lowest bits.
func decimalDigits(_ value: UInt64) -> UInt64 {
  // By halves: two of four digits, four of two, eight of one, each divided by a multiplication.
  let fours = (value / 10_000) | (value % 10_000) << 32
  let hundreds = (fours &* 10_486) >> 20 & 0x0000_007F_0000_007F
  let twos = hundreds | (fours &- hundreds &* 100) << 16
  let tens = (twos &* 103) >> 10 & 0x000F_000F_000F_000F
  return (tens | (twos &- tens &* 10) << 8) &+ every(UInt8(ascii: "0"))
}
