// SPDX-License-Identifier: Apache-2.0

package import JSON

extension TextTable {
  /// A list of objects with a column for each member that is no list or object, in the order of their first appearance.
  package init(objects: [JSON]) {
    var names: [String] = []
    for case .object(let members) in objects {
      for (name, value) in members where value.isScalar && !names.contains(name) { names.append(name) }
    }
    self.init(
      header: names.map(Self.heading), rows: objects.map { object in names.map { Self.cell(object[$0] ?? .null) } })
  }

  /// One object, a line a member; what is nested is shown as JSON.
  package init(members object: JSON) {
    let members = object.object.map(Array.init) ?? []
    self.init(header: [], rows: members.map { [$0.key, Self.cell($0.value)] })
  }

  /// Tasks as the local API lists them.
  package init(tasks: [JSON]) {
    self.init(
      header: ["ID", "STATE", "PROGRESS", "MODEL", "CREATED", "PROVIDER TASK"],
      rows: tasks.map { task in
        [
          Self.cell(task["id"] ?? .null), Self.cell(task["state"] ?? .null),
          task["progress"]?.int.map { "\($0)%" } ?? "-", Self.cell(task["model"] ?? .null),
          Self.cell(task["createdAt"] ?? .null), Self.cell(task["providerTaskId"] ?? .null),
        ]
      })
  }

  /// A value as a person reads it: text without quotes, a dash for nothing.
  package static func cell(_ value: JSON) -> String {
    switch value {
    case .null: "-"
    case .string(let text): text
    case .array(let elements) where elements.isEmpty: "-"
    case .array(let elements) where elements.allSatisfy(\.isScalar): elements.map(cell).joined(separator: ",")
    default: value.description
    }
  }

  /// `receivedAt` as `RECEIVED AT`.
  private static func heading(_ name: String) -> String {
    var text = ""
    for character in name {
      if character.isUppercase, text.last?.isLowercase == true { text.append(" ") }
      text.append(character)
    }
    return text.uppercased()
  }
}

extension JSON {
  fileprivate var isScalar: Bool {
    switch self {
    case .array, .object: false
    default: true
    }
  }
}
