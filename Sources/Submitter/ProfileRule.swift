// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// What a schema cannot say. Rules speak only about values of the right type: the schema has reported the others.
enum ProfileRule: Hashable, Sendable {
  /// The `member`s of the objects in a list add up to no more than the number, or numeric string, elsewhere.
  case sum(list: String, member: String, atMost: String)
  /// A string `start,end` in seconds, this far apart.
  case interval(at: String, minimum: Double, maximum: Double)
  /// A URL on one of these hosts.
  case host(at: String, anyOf: [String])

  init(_ json: JSON, at pointer: String) throws(ValidationError) {
    let place = try ProfileReader.need(json["of"]?.string, "a rule with a pointer \"of\"", pointer)
    switch json["rule"]?.string {
    case "sum":
      self = .sum(
        list: place, member: try ProfileReader.need(json["member"]?.string, "a string", pointer + "/member"),
        atMost: try ProfileReader.need(json["atMost"]?.string, "a pointer", pointer + "/atMost"))
    case "interval":
      self = .interval(
        at: place, minimum: try ProfileReader.need(json["minimum"]?.double, "a number", pointer + "/minimum"),
        maximum: try ProfileReader.need(json["maximum"]?.double, "a number", pointer + "/maximum"))
    case "host":
      self = .host(
        at: place,
        anyOf: try ProfileReader.need(
          json["anyOf"].flatMap(ProfileReader.strings), "an array of strings", pointer + "/anyOf"))
    default: throw ValidationError(pointer: pointer + "/rule", message: "is not a rule of model profiles")
    }
  }

  func validate(_ input: JSON, schema: ProfileSchema, at pointer: String, into errors: inout ValidationErrors) {
    switch self {
    case .sum(let list, let member, let atMost):
      guard let elements = input.at(pointer: list)?.array,
        let limit = (input.at(pointer: atMost) ?? schema.defaultValue(at: atMost)).flatMap(number)
      else { return }
      let sum = elements.compactMap { $0[member]?.double }.reduce(0, +)
      if sum > limit + tolerance {
        errors.add(pointer + list, "must last \(short(limit)) s at most, lasts \(short(sum)) s")
      }
    case .interval(let place, let minimum, let maximum):
      guard let text = input.at(pointer: place)?.string else { return }
      guard let (start, end) = seconds(text) else {
        return errors.add(pointer + place, "must be \"start,end\" in seconds, such as \"3.55,5.55\"")
      }
      if end - start < minimum - tolerance || end - start > maximum + tolerance {
        errors.add(pointer + place, "must be \(short(minimum)) to \(short(maximum)) s from start to end")
      }
    case .host(let place, let hosts):
      guard let url = input.at(pointer: place)?.string.flatMap(ProfileURL.init), !hosts.contains(url.host) else {
        return
      }
      errors.add(pointer + place, "must be on \(hosts.joined(separator: " or "))")
    }
  }
}

extension ProfileSchema {
  /// The default of a member of this object; deeper places have none that counts.
  fileprivate func defaultValue(at pointer: String) -> JSON? { property(String(pointer.dropFirst()))?.defaultValue }
}

/// Decimal fractions have no exact sum in binary; a nanosecond is nobody's limit.
private let tolerance = 1e-9

private func number(_ value: JSON) -> Double? { value.double ?? value.string.flatMap(decimal) }

/// Digits with at most one point: no sign, exponent or space.
private func decimal(_ text: some StringProtocol) -> Double? {
  guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }) else { return nil }
  return Double(String(text))
}

private func seconds(_ text: String) -> (start: Double, end: Double)? {
  let parts = text.split(separator: ",", omittingEmptySubsequences: false)
  guard parts.count == 2, let start = decimal(parts[0]), let end = decimal(parts[1]) else { return nil }
  return (start, end)
}

/// Without the ".0" of whole numbers, and without the noise of binary fractions.
private func short(_ value: Double) -> String {
  let rounded = (value * 1000).rounded() / 1000
  let text = "\(rounded)"
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
