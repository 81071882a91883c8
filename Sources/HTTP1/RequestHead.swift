// SPDX-License-Identifier: Apache-2.0

/// The head of a request as places in the caller's buffer: nothing is copied out of it.
///
/// Offsets are kept relative to the message's first byte and handed out relative to the buffer's, so when the bytes move
/// inside the buffer it is enough to set `start`. Every `in bytes:` is the buffer the head lies in.
package struct RequestHead: Sendable {
  /// Where the message begins in the buffer.
  package var start: Int = 0

  package internal(set) var method: HTTPMethod = .other
  package internal(set) var form: TargetForm = .origin
  /// The digit after "HTTP/1.": 0, or 1 and above, which are all spoken as 1.1 (RFC 9110, 2.5).
  package internal(set) var minorVersion: UInt8 = 1
  package internal(set) var framing: BodyFraming = .none
  /// Whether the peer wants the connection kept: `close` wins; HTTP/1.0 must ask for it (RFC 9112, 9.3).
  package internal(set) var isKeepAlive = true
  /// Whether the peer waits for 100 (Continue) before it sends the body. Never in HTTP/1.0 (RFC 9110, 10.1.1).
  package internal(set) var expectsContinue = false

  /// Whether all field values are known to be printable ASCII without quotation marks and backslashes. Of a head that
  /// did not come at once, and of odd ones, it is not known.
  package internal(set) var hasPlainValues = true

  var methodEnd: UInt32 = 0
  var lineStart: UInt32 = 0
  var targetPlace = Place()
  var pathPlace = Place()
  var queryPlace = Place()
  var hasQuery = false
  var hostPlace = Place()
  var hasHost = false
  /// Room for field lines, of which the first `fieldCount` are there.
  var fieldPlaces: [FieldPlace] = []
  /// How many field lines there are.
  package internal(set) var fieldCount = 0

  /// Adds a field line.
  mutating func append(_ field: FieldPlace) {
    if fieldCount == fieldPlaces.count { makeRoom() }
    fieldPlaces[fieldCount] = field
    fieldCount &+= 1
  }

  /// Makes room for more field lines: first for as many as most heads have, then for twice as many each time.
  mutating func makeRoom() {
    fieldPlaces.append(contentsOf: repeatElement(FieldPlace(), count: max(16, fieldPlaces.count)))
  }

  /// Forgets everything except the storage for fields.
  mutating func reset() {
    form = .origin
    framing = .none
    isKeepAlive = true
    expectsContinue = false
    hasPlainValues = true
    hasQuery = false
    hasHost = false
    pathPlace = Place()
    fieldCount = 0
  }
}

/// The four forms of a request target, RFC 9112, 3.2.
package enum TargetForm: Hashable, Sendable {
  case origin, absolute, authority, asterisk
}

/// How the end of a request's body is found, RFC 9112, 6.3.
package enum BodyFraming: Hashable, Sendable {
  /// Neither Content-Length nor Transfer-Encoding: there is no body.
  case none
  /// That many bytes; at most `HTTPLimits.body`.
  case length(Int)
  case chunked
}

/// A range of a message, relative to its first byte. Heads are far below 4 GiB.
struct Place {
  var lower: UInt32 = 0
  var upper: UInt32 = 0

  init() {}

  @inline(__always)
  init(_ range: Range<Int>) {
    lower = UInt32(truncatingIfNeeded: range.lowerBound)
    upper = UInt32(truncatingIfNeeded: range.upperBound)
  }

  @inline(__always)
  func range(from start: Int) -> Range<Int> {
    // Buffers lie far below the end of memory.
    start &+ Int(lower)..<start &+ Int(upper)
  }

  var count: Int { Int(upper) - Int(lower) }
}

struct FieldPlace {
  var name = Place()
  var value = Place()
}

extension RequestHead {
  /// The method's name as sent.
  package var methodName: Range<Int> { start + Int(lineStart)..<start + Int(methodEnd) }

  /// The whole request target as sent.
  package var target: Range<Int> { targetPlace.range(from: start) }

  /// The path without the query, still percent-encoded. It begins with "/" except that it is empty for the forms
  /// `authority` and `asterisk`, and for an absolute target without a path, which means "/" (RFC 9110, 4.2.3).
  package var path: Range<Int> { pathPlace.range(from: start) }

  /// What follows the first "?", still percent-encoded; nil without a "?".
  package var query: Range<Int>? { hasQuery ? queryPlace.range(from: start) : nil }

  /// Host and optional port: of the target where it has them, else of the Host field (RFC 9112, 3.3).
  /// nil only for an HTTP/1.0 request without either.
  package var host: Range<Int>? { hasHost ? hostPlace.range(from: start) : nil }

  /// The name of a field line, 0 ..< `fieldCount` in the order received.
  package func fieldName(_ index: Int) -> Range<Int> { fieldPlaces[index].name.range(from: start) }

  /// The value of a field line without the blanks around it; it may be empty and may hold bytes 0x80 to 0xFF.
  package func fieldValue(_ index: Int) -> Range<Int> { fieldPlaces[index].value.range(from: start) }

  /// The value of the first field line of that name.
  /// - Parameter name: lower-case ASCII.
  package func value(of name: String, in bytes: Span<UInt8>) -> Range<Int>? {
    let utf8 = name.utf8
    let name = utf8.span
    for index in 0..<fieldCount where bytes.matches(fieldName(index), ignoringCase: name) { return fieldValue(index) }
    return nil
  }

  /// The values of two fields that may stand once each. Twice is malformed: an empty place never passes.
  package func onlyValues(
    of first: FieldName, _ second: FieldName, in bytes: Span<UInt8>
  ) -> (Range<Int>?, Range<Int>?) {
    var found: (Range<Int>?, Range<Int>?)
    let places = fieldPlaces.span
    for index in 0..<fieldCount {
      let name = places[index].name.range(from: start)
      if first.matches(name, in: bytes) {
        found.0 = found.0 == nil ? fieldValue(index) : 0..<0
      } else if second.matches(name, in: bytes) {
        found.1 = found.1 == nil ? fieldValue(index) : 0..<0
      }
    }
    return found
  }

  /// How many field lines have that name.
  /// - Parameter name: lower-case ASCII.
  package func count(of name: String, in bytes: Span<UInt8>) -> Int {
    let utf8 = name.utf8
    let name = utf8.span
    var count = 0
    for index in 0..<fieldCount where bytes.matches(fieldName(index), ignoringCase: name) { count += 1 }
    return count
  }
}
