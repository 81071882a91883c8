// SPDX-License-Identifier: Apache-2.0

extension JSON {
  /// Containers that may be open at once in a tree, whatever the limits say: to build, compare, write and release a
  /// tree takes recursion, and a thread's stack must bear it.
  package static let maxDepth = 512

  /// The value of a JSON text. Accepted is what `JSONTape.parse` accepts; duplicate members are all kept.
  ///
  /// - Parameter limits: depth counts up to `JSON.maxDepth`.
  /// - Throws: the first fault.
  package static func parse(_ bytes: Span<UInt8>, limits: JSONLimits = .standard) throws(JSONError) -> JSON {
    let depth = Swift.min(limits.maxDepth, maxDepth)
    var tape = JSONTape()
    try tape.parse(bytes, limits: JSONLimits(maxDepth: depth, maxBytes: limits.maxBytes))
    return tape.tree(tape.root, in: bytes)
  }

  /// The value of a JSON text, see `parse(_: Span)`.
  package static func parse(_ bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONError) -> JSON {
    try parse(bytes.span, limits: limits)
  }

  /// The value of a JSON text, see `parse(_: Span)`. Offsets in errors count UTF-8 bytes.
  package static func parse(_ text: String, limits: JSONLimits = .standard) throws(JSONError) -> JSON {
    let utf8 = text.utf8
    return try parse(utf8.span, limits: limits)
  }
}

extension JSONTape {
  /// The value and all it contains as a tree.
  ///
  /// - Parameter bytes: those that were parsed, with a limit of at most `JSON.maxDepth`.
  package func tree(_ node: JSONNode, in bytes: Span<UInt8>) -> JSON {
    switch kind(of: node) {
    case .null: return .null
    case .bool: return .bool(bool(node) ?? false)
    case .number: return number(node, in: bytes).map(JSON.number) ?? .null
    case .string: return .string(string(node, in: bytes) ?? "")
    case .array:
      var elements: [JSON] = []
      forEachElement(of: node) { elements.append(tree($0, in: bytes)) }
      return .array(elements)
    case .object:
      var members = JSONObject()
      forEachMember(of: node) { members.append(string($0, in: bytes) ?? "", tree($1, in: bytes)) }
      return .object(members)
    }
  }
}
