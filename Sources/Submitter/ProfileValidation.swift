// SPDX-License-Identifier: Apache-2.0

internal import JSON

extension ProfileSchema {
  /// Reports everything about `value` that breaks this schema. A value of the wrong type is reported once: its limits say
  /// nothing then.
  func validate(_ value: JSON, at pointer: String, into errors: inout ValidationErrors) {
    guard !errors.isFull else { return }
    if let kind, !kind.matches(value) {
      errors.add(pointer, "must be \(kind.words)\(choices.map { ", one of \(list($0))" } ?? "")")
      return
    }
    if let choices, !choices.contains(where: { isEqual($0, value) }) {
      errors.add(pointer, "must be one of \(list(choices))")
      return
    }
    switch value {
    case .object(let members): validate(members, at: pointer, into: &errors)
    case .array(let elements): validate(elements, at: pointer, into: &errors)
    case .string(let text): validate(text, at: pointer, into: &errors)
    case .number(let number): validate(number, at: pointer, into: &errors)
    case .null, .bool: break
    }
  }

  private func validate(_ members: JSONObject, at pointer: String, into errors: inout ValidationErrors) {
    var seen: Set<String> = []
    for (name, _) in members {
      // Which of the two counts is up to the reader, so the provider might read another request than was checked here.
      if !seen.insert(name).inserted { errors.add(JSONPointer.appending(name, to: pointer), "must not be given twice") }
      if !allowsOtherProperties, property(name) == nil {
        errors.add(JSONPointer.appending(name, to: pointer), "is not known")
      }
    }
    for name in required where !seen.contains(name) {
      errors.add(JSONPointer.appending(name, to: pointer), "is required")
    }
    for property in properties {
      if let value = members[property.name] {
        property.schema.validate(value, at: JSONPointer.appending(property.name, to: pointer), into: &errors)
      }
    }
  }

  private func validate(_ elements: [JSON], at pointer: String, into errors: inout ValidationErrors) {
    if elements.count < minItems {
      errors.add(pointer, "must have at least \(itemCount(minItems)), has \(elements.count)")
    }
    if elements.count > maxItems {
      errors.add(pointer, "must have at most \(itemCount(maxItems)), has \(elements.count)")
    }
    guard let schema = items.first else { return }
    for (index, element) in elements.enumerated() where !errors.isFull {
      schema.validate(element, at: "\(pointer)/\(index)", into: &errors)
    }
  }

  /// Characters are Unicode code points, as JSON Schema has it (RFC 8259, 7).
  private func validate(_ text: String, at pointer: String, into errors: inout ValidationErrors) {
    let length = text.unicodeScalars.count
    if length < minLength {
      errors.add(
        pointer, minLength == 1 ? "must not be empty" : "must have at least \(minLength) characters, has \(length)")
    }
    if length > maxLength { errors.add(pointer, "must have at most \(maxLength) characters, has \(length)") }
    if isURL, ProfileURL(text) == nil { errors.add(pointer, "must be an absolute http or https URL") }
  }

  private func validate(_ number: JSONNumber, at pointer: String, into errors: inout ValidationErrors) {
    guard let value = number.double else { return errors.add(pointer, "is out of range") }
    if let minimum, let limit = minimum.double, value < limit { errors.add(pointer, "must be at least \(minimum)") }
    if let maximum, let limit = maximum.double, value > limit { errors.add(pointer, "must be at most \(maximum)") }
  }
}

extension ProfileSchema.Kind {
  func matches(_ value: JSON) -> Bool {
    switch (self, value) {
    case (.object, .object), (.array, .array), (.string, .string), (.number, .number), (.boolean, .bool): true
    case (.integer, .number(let number)): number.int64 != nil
    default: false
    }
  }

  var words: String {
    switch self {
    case .object: "an object"
    case .array: "an array"
    case .string: "a string"
    case .number: "a number"
    case .integer: "an integer"
    case .boolean: "true or false"
    }
  }
}

private func itemCount(_ count: Int) -> String { count == 1 ? "1 item" : "\(count) items" }

private func list(_ choices: [JSON]) -> String { choices.map(\.description).joined(separator: ", ") }

/// As JSON Schema compares: numbers by value, everything else as written.
private func isEqual(_ one: JSON, _ other: JSON) -> Bool {
  if let first = one.double, let second = other.double { return first == second }
  return one == other
}
