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
  /// Where the model's name stands among the bytes.
  var model: Range<Int>?
  var isSuccess: Bool
  /// Whether there are addresses from which a result can be had.
  var hasURLs = false
  var charge: CreditAmount?
}

extension LineReader {
  /// The callback on the line; `nil` for any other line, and for one in which something is unusual: those are for
  /// `event(seq:)`. The raw request is not looked at.
  mutating func callbackEnd() -> CallbackEnd? {
    guard JournalLine.skipHead(&self), skip(JournalField.at), let at = integer(), skip(JournalField.type),
      skip("callback\""), skip(JournalField.trust), let trust = trust(), skip(JournalField.digest),
      let digest = hex(), pass(JournalField.signedAt, Self.passInteger), skip(JournalField.report),
      let name = quoted(), !name.hasEscape, !name.range.isEmpty
    else { return nil }
    var end = CallbackEnd(
      at: Timestamp(milliseconds: at), isSigned: trust != .hint, digest: digest,
      providerKey: withSpan(name.range) { TaskIndex.key($0) }, isSuccess: false)
    guard readReport(&end), sees(JournalField.request) else { return nil }
    return end
  }

  /// The members of the report behind the provider's id.
  private mutating func readReport(_ end: inout CallbackEnd) -> Bool {
    if skip(JournalField.model) {
      guard let model = quoted(), !model.hasEscape else { return false }
      end.model = model.range
    }
    guard skip(JournalField.state) else { return false }
    end.isSuccess = skip("\"success\"")
    guard end.isSuccess || skip("\"fail\""), pass(JournalField.progress, Self.passInteger),
      pass(JournalField.progressText, Self.passString)
    else { return false }
    end.hasURLs = sees(JournalField.urls)
    guard pass(JournalField.urls, Self.passStrings) else { return false }
    let hasOther = sees(JournalField.watermarkURLs)
    guard pass(JournalField.watermarkURLs, Self.passStrings) else { return false }
    // A success without a result is no end.
    guard !end.isSuccess || end.hasURLs || hasOther || sees(JournalField.object) else { return false }
    guard pass(JournalField.object, Self.passString), pass(JournalField.failCode, Self.passString),
      pass(JournalField.failMessage, Self.passString)
    else { return false }
    if skip(JournalField.credits) {
      guard let credits = quoted(), !credits.hasEscape else { return false }
      end.charge = CreditAmount(text(credits.range))
    }
    return passRest()
  }

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

  private static func passInteger(_ reader: inout LineReader) -> Bool { reader.integer() != nil }

  static func passString(_ reader: inout LineReader) -> Bool { reader.quoted() != nil }

  static func passStrings(_ reader: inout LineReader) -> Bool {
    guard reader.skip(UInt8(ascii: "[")) else { return false }
    repeat {
      guard reader.quoted() != nil else { return false }
    } while reader.skip(UInt8(ascii: ","))
    return reader.skip(UInt8(ascii: "]"))
  }
}
