// SPDX-License-Identifier: Apache-2.0

@testable import JSON

/// A tape with its bytes. Test expectations take copyable values only, which neither a tape nor a span is.
final class ParsedText {
  private var tape = JSONTape()
  let bytes: [UInt8]

  init(_ bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONError) {
    self.bytes = bytes
    try tape.parse(bytes.span, limits: limits)
  }

  convenience init(_ text: String) throws(JSONError) { try self.init(Array(text.utf8)) }

  private func read<Answer>(_ body: (borrowing JSONTape, Span<UInt8>) -> Answer) -> Answer {
    let bytes = bytes
    return body(tape, bytes.span)
  }

  var root: JSONNode { tape.root }
  func kind(_ node: JSONNode) -> JSONKind { tape.kind(of: node) }
  func range(_ node: JSONNode) -> Range<Int> { tape.range(of: node) }
  func written(_ node: JSONNode) -> String { String(decoding: bytes[tape.range(of: node)], as: UTF8.self) }
  func contents(_ node: JSONNode) -> String? {
    tape.contents(of: node).map { String(decoding: bytes[$0], as: UTF8.self) }
  }

  func string(_ node: JSONNode) -> String? { read { $0.string(node, in: $1) } }
  func hasEscapes(_ node: JSONNode) -> Bool { tape.hasEscapes(node) }
  func equals(_ node: JSONNode, _ text: String) -> Bool { read { $0.stringEquals(node, text, in: $1) } }
  func appended(_ node: JSONNode, to prefix: [UInt8] = []) -> [UInt8]? {
    var output = prefix
    let isString = read { $0.appendString(node, in: $1, to: &output) }
    return isString ? output : nil
  }

  func int64(_ node: JSONNode) -> Int64? { read { $0.int64(node, in: $1) } }
  func number(_ node: JSONNode) -> JSONNumber? { read { $0.number(node, in: $1) } }
  func bool(_ node: JSONNode) -> Bool? { tape.bool(node) }
  func isNull(_ node: JSONNode) -> Bool { tape.isNull(node) }
  func tree(_ node: JSONNode) -> JSON { read { $0.tree(node, in: $1) } }

  func member(_ name: String, of node: JSONNode) -> JSONNode? { read { $0.member(name, of: node, in: $1) } }
  func firstChild(_ node: JSONNode) -> JSONNode? { tape.firstChild(of: node) }
  func nextSibling(_ node: JSONNode, in parent: JSONNode) -> JSONNode? { tape.nextSibling(of: node, in: parent) }
  func count(_ node: JSONNode) -> Int { tape.count(of: node) }

  func elements<E: Error>(of node: JSONNode, _ body: (JSONNode) throws(E) -> Void) throws(E) {
    try tape.forEachElement(of: node, body)
  }

  func members(of node: JSONNode) -> [(name: JSONNode, value: JSONNode)] {
    var members: [(name: JSONNode, value: JSONNode)] = []
    tape.forEachMember(of: node) { members.append(($0, $1)) }
    return members
  }
}
