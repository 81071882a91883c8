// SPDX-License-Identifier: Apache-2.0

/// Decoding of string contents that have been validated.
enum Unescape {
  /// Appends the characters that `contents` stands for, as UTF-8.
  static func append(_ contents: Span<UInt8>, to output: inout [UInt8]) {
    // For nothing the library would still write the length, of an empty array into storage that all threads share.
    guard !contents.isEmpty else { return }
    // Decoding never lengthens: the shortest escape for a character of n bytes takes n bytes or more. What a word holds
    // behind the end is room for the last one.
    let size = contents.count &+ 8
    output.append(addingCapacity: size) { output in
      // Filled first and then written over: words can be stored that way.
      output.append(repeating: 0, count: size)
      var target = output.mutableSpan
      let end = decode(contents, to: &target)
      output.removeLast(size &- end)
    }
  }

  /// - Returns: the number of bytes written.
  private static func decode(_ contents: Span<UInt8>, to target: inout MutableSpan<UInt8>) -> Int {
    var end = 0
    var rest = contents
    // Loaded a turn ahead: the compiler would take a word apart again that is stored where it was loaded.
    var word = front(rest)
    while rest.count >= 8 {
      // All eight bytes, of which those from a backslash on are written over.
      Words.store(word, to: &target, at: end)
      let found = backslashes(word)
      if found == 0 {
        end &+= 8
        rest = rest.extracting(droppingFirst: 8)
      } else {
        let place = found.trailingZeroBitCount &>> 3
        end &+= place
        rest = rest.extracting(droppingFirst: place)
        decodeEscape(&rest, to: &target, at: &end)
      }
      word = front(rest)
    }
    while rest.count > 0 {
      if rest[0] == ASCII.backslash {
        decodeEscape(&rest, to: &target, at: &end)
      } else {
        target[end] = rest[0]
        end &+= 1
        rest = rest.extracting(droppingFirst: 1)
      }
    }
    return end
  }

  @inline(__always)
  private static func front(_ rest: Span<UInt8>) -> UInt64 { rest.count >= 8 ? Words.first(rest) : 0 }

  /// Marks the first backslash of a word, in the byte's top bit; above it there may be marks that mean nothing.
  @inline(__always)
  private static func backslashes(_ word: UInt64) -> UInt64 {
    let differing = word ^ Words.every(ASCII.backslash)
    return (differing &- Words.every(1)) & ~differing & Words.every(0x80)
  }

  /// Writes what the escape in front stands for, and passes it.
  @inline(__always)
  private static func decodeEscape(
    _ rest: inout Span<UInt8>, to target: inout MutableSpan<UInt8>, at end: inout Int
  ) {
    // By far the most frequent escape: JSON text in a JSON string.
    if rest.count > 1, rest[1] == ASCII.quote {
      target[end] = ASCII.quote
      end &+= 1
      rest = rest.extracting(droppingFirst: 2)
    } else {
      rest = rest.extracting(droppingFirst: decodeRareEscape(rest, to: &target, at: &end))
    }
  }

  /// - Returns: the length of the escape in front.
  @inline(never)
  private static func decodeRareEscape(
    _ rest: Span<UInt8>, to target: inout MutableSpan<UInt8>, at end: inout Int
  ) -> Int {
    guard let escape = try? Scan.escape(rest, from: 0) else { preconditionFailure("not the bytes that were parsed") }
    for byte in UTF8.encode(escape.scalar) ?? UTF8.encodedReplacementCharacter {
      target[end] = byte
      end &+= 1
    }
    return escape.end
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
