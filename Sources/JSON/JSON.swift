// SPDX-License-Identifier: Apache-2.0

/// A JSON value as a tree, for settings, profiles and the local API. What arrives on the callback path is read from a
/// `JSONTape` instead, without building one.
///
/// Two values are equal if they are written alike: members in the same order, numbers with the same text.
package enum JSON: Hashable, Sendable {
  case null
  case bool(Bool)
  case number(JSONNumber)
  case string(String)
  case array([JSON])
  case object(JSONObject)
}

extension JSON {
  /// A number without fraction.
  package init(_ value: some BinaryInteger) { self = .number(JSONNumber(value)) }

  /// A string.
  package init(_ value: String) { self = .string(value) }

  /// Whether this is `null`.
  package var isNull: Bool { self == .null }

  /// The boolean; `nil` for everything else.
  package var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// The number; `nil` for everything else.
  package var number: JSONNumber? {
    if case .number(let value) = self { value } else { nil }
  }

  /// The integer that a number stands for exactly (see `JSONNumber.int64`); `nil` for everything else.
  package var int: Int64? { number?.int64 }

  /// The double nearest to a number (see `JSONNumber.double`); `nil` for everything else.
  package var double: Double? { number?.double }

  /// The string; `nil` for everything else.
  package var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  /// The elements; `nil` for everything else.
  package var array: [JSON]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  /// The members; `nil` for everything else.
  package var object: JSONObject? {
    if case .object(let members) = self { members } else { nil }
  }

  /// The value of the member called `key`, the last one if there are several; `nil` without one or if this is no object.
  package subscript(key: String) -> JSON? { object?[key] }

  /// The element at `index`, from 0; `nil` outside the bounds or if this is no array.
  package subscript(index: Int) -> JSON? {
    guard let array, array.indices.contains(index) else { return nil }
    return array[index]
  }
}
