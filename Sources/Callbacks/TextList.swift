// SPDX-License-Identifier: Apache-2.0

/// Texts in their order. The first of them, which nearly always is the only one, takes no array.
package struct TextList: Hashable, Sendable {
  /// `nil` if there is no text at all.
  package private(set) var first: String?
  /// Those behind the first.
  package private(set) var others: [String]

  /// No texts.
  package init() {
    first = nil
    others = []
  }

  /// These texts.
  package init(_ texts: [String]) {
    first = texts.first
    others = Array(texts.dropFirst())
  }

  /// Adds a text behind the others.
  package mutating func append(_ text: String) {
    if first == nil { first = text } else { others.append(text) }
  }
}

extension TextList: RandomAccessCollection {
  package var startIndex: Int { 0 }

  package var endIndex: Int { first == nil ? 0 : 1 + others.count }

  package subscript(place: Int) -> String {
    if place > 0 { return others[place - 1] }
    guard place == 0, let first else { preconditionFailure("no text has this place") }
    return first
  }

  package var isEmpty: Bool { first == nil }
}

extension TextList: ExpressibleByArrayLiteral {
  package init(arrayLiteral texts: String...) {
    self.init(texts)
  }
}
