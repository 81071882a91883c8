// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// The part of JSON Schema that model profiles use; `config/models/README.md` lists it.
struct ProfileSchema: Hashable, Sendable {
  enum Kind: String, Sendable {
    case object
    case array
    case string
    case number
    case integer
    case boolean
  }

  struct Property: Hashable, Sendable {
    let name: String
    let schema: ProfileSchema
  }

  var kind: Kind?
  var choices: [JSON]?
  var defaultValue: JSON?
  var required: [String] = []
  /// In the order of the file, which is the order of the errors.
  var properties: [Property] = []
  var allowsOtherProperties = true
  var minLength = 0
  var maxLength = Int.max
  var minItems = 0
  var maxItems = Int.max
  /// The schema of every element, or none. An array only because a struct cannot hold itself.
  var items: [ProfileSchema] = []
  var minimum: JSONNumber?
  var maximum: JSONNumber?
  var isURL = false

  func property(_ name: String) -> ProfileSchema? { properties.first { $0.name == name }?.schema }
}

// Reading a schema.
extension ProfileSchema {
  /// - Parameter pointer: where the schema stands in its file, for the error.
  init(_ json: JSON, at pointer: String) throws(ValidationError) {
    guard let members = json.object else { throw ValidationError(pointer: pointer, message: "must be an object") }
    for (keyword, value) in members {
      try read(keyword, value, at: JSONPointer.appending(keyword, to: pointer))
    }
  }

  private mutating func read(_ keyword: String, _ value: JSON, at pointer: String) throws(ValidationError) {
    switch keyword {
    case "description": _ = try ProfileReader.need(value.string, "a string", pointer)
    case "type": kind = try ProfileReader.need(value.string.flatMap(Kind.init(rawValue:)), "a type", pointer)
    case "enum": choices = try ProfileReader.need(value.array, "an array", pointer)
    case "default": defaultValue = value
    case "required": required = try ProfileReader.need(ProfileReader.strings(value), "an array of strings", pointer)
    case "properties": properties = try readProperties(value, at: pointer)
    case "additionalProperties": allowsOtherProperties = try ProfileReader.need(value.bool, "true or false", pointer)
    case "minLength": minLength = try ProfileReader.need(count(value), "a count", pointer)
    case "maxLength": maxLength = try ProfileReader.need(count(value), "a count", pointer)
    case "minItems": minItems = try ProfileReader.need(count(value), "a count", pointer)
    case "maxItems": maxItems = try ProfileReader.need(count(value), "a count", pointer)
    case "items": items = [try ProfileSchema(value, at: pointer)]
    case "minimum": minimum = try ProfileReader.need(value.number, "a number", pointer)
    case "maximum": maximum = try ProfileReader.need(value.number, "a number", pointer)
    case "format": isURL = try ProfileReader.need(value.string == "uri" ? true : nil, "uri", pointer)
    default: throw ValidationError(pointer: pointer, message: "is not a keyword of model profiles")
    }
  }

  private func readProperties(_ value: JSON, at pointer: String) throws(ValidationError) -> [Property] {
    var properties: [Property] = []
    for (name, schema) in try ProfileReader.need(value.object, "an object", pointer) {
      properties.append(
        Property(name: name, schema: try ProfileSchema(schema, at: JSONPointer.appending(name, to: pointer))))
    }
    return properties
  }
}

/// Takes profile files apart.
enum ProfileReader {
  /// Passes a value on, or says what should have been there.
  static func need<Value>(_ value: Value?, _ what: String, _ pointer: String) throws(ValidationError) -> Value {
    guard let value else { throw ValidationError(pointer: pointer, message: "must be \(what)") }
    return value
  }

  /// All elements as strings, or `nil`.
  static func strings(_ value: JSON) -> [String]? {
    guard let array = value.array else { return nil }
    let strings = array.compactMap(\.string)
    return strings.count == array.count ? strings : nil
  }
}

private func count(_ value: JSON) -> Int? {
  value.int.flatMap { Int(exactly: $0) }.flatMap { $0 >= 0 ? $0 : nil }
}
