// SPDX-License-Identifier: Apache-2.0

/// Decoding of string contents that have been validated.
enum Unescape {
  /// Appends the characters that `contents` stands for, as UTF-8.
  static func append(_ contents: Span<UInt8>, to output: inout [UInt8]) {
    // For nothing the library would still write the length, of an empty array into storage that all threads share.
    guard !contents.isEmpty else { return }
    // Decoding never lengthens: the shortest escape for a character of n bytes takes n bytes or more.
    output.append(addingCapacity: contents.count) { output in
      var i = 0
      while i < contents.count {
        let byte = contents[i]
        guard byte == ASCII.backslash else {
          output.append(byte)
          i &+= 1
          continue
        }
        // By far the most frequent escape: JSON text in a JSON string.
        if i &+ 1 < contents.count, contents[i &+ 1] == ASCII.quote {
          output.append(ASCII.quote)
          i &+= 2
          continue
        }
        guard let escape = try? Scan.escape(contents, from: i) else {
          preconditionFailure("not the bytes that were parsed")
        }
        for byte in UTF8.encode(escape.scalar) ?? UTF8.encodedReplacementCharacter { output.append(byte) }
        i = escape.end
      }
    }
  }

  /// Whether `contents` stands for exactly the characters of `utf8`.
  static func equals(_ contents: Span<UInt8>, _ utf8: Span<UInt8>) -> Bool {
    var matched = 0
    let isPrefix = forEachByte(of: contents) { byte in
      guard matched < utf8.count, utf8[matched] == byte else { return false }
      matched += 1
      return true
    }
    return isPrefix && matched == utf8.count
  }

  /// Calls `body` with each byte of the decoded string until it returns `false`, and says whether it never did.
  @inline(__always)
  @discardableResult
  private static func forEachByte(of contents: Span<UInt8>, _ body: (UInt8) -> Bool) -> Bool {
    var i = 0
    while i < contents.count {
      guard contents[i] == ASCII.backslash else {
        guard body(contents[i]) else { return false }
        i += 1
        continue
      }
      guard let escape = try? Scan.escape(contents, from: i) else {
        preconditionFailure("not the bytes that were parsed")
      }
      for byte in UTF8.encode(escape.scalar) ?? UTF8.encodedReplacementCharacter {
        guard body(byte) else { return false }
      }
      i = escape.end
    }
    return true
  }
}
