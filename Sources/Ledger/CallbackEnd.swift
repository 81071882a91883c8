// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// What the index keeps of a callback on the shared address that ends a task: enough to enter a task that nobody has
/// heard of, without making its state. By far the most lines of a journal that is replayed may be such ones.
struct CallbackEnd {
  var at: Timestamp
  var isSigned: Bool
  var digest: UInt64
  /// `TaskIndex.key` of the provider's id.
  var providerKey: UInt64
  var isSuccess: Bool
  /// Whether there are addresses from which a result can be had.
  var hasURLs = false
  var charge: CreditAmount?
}

extension LineReader {
  /// Passes over what the fold does not look at.
  mutating func passRest() -> Bool {
    guard pass(JournalField.code, Self.passInteger), pass(JournalField.message, Self.passString),
      pass(JournalField.createTime, Self.passInteger), pass(JournalField.completeTime, Self.passInteger),
      pass(JournalField.costTime, Self.passString)
    else { return false }
    _ = skip(JournalField.hasMalformedResult)
    return skip(UInt8(ascii: "}"))
  }

  /// Passes over a member, if it comes next; false if its value is not of the expected kind.
  @inline(__always)
  mutating func pass(_ field: StaticString, _ value: (inout LineReader) -> Bool) -> Bool {
    !skip(field) || value(&self)
  }

  static func passInteger(_ reader: inout LineReader) -> Bool { reader.integer() != nil }

  static func passString(_ reader: inout LineReader) -> Bool { reader.quoted() != nil }

  static func passStrings(_ reader: inout LineReader) -> Bool {
    guard reader.skip(UInt8(ascii: "[")) else { return false }
    repeat {
      guard reader.quoted() != nil else { return false }
    } while reader.skip(UInt8(ascii: ","))
    return reader.skip(UInt8(ascii: "]"))
  }
}
