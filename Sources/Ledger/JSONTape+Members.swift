// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// Members of an object by name and type, as our own files hold them.
extension JSONTape {
  /// A member's string; `nil` if there is none or it is something else.
  func text(_ name: String, of node: JSONNode, in bytes: Span<UInt8>) -> String? {
    member(name, of: node, in: bytes).flatMap { string($0, in: bytes) }
  }

  /// A member's integer; `nil` if there is none or it is something else.
  func integer(_ name: String, of node: JSONNode, in bytes: Span<UInt8>) -> Int64? {
    member(name, of: node, in: bytes).flatMap { int64($0, in: bytes) }
  }

  /// A member's value as it is written; `nil` if there is none or it is null.
  func raw(_ name: String, of node: JSONNode, in bytes: Span<UInt8>) -> String? {
    guard let value = member(name, of: node, in: bytes), !isNull(value),
      let utf8 = try? UTF8Span(validating: bytes.extracting(range(of: value)))
    else { return nil }
    return String(copying: utf8)
  }

  /// The strings in a member's array; empty if there is none.
  func texts(_ name: String, of node: JSONNode, in bytes: Span<UInt8>) -> [String] {
    guard let array = member(name, of: node, in: bytes) else { return [] }
    return texts(array, in: bytes)
  }

  /// The strings in an array.
  func texts(_ array: JSONNode, in bytes: Span<UInt8>) -> [String] {
    var all: [String] = []
    forEachElement(of: array) { if let text = string($0, in: bytes) { all.append(text) } }
    return all
  }

  /// Calls `body` with each element of a member's array.
  func forEachElement(_ name: String, of node: JSONNode, in bytes: Span<UInt8>, _ body: (JSONNode) -> Void) {
    if let array = member(name, of: node, in: bytes) { forEachElement(of: array, body) }
  }

  func savedFile(_ node: JSONNode, in bytes: Span<UInt8>) -> SavedFile? {
    guard let number = integer("number", of: node, in: bytes), let path = text("path", of: node, in: bytes),
      let size = integer("bytes", of: node, in: bytes), let sha256 = text("sha256", of: node, in: bytes),
      let type = text("type", of: node, in: bytes)
    else { return nil }
    return SavedFile(number: Int(number), path: path, bytes: Int(size), sha256: sha256, type: type)
  }
}

extension JSONLimits {
  /// For text of our own: whoever let it in has bounded what is nested in it, and we put more around it.
  static let whatWeWrote = JSONLimits(maxDepth: .max)
}
