// SPDX-License-Identifier: Apache-2.0

extension JSON {
  /// The value that a JSON Pointer (RFC 6901) leads to: `""` is this value itself, `/a/0` the first element of member
  /// `a`, `~1` stands for `/` and `~0` for `~`. `nil` if it leads nowhere or is no pointer; `-`, the place behind the
  /// last element, leads nowhere.
  package func at(pointer: String) -> JSON? {
    guard let first = pointer.unicodeScalars.first else { return self }
    guard first == "/" else { return nil }
    var value = self
    for token in pointer.unicodeScalars.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      guard let name = Self.unescaped(token), let child = value.child(name) else { return nil }
      value = child
    }
    return value
  }

  private func child(_ name: String) -> JSON? {
    switch self {
    case .object(let members): members[name]
    case .array: Self.arrayIndex(name).flatMap { self[$0] }
    default: nil
    }
  }

  /// RFC 6901 section 4: digits without a leading zero.
  private static func arrayIndex(_ name: String) -> Int? {
    guard name.utf8.allSatisfy(ASCII.isDigit), name == "0" || !name.hasPrefix("0") else { return nil }
    return Int(name)
  }

  /// RFC 6901 section 3; `nil` for a `~` followed by anything but 0 or 1.
  private static func unescaped(_ token: Substring.UnicodeScalarView) -> String? {
    var name = String.UnicodeScalarView()
    var rest = token
    while let scalar = rest.popFirst() {
      guard scalar == "~" else {
        name.append(scalar)
        continue
      }
      switch rest.popFirst() {
      case "0": name.append("~")
      case "1": name.append("/")
      default: return nil
      }
    }
    return String(name)
  }
}
