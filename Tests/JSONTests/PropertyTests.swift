// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import JSON

@Suite struct PropertyTests {
  static let texts = Samples.valid.map(\.text) + [Samples.callback]

  /// A prefix of an object, array, string or literal can never be a text itself; a prefix of a number can.
  @Test(arguments: texts)
  func `every prefix of a text is refused, or is a text itself`(text: String) throws {
    let bytes = Array(text.utf8)
    for end in 0..<bytes.count {
      let prefix = Array(bytes[..<end])
      guard let tree = try? JSON.parse(prefix) else { continue }
      let written = String(decoding: prefix, as: UTF8.self)
      let isScalarNumber = tree.number != nil
      let lacksWhiteSpaceOnly = bytes[end...].allSatisfy(ASCII.isWhiteSpace)
      #expect(isScalarNumber || lacksWhiteSpaceOnly, "\(written)")
      #expect(try JSON.parse(tree.compact()) == tree)
    }
  }

  @Test(arguments: texts)
  func `every flipped byte leaves a text that is refused, or one that survives writing`(text: String) throws {
    let bytes = Array(text.utf8)
    var accepted = 0
    var refused = 0
    for position in bytes.indices {
      for mask in [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF, bytes[position]] as [UInt8] {
        var flipped = bytes
        flipped[position] ^= mask
        do throws(JSONError) {
          let tree = try JSON.parse(flipped)
          accepted += 1
          let isUTF8 = String(validating: flipped, as: UTF8.self) != nil
          #expect(isUTF8)
          #expect((try? JSON.parse(tree.compact())) == tree)
        } catch {
          refused += 1
          #expect(error.offset <= flipped.count)
        }
      }
    }
    #expect(accepted + refused == bytes.count * 10)
    #expect(refused > 0)
  }

  @Test(arguments: texts)
  func `every missing or doubled byte leaves the tape and the tree of one mind`(text: String) {
    let bytes = Array(text.utf8)
    for position in bytes.indices {
      var shorter = bytes
      shorter.remove(at: position)
      var longer = bytes
      longer.insert(bytes[position], at: position)
      for changed in [shorter, longer] { expectTapeAgreesWithTree(changed) }
    }
  }

  @Test(arguments: texts)
  func `a tree survives both ways of writing`(text: String) throws {
    let tree = try JSON.parse(text)
    #expect(try JSON.parse(tree.compact()) == tree)
    #expect(try JSON.parse(tree.pretty()) == tree)
    #expect(try JSON.parse(tree.compact()).compact() == tree.compact())
  }

  @Test func `made-up trees survive both ways of writing, and the tape finds all of them`() throws {
    var random = SplitMix64(state: 20_261_122)
    for _ in 0..<500 {
      let tree = JSON.random(depth: 5, using: &random)
      #expect(try JSON.parse(tree.compact()) == tree)
      #expect(try JSON.parse(tree.pretty()) == tree)
      expectTapeAgreesWithTree(tree.compact())
    }
  }

  private func expectTapeAgreesWithTree(_ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) {
    do throws(JSONError) {
      let text = try ParsedText(bytes)
      let tree = try JSON.parse(bytes)
      #expect(agree(text, text.root, tree), "\(tree)", sourceLocation: sourceLocation)
    } catch {
      #expect(throws: error, sourceLocation: sourceLocation) { try ParsedText(bytes) }
      #expect(throws: error, sourceLocation: sourceLocation) { try JSON.parse(bytes) }
    }
  }

  /// Whether lookup, walking and reading on the tape give what the tree holds.
  private func agree(_ text: ParsedText, _ node: JSONNode, _ tree: JSON) -> Bool {
    switch tree {
    case .null: return text.isNull(node)
    case .bool(let value): return text.bool(node) == value
    case .number(let number): return text.number(node) == number && text.int64(node) == number.int64
    case .string(let string):
      return text.string(node) == string && text.appended(node) == Array(string.utf8) && text.equals(node, string)
    case .array(let elements):
      var child = text.firstChild(node)
      for element in elements {
        guard let present = child, agree(text, present, element) else { return false }
        child = text.nextSibling(present, in: node)
      }
      return child == nil && text.count(node) == elements.count
    case .object(let members):
      for key in members.keys {
        guard let value = text.member(key, of: node), let expected = members[key], agree(text, value, expected)
        else { return false }
      }
      return text.count(node) == members.count
    }
  }
}

/// Sebastiano Vigna's generator: the same numbers on every run, so that a failure can be seen again.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

extension JSON {
  fileprivate static func random(depth: Int, using random: inout some RandomNumberGenerator) -> JSON {
    switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &random))
    case 2: return JSON(Int64.random(in: .min ... .max, using: &random) >> Int64.random(in: 0..<64, using: &random))
    case 3:
      return JSONNumber(Double(bitPattern: UInt64.random(in: 0 ... .max, using: &random))).map(JSON.number) ?? .null
    case 4: return .string(randomString(using: &random))
    case 5:
      return .array((0..<Int.random(in: 0..<6, using: &random)).map { _ in .random(depth: depth - 1, using: &random) })
    default:
      var members = JSONObject()
      for _ in 0..<Int.random(in: 0..<6, using: &random) {
        members.append(randomString(using: &random), .random(depth: depth - 1, using: &random))
      }
      return .object(members)
    }
  }

  private static func randomString(using random: inout some RandomNumberGenerator) -> String {
    var scalars = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0..<20, using: &random) {
      let bits = UInt32.random(in: 1...21, using: &random)
      guard let scalar = Unicode.Scalar(UInt32.random(in: 0..<(1 << bits), using: &random)) else { continue }
      scalars.append(scalar)
    }
    return String(scalars)
  }
}
