// SPDX-License-Identifier: Apache-2.0

/// Why a text is not JSON as we accept it, and where.
package struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong. The raw value is the wording for logs.
  package enum Reason: String, Hashable, Sendable {
    /// No value at all: nothing, or white space only.
    case emptyText = "empty text"
    /// The text ends inside a value.
    case unexpectedEnd = "unexpected end"
    /// A byte that the grammar (RFC 8259 section 2) does not allow here, NUL outside strings included.
    case unexpectedByte = "unexpected byte"
    /// Something other than white space after the value.
    case trailingBytes = "bytes after the value"
    /// The text begins with U+FEFF (RFC 8259 section 8.1 allows us to refuse it).
    case byteOrderMark = "byte order mark"
    /// A byte below 0x20 inside a string (RFC 8259 section 7).
    case controlCharacter = "control character in a string"
    /// Not UTF-8: truncated, overlong, a surrogate, or above U+10FFFF (Unicode table 3-7).
    case invalidUTF8 = "invalid UTF-8"
    /// A backslash not followed by one of `"\/bfnrt` or `u` and four hexadecimal digits.
    case invalidEscape = "invalid escape"
    /// A `\u` escape names half of a surrogate pair without its other half: no character to decode it to.
    case loneSurrogate = "lone surrogate escape"
    /// A number that RFC 8259 section 6 does not allow, such as `01`, `1.` or `-`.
    case invalidNumber = "invalid number"
    /// More containers inside one another than `JSONLimits.maxDepth`.
    case tooDeep = "nested too deeply"
    /// More bytes than `JSONLimits.maxBytes`.
    case tooLarge = "too large"
  }

  /// Byte of the text at which it stops being valid, counted from 0. At most the size of the text.
  package let offset: Int

  /// What is wrong there.
  package let reason: Reason

  package var description: String { "\(reason.rawValue) at byte \(offset)" }
}
