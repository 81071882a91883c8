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

  /// Writes the value of every member whose name is wanted to the place that is its name's number; of repeated ones the
  /// last. None if the value is no object.
  ///
  /// - Returns: two sets, a bit for each number: the names that are there, and those that are there more than once.
  package func readWantedMembers(
    of object: JSONNode, to nodes: inout MutableSpan<JSONNode>
  ) -> (present: UInt64, repeated: UInt64) {
    var present: UInt64 = 0
    var repeated: UInt64 = 0
    forEachWantedMember(of: object) { number, value in
      let bit: UInt64 = 1 &<< UInt64(number)
      repeated |= present & bit
      present |= bit
      nodes[Int(number)] = value
    }
    return (present, repeated)
  }

  /// Calls `body` with the number of every wanted name and its value, in the order of the text, duplicates included.
  /// Nothing happens if the value is no object.
  @inline(__always)
  package func forEachWantedMember<E: Error>(
    of object: JSONNode, _ body: (_ number: UInt8, _ value: JSONNode) throws(E) -> Void
  ) throws(E) {
    let tokens = tokens.span
    let container = tokens[object.index]
    guard container.kind == .object else { return }
    var index = object.index &+ 1
    while index < Int(container.next) {
      let number = tokens[index].number
      index &+= 1
      if number != 0 { try body(number, JSONNode(index: index)) }
      index = Int(tokens[index].next)
    }
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
