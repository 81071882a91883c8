// SPDX-License-Identifier: Apache-2.0

import Glibc
import JSON
import Reference

/// The tape accepts what the reference accepts, its parts lie inside each other, and it says the same as the tree; the
/// tree written and read again is the tree.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = input(start, count)
  var tape = JSONTape()
  let isAccepted = (try? tape.parse(bytes.span)) != nil
  require(
    isAccepted == (reference_json(bytes, bytes.count, CInt(JSONLimits.standard.maxDepth)) != 0),
    isAccepted ? "accepted; the reference refuses" : "refused; the reference accepts")
  guard let tree = try? JSON.parse(bytes) else {
    require(!isAccepted, "the tape accepts, the tree refuses")
    return 0
  }
  compare(tape, tape.root, tree, bytes)
  let compact = tree.compact()
  require((try? JSON.parse(compact)) == tree, "written compactly it is another value")
  require((try? JSON.parse(tree.pretty())) == tree, "written prettily it is another value")
  return 0
}

private func compare(_ tape: borrowing JSONTape, _ node: JSONNode, _ tree: JSON, _ bytes: [UInt8]) {
  let span = bytes.span
  let range = tape.range(of: node)
  switch tree {
  case .null: require(tape.isNull(node), "no null")
  case .bool(let value): require(tape.bool(node) == value, "another boolean")
  case .number(let number):
    require(tape.number(node, in: span) == number && number.text.utf8.elementsEqual(bytes[range]), "another number")
    require(tape.int64(node, in: span) == number.int64, "another integer")
  case .string(let text):
    var decoded: [UInt8] = []
    require(tape.appendString(node, in: span, to: &decoded) && decoded == Array(text.utf8), "another string")
    require(tape.stringEquals(node, text, in: span), "a string does not equal itself")
    require(!tape.stringEquals(node, text + "x", in: span), "a string equals a longer one")
  case .array(let elements):
    require(tape.count(of: node) == elements.count, "another count")
    var child = tape.firstChild(of: node)
    for element in elements {
      guard let present = child else { differ("an element is missing") }
      within(tape.range(of: present), range)
      compare(tape, present, element, bytes)
      child = tape.nextSibling(of: present, in: node)
    }
    require(child == nil, "an element too many")
  case .object(let members):
    var names: [JSONNode] = []
    tape.forEachMember(of: node) { name, _ in names.append(name) }
    require(names.count == members.count, "another number of names")
    var child = tape.firstChild(of: node)
    for (place, (name, value)) in members.enumerated() {
      guard let present = child else { differ("a member is missing") }
      within(tape.range(of: present), range)
      require(tape.string(names[place], in: span) == name, "another name")
      compare(tape, present, value, bytes)
      let found = tape.member(name, of: node, in: span)
      // Names are compared byte by byte, where `String` would hold canonically equal ones for the same.
      let last = members.reversed().first { Array($0.key.utf8) == Array(name.utf8) }?.value
      require(found.map { tape.tree($0, in: bytes.span) } == last, "another member is found")
      child = tape.nextSibling(of: present, in: node)
    }
    require(child == nil, "a member too many")
  }
}

private func within(_ inner: Range<Int>, _ outer: Range<Int>) {
  require(
    outer.lowerBound < inner.lowerBound && inner.upperBound < outer.upperBound, "a part lies outside of its container")
}
