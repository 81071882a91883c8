// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import JSON

/// JSONTestSuite (Nicolas Seriot, "Parsing JSON is a Minefield"), where a copy of it is at hand.
@Suite struct SuiteTests {
  /// What the RFC leaves open, and how we decided: these are accepted, all other `i_` texts are refused.
  static let acceptedByChoice: Set<String> = [
    "i_number_double_huge_neg_exp.json",
    "i_number_huge_exp.json",
    "i_number_neg_int_huge_exp.json",
    "i_number_pos_double_huge_exp.json",
    "i_number_real_neg_overflow.json",
    "i_number_real_pos_overflow.json",
    "i_number_real_underflow.json",
    "i_number_too_big_neg_int.json",
    "i_number_too_big_pos_int.json",
    "i_number_very_big_negative_int.json",
  ]

  @Test(.enabled(if: Corpus.isPresent, "JSONTestSuite is not at hand"))
  func `valid texts are accepted`() throws {
    let files = try Corpus.files(prefix: "y_")
    #expect(files.count == 95)
    for file in files {
      #expect(throws: Never.self, "\(file.name)") { try JSON.parse(file.bytes) }
    }
  }

  @Test(.enabled(if: Corpus.isPresent, "JSONTestSuite is not at hand"))
  func `invalid texts are refused`() throws {
    let files = try Corpus.files(prefix: "n_")
    #expect(files.count == 188)
    for file in files {
      #expect(throws: JSONError.self, "\(file.name)") { try JSON.parse(file.bytes) }
    }
  }

  @Test(.enabled(if: Corpus.isPresent, "JSONTestSuite is not at hand"))
  func `texts the RFC leaves open are decided as listed`() throws {
    let files = try Corpus.files(prefix: "i_")
    #expect(files.count == 35)
    let accepted = files.filter { (try? JSON.parse($0.bytes)) != nil }.map(\.name)
    #expect(Set(accepted) == Self.acceptedByChoice)
  }

  @Test(.enabled(if: Corpus.isPresent, "JSONTestSuite is not at hand"))
  func `accepted texts survive being written and read again`() throws {
    for file in try Corpus.files(prefix: "") {
      guard let tree = try? JSON.parse(file.bytes) else { continue }
      #expect(try JSON.parse(tree.compact()) == tree, "\(file.name)")
      #expect(try JSON.parse(tree.pretty()) == tree, "\(file.name)")
    }
  }
}
