// SPDX-License-Identifier: Apache-2.0

package import JSON

/// What the provider takes and gives for one model.
package struct ModelProfile: Sendable, Hashable {
  /// What a finished task of the model has to show.
  package enum ResultKind: String, Sendable {
    /// Addresses of files: a success without any is not complete.
    case files
    /// An answer in JSON.
    case object
    /// Either: nobody has written a profile.
    case unknown
  }

  /// The provider's name.
  package let model: String
  /// A name for people.
  package let title: String
  /// Whether the provider takes a `progressCallBackUrl`.
  package let hasProgressCallback: Bool
  package let result: ResultKind
  /// The body of createTask as a JSON Schema, as the profile has it.
  package let request: JSON
  let input: ProfileSchema
  let rules: [ProfileRule]

  /// Reads a profile; `config/models/README.md` describes its form.
  package init(_ json: JSON) throws(ValidationError) {
    for key in json.object?.keys ?? [] where !members.contains(key) {
      throw ValidationError(pointer: JSONPointer.appending(key, to: ""), message: "is not a member of model profiles")
    }
    model = try ProfileReader.need(json["model"]?.string, "a string", "/model")
    title = try ProfileReader.need(json["title"]?.string, "a string", "/title")
    hasProgressCallback = try ProfileReader.need(
      json["capabilities"]?["progressCallback"]?.bool, "true or false", "/capabilities/progressCallback")
    result = try ProfileReader.need(
      json["capabilities"]?["result"]?.string.flatMap(ResultKind.init(rawValue:)), "files or object",
      "/capabilities/result")
    request = try ProfileReader.need(json["request"], "there", "/request")
    let schema = try ProfileSchema(request, at: "/request")
    input = try ProfileReader.need(schema.property("input"), "there", "/request/properties/input")
    var rules: [ProfileRule] = []
    for (index, rule) in (json["rules"]?.array ?? []).enumerated() {
      rules.append(try ProfileRule(rule, at: "/rules/\(index)"))
    }
    self.rules = rules
  }

  /// The profile of a model that nobody has described: any object is good.
  init(unknown model: String) {
    self.model = model
    title = model
    hasProgressCallback = false
    result = .unknown
    request = ["type": "object", "required": ["model", "input"], "properties": ["input": ["type": "object"]]]
    input = ProfileSchema(kind: .object)
    rules = []
  }

  /// Everything that is wrong with an input, in the order of the profile; at most 100 errors. Defaults are left to the
  /// provider: nothing is added to what the user wrote.
  ///
  /// - Parameter input: `nil` if the request has none.
  package func validate(input: JSON?) -> [ValidationError] {
    guard let value = input else { return [ValidationError(pointer: "/input", message: "is required")] }
    var errors = ValidationErrors()
    self.input.validate(value, at: "/input", into: &errors)
    for rule in rules { rule.validate(value, schema: self.input, at: "/input", into: &errors) }
    return errors.all
  }
}

private let members = ["model", "title", "capabilities", "request", "rules"]
