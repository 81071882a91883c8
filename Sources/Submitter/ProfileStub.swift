package import JSON

package struct ValidationError: Sendable {
  package let pointer: String; package let message: String;
  package init(pointer: String, message: String) { self.pointer = pointer; self.message = message }
}
package struct ModelProfile { var hasProgressCallback = true; func validate(input: JSON) -> [ValidationError] { [] } }
package struct ModelProfiles: Sendable {
  package static let embedded = ModelProfiles(); subscript(_ m: String) -> ModelProfile { ModelProfile() }
}
