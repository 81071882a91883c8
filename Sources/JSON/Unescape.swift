// SPDX-License-Identifier: Apache-2.0

/// Decoding of string contents that have been validated.
enum Unescape {
  /// Appends the characters that `contents` stands for, as UTF-8.
  static func append(_ contents: Span<UInt8>, to output: inout [UInt8]) {
    // For nothing the library would still write the length, of an empty array into storage that all threads share.
    guard !contents.isEmpty else { return }
    // Decoding never lengthens: the shortest escape for a character of n bytes takes n bytes or more.
    output.append(addingCapacity: contents.count) { output in
      // Filled first and then written over: the compiler makes block copies of that, but not of single appends.
      output.append(repeating: 0, count: contents.count)
      var target = output.mutableSpan
      let end = decode(contents, to: &target)
      output.removeLast(contents.count &- end)
    }
  }

  /// - Returns: the number of bytes written.
  private static func decode(_ contents: Span<UInt8>, to target: inout MutableSpan<UInt8>) -> Int {
    var end = 0
    var start = 0
    while true {
      let next = plainEnd(contents, from: start)
      target.write(contents.extracting(start..<next), at: end)
      end &+= next &- start
      guard next < contents.count else { return end }
      // By far the most frequent escape: JSON text in a JSON string.
      if next &+ 1 < contents.count, contents[next &+ 1] == ASCII.quote {
        target[end] = ASCII.quote
        end &+= 1
        start = next &+ 2
        continue
      }
      guard let escape = try? Scan.escape(contents, from: next) else {
        preconditionFailure("not the bytes that were parsed")
      }
      for byte in UTF8.encode(escape.scalar) ?? UTF8.encodedReplacementCharacter {
        target[end] = byte
        end &+= 1
      }
      start = escape.end
    }
  }

  /// The offset of the next backslash; the end without one.
  private static func plainEnd(_ contents: Span<UInt8>, from start: Int) -> Int {
    var i = Scan.plain(contents, from: start)
    while i < contents.count, contents[i] != ASCII.backslash { i = Scan.plain(contents, from: i &+ 1) }
    return i
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
