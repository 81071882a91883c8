// SPDX-License-Identifier: Apache-2.0

/// What a value is.
package enum JSONKind: UInt8, Hashable, Sendable, BitwiseCopyable {
  case null, bool, number, string, array, object

  /// Written out, because the one that is made for it is called through its witness from other modules, for each value.
  package static func == (one: JSONKind, other: JSONKind) -> Bool { one.rawValue == other.rawValue }
}

/// A value on a `JSONTape`: its place there. It means something only to the tape that gave it, until its next parse.
package struct JSONNode: Hashable, Sendable, BitwiseCopyable {
  private let place: UInt32

  @inline(__always)
  init(index: Int) {
    place = UInt32(truncatingIfNeeded: index)
  }

  @inline(__always)
  var index: Int { Int(place) }
}

/// One pass over the bytes of a JSON text: it validates the whole of it and leaves a flat list of tokens to pick from.
///
/// Accepted is exactly RFC 8259 in UTF-8, with these choices where the RFC leaves one:
/// - a byte order mark is refused, and so is a `\u` escape of half a surrogate pair;
/// - duplicate names in an object are accepted, and the last one is found;
/// - numbers of any size and precision are accepted, for they are kept as text;
/// - more than `JSONLimits.maxDepth` open containers are refused. No recursion, so any limit is safe.
///
/// The tape keeps offsets, not bytes: whoever asks passes the bytes that were parsed. It is meant to be reused, and
/// once it has grown to the largest text it has seen it allocates no more.
package struct JSONTape: ~Copyable {
  /// One value or one member name. A name is directly followed by its value, a container by its contents.
  struct Token: BitwiseCopyable {
    var start: UInt32
    var end: UInt32
    /// Index behind the last token that belongs to this one. While a container is open: the index of its parent.
    var next: UInt32
    /// Kind, flag and number, which are so written in one piece.
    private let bits: UInt32

    @inline(__always)
    init(_ kind: JSONKind, from start: UInt32, to end: UInt32, next: UInt32, flag: Bool = false, number: UInt8 = 0) {
      self.start = start
      self.end = end
      self.next = next
      bits = UInt32(kind.rawValue) | (flag ? 1 << 8 : 0) | UInt32(number) &<< 16
    }

    @inline(__always)
    var kind: JSONKind { JSONKind(rawValue: UInt8(truncatingIfNeeded: bits)) ?? .null }

    /// Of a string: it has escapes. Of a bool: its value.
    @inline(__always)
    var flag: Bool { bits & 1 << 8 != 0 }

    /// Of a member's name: its number among those that are wanted; 0 for any other.
    @inline(__always)
    var number: UInt8 { UInt8(truncatingIfNeeded: bits &>> 16) }
  }

  let names: JSONNames
  /// See ``NameOrder``.
  var following: [UInt8]
  var tokens: [Token] = []

  /// An empty tape, to be filled by `parse`, that tells members with these names by their numbers.
  package init(names: JSONNames = .none) {
    self.names = names
    following = names.isEmpty ? [] : [UInt8](repeating: 0, count: names.written.count)
  }

  /// The outermost value of the text parsed last. Asking about it after a failed parse, or before the first, traps.
  package var root: JSONNode { JSONNode(index: 0) }

  /// What the value is.
  package func kind(of node: JSONNode) -> JSONKind { tokens[node.index].kind }

  /// Where the value stands in the text: all of it, from the first byte to the last, quotation marks included.
  package func range(of node: JSONNode) -> Range<Int> {
    let token = tokens[node.index]
    return Int(token.start)..<Int(token.end)
  }

  /// Where the contents of a string stand in the text, between its quotation marks; `nil` if it is no string.
  package func contents(of node: JSONNode) -> Range<Int>? {
    let token = tokens[node.index]
    guard token.kind == .string else { return nil }
    return Int(token.start) + 1..<Int(token.end) - 1
  }
}
