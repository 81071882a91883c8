// SPDX-License-Identifier: Apache-2.0

/// Ways into containers. None allocates.
extension JSONTape {
  /// The value of the member called `name`; the last one if there are several. Names are compared decoded, byte by
  /// byte. `nil` if there is none or the value is no object. Takes time in proportion to the number of members.
  package func member(_ name: String, of node: JSONNode, in bytes: Span<UInt8>) -> JSONNode? {
    guard kind(of: node) == .object else { return nil }
    let utf8 = name.utf8
    let wanted = utf8.span
    var found: JSONNode?
    var index = node.index + 1
    let end = Int(tokens[node.index].next)
    while index < end {
      let token = tokens[index]
      let contents = bytes.extracting(Int(token.start) + 1..<Int(token.end) - 1)
      if Self.contents(contents, hasEscapes: token.flag, equal: wanted) { found = JSONNode(index: index + 1) }
      index = Int(tokens[index + 1].next)
    }
    return found
  }

  /// Calls `body` with every member's name (a string) and value, in the order of the text, duplicates included.
  /// Nothing happens if the value is no object.
  package func forEachMember<E: Error>(
    of node: JSONNode, _ body: (_ name: JSONNode, _ value: JSONNode) throws(E) -> Void
  ) throws(E) {
    guard kind(of: node) == .object else { return }
    var index = node.index + 1
    let end = Int(tokens[node.index].next)
    while index < end {
      try body(JSONNode(index: index), JSONNode(index: index + 1))
      index = Int(tokens[index + 1].next)
    }
  }

  /// Calls `body` with every element of the array, in order. Nothing happens if the value is no array.
  package func forEachElement<E: Error>(of node: JSONNode, _ body: (JSONNode) throws(E) -> Void) throws(E) {
    guard kind(of: node) == .array else { return }
    var child = firstChild(of: node)
    while let element = child {
      try body(element)
      child = nextSibling(of: element, in: node)
    }
  }

  /// A member of an object: where its name stands between the quotation marks, and its value.
  package struct Member: Sendable {
    package let name: Range<Int>
    /// Whether the name is written with escapes.
    package let hasEscapes: Bool
    package let value: JSONNode
  }

  /// The member behind `previous`, the first one behind none, in the order of the text, duplicates included; `nil`
  /// behind the last, and if the value is no object.
  package func member(behind previous: Member?, of object: JSONNode) -> Member? {
    guard tokens[object.index].kind == .object else { return nil }
    let index = previous.map { Int(tokens[$0.value.index].next) } ?? object.index &+ 1
    guard index < Int(tokens[object.index].next) else { return nil }
    let name = tokens[index]
    return Member(
      name: Int(name.start) &+ 1..<Int(name.end) &- 1, hasEscapes: name.flag, value: JSONNode(index: index &+ 1))
  }

  /// The first element of an array, or the value of the first member of an object; `nil` if there is none.
  package func firstChild(of node: JSONNode) -> JSONNode? {
    let token = tokens[node.index]
    guard Int(token.next) > node.index + 1 else { return nil }
    return JSONNode(index: node.index + (token.kind == .object ? 2 : 1))
  }

  /// The element, or the member's value, that follows `child` in its container `parent`; `nil` behind the last.
  package func nextSibling(of child: JSONNode, in parent: JSONNode) -> JSONNode? {
    let next = Int(tokens[child.index].next)
    guard next < Int(tokens[parent.index].next) else { return nil }
    return JSONNode(index: tokens[parent.index].kind == .object ? next + 1 : next)
  }

  /// The name of the member whose value is `value`, which must be a child of an object.
  package func name(ofMember value: JSONNode) -> JSONNode { JSONNode(index: value.index - 1) }

  /// Number of elements or members, duplicates included; 0 for everything else. Takes time in proportion to it.
  package func count(of node: JSONNode) -> Int {
    var count = 0
    var child = firstChild(of: node)
    while let present = child {
      count += 1
      child = nextSibling(of: present, in: node)
    }
    return count
  }
}
