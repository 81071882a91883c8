// SPDX-License-Identifier: Apache-2.0

/// The members of an object in the order in which they were written or added. Duplicate names are kept; the last of
/// them counts. Finding a member takes time in proportion to their number.
package struct JSONObject: Hashable, Sendable {
  fileprivate struct Member: Hashable, Sendable {
    let key: String
    var value: JSON

    /// Code unit by code unit, as RFC 8259 section 8.3 has it: Swift's own comparison takes é and e + ´ for one.
    func isCalled(_ name: String) -> Bool { key == name && key.utf8.elementsEqual(name.utf8) }
  }

  private var members: [Member] = []

  /// No members.
  package init() {}

  /// The members in the order given.
  package init(_ members: some Sequence<(key: String, value: JSON)>) {
    for (key, value) in members { append(key, value) }
  }

  /// Number of members, duplicates included.
  package var count: Int { members.count }

  /// Whether there is no member.
  package var isEmpty: Bool { members.isEmpty }

  /// The names in order, duplicates included.
  package var keys: [String] { members.map(\.key) }

  /// The value of the last member called `key`. Setting replaces that value where it stands, or appends a member;
  /// setting `nil` removes every member of that name.
  package subscript(key: String) -> JSON? {
    get { members.last { $0.isCalled(key) }?.value }
    set {
      guard let newValue else { return members.removeAll { $0.isCalled(key) } }
      if let index = members.lastIndex(where: { $0.isCalled(key) }) {
        members[index].value = newValue
      } else {
        append(key, newValue)
      }
    }
  }

  /// Adds a member behind the others, whether or not the name is there already.
  package mutating func append(_ key: String, _ value: JSON) {
    members.append(Member(key: key, value: value))
  }
}

extension JSONObject: Sequence {
  /// Walks the members in order.
  package struct Iterator: IteratorProtocol {
    fileprivate var members: IndexingIterator<[Member]>

    package mutating func next() -> (key: String, value: JSON)? {
      members.next().map { (key: $0.key, value: $0.value) }
    }
  }

  package func makeIterator() -> Iterator { Iterator(members: members.makeIterator()) }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  package init(dictionaryLiteral members: (String, JSON)...) {
    for (key, value) in members { append(key, value) }
  }
}
