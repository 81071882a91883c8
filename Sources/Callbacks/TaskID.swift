// SPDX-License-Identifier: Apache-2.0

/// Our own name of a task: a ULID, 48 bits of creation time in milliseconds before 80 random bits.
///
/// Order is order of creation, to the millisecond; ids made within the same millisecond are in no particular order.
package struct TaskID: Hashable, Sendable {
  /// The time and the first 16 random bits.
  package let high: UInt64
  /// The other 64 random bits.
  package let low: UInt64

  /// The id with exactly these 128 bits.
  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// An id of the given moment whose random part is the low 16 bits of the first value and all of the second.
  ///
  /// A moment before 1970 counts as 1970; four-digit years fit the 48 bits.
  package static func make(at time: Timestamp, random: (UInt64, UInt64)) -> TaskID {
    TaskID(high: UInt64(max(0, time.milliseconds)) << 16 | random.0 & 0xFFFF, low: random.1)
  }

  /// An id of the given moment with randomness of the system.
  package static func make(at time: Timestamp) -> TaskID {
    var generator = SystemRandomNumberGenerator()
    return make(at: time, random: (generator.next(), generator.next()))
  }

  /// When the id was made.
  package var time: Timestamp { Timestamp(milliseconds: Int64(high >> 16)) }
}

extension TaskID: Comparable {
  package static func < (a: TaskID, b: TaskID) -> Bool { (a.high, a.low) < (b.high, b.low) }
}

extension TaskID: CustomStringConvertible {
  /// `tsk_` and the 26 characters of ``appendULID(to:)``.
  package var description: String {
    var text = Array("tsk_".utf8)
    text.reserveCapacity(30)
    appendULID(to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Appends the 26 upper-case characters of Crockford's base 32, most significant first (the ULID specification).
  package func appendULID(to text: inout [UInt8]) {
    let characters = ulid
    text.append(addingCapacity: 26) { output in
      for index in characters.indices { output.append(characters[index]) }
    }
  }

  /// The 26 characters of ``appendULID(to:)``.
  package var ulid: InlineArray<26, UInt8> {
    var characters = InlineArray<26, UInt8>(repeating: 0)
    var (high, low) = (high, low)
    for index in stride(from: 25, through: 0, by: -1) {
      let value = UInt8(truncatingIfNeeded: low & 31)
      // The alphabet leaves out I, L, O and U.
      characters[index] =
        value < 10
        ? value &+ 48
        : value &+ 55 &+ (value > 17 ? 1 : 0) &+ (value > 19 ? 1 : 0) &+ (value > 21 ? 1 : 0)
          &+ (value > 26 ? 1 : 0)
      low = low >> 5 | high << 59
      high >>= 5
    }
    return characters
  }

  /// The id with this ``description``, letter for letter; `nil` for any other text, lower case included.
  ///
  /// One id has one text, so that file names and addresses can be compared as bytes.
  package init?(_ text: String) {
    let utf8 = text.utf8
    guard utf8.count == 30, utf8.starts(with: "tsk_".utf8) else { return nil }
    self.init(ulid: utf8.span.extracting(droppingFirst: 4))
  }

  /// The id with these 26 characters; `nil` for any other text.
  package init?(ulid: Span<UInt8>) {
    // A first character above 7 would need more than 128 bits.
    guard ulid.count == 26, ulid[0] <= UInt8(ascii: "7") else { return nil }
    var high: UInt64 = 0
    var low: UInt64 = 0
    for index in ulid.indices {
      guard let value = crockfordValue(ulid[index]) else { return nil }
      high = high << 5 | low >> 59
      low = low << 5 | value
    }
    self.init(high: high, low: low)
  }
}

private func crockfordValue(_ byte: UInt8) -> UInt64? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
  case UInt8(ascii: "A")...UInt8(ascii: "H"): UInt64(byte - UInt8(ascii: "A")) + 10
  case UInt8(ascii: "J"), UInt8(ascii: "K"): UInt64(byte - UInt8(ascii: "J")) + 18
  case UInt8(ascii: "M"), UInt8(ascii: "N"): UInt64(byte - UInt8(ascii: "M")) + 20
  case UInt8(ascii: "P")...UInt8(ascii: "T"): UInt64(byte - UInt8(ascii: "P")) + 22
  case UInt8(ascii: "V")...UInt8(ascii: "Z"): UInt64(byte - UInt8(ascii: "V")) + 27
  default: nil
  }
}
