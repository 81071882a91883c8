// SPDX-License-Identifier: Apache-2.0

/// A member's name as it is nearly always written: between quotation marks, as it is, with a colon directly behind.
struct WrittenName: BitwiseCopyable {
  /// What has to be left of a text where a name is looked for, so that whole words can be compared.
  static let room = 24

  private var first: UInt64 = 0
  private var second: UInt64 = 0
  private var third: UInt64 = 0
  /// Which bits of the words count.
  private var firstMask: UInt64 = 0
  private var secondMask: UInt64 = 0
  private var thirdMask: UInt64 = 0
  /// Number of bytes, quotation marks and colon included; 0 if there is no such name.
  private(set) var count: UInt32 = 0

  /// No name.
  init() {}

  /// A name without control characters, quotation marks and backslashes between such quotation marks. One that is longer
  /// than there is room for is none.
  init(_ name: String, quotation: [UInt8]) {
    precondition(name.utf8.allSatisfy { $0 >= ASCII.space && $0 != ASCII.quote && $0 != ASCII.backslash })
    var bytes = quotation + name.utf8 + quotation + [ASCII.colon]
    guard bytes.count <= Self.room else { return }
    count = UInt32(bytes.count)
    bytes += [UInt8](repeating: 0, count: Self.room - bytes.count)
    let masks = bytes.map { $0 == 0 ? 0 : UInt8.max }
    first = Words.load(bytes.span, at: 0)
    second = Words.load(bytes.span, at: 8)
    third = Words.load(bytes.span, at: 16)
    firstMask = Words.load(masks.span, at: 0)
    secondMask = Words.load(masks.span, at: 8)
    thirdMask = Words.load(masks.span, at: 16)
  }

  /// Whether the text begins with the name. Nothing begins with no name.
  @inline(__always)
  func begins(_ text: Span<UInt8>) -> Bool {
    guard text.count >= Self.room, count > 0 else { return false }
    guard Words.first(text) & firstMask == first, Words.load(text, at: 8) & secondMask == second else { return false }
    return count <= 16 || Words.load(text, at: 16) & thirdMask == third
  }
}
