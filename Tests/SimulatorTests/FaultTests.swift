// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Simulator

@Suite("Faults and what is left to chance")
struct FaultTests {
  @Test("the names are those of the contract")
  func names() {
    #expect(
      Fault.allCases.map(\.rawValue) == [
        "unsigned", "wrong-key", "stale", "duplicate", "early", "late", "lost", "out-of-order", "conflicting-ids",
        "changed-body", "task_id", "no-urls", "late-fail", "lost-answer", "http-502", "429", "402", "expired-links",
        "malformed",
      ])
    #expect(Set(Fault.allCases.map(\.summary)).count == Fault.allCases.count)
  }

  @Test("the help has a line for each fault and says what is a guess")
  func help() {
    let lines = SimulatorHelp.faults.split(separator: "\n")
    #expect(lines.count == Fault.allCases.count)
    #expect(lines.allSatisfy { $0.utf8.count <= 120 })
    #expect(lines[0] == "unsigned         \(Fault.unsigned.summary)")
    #expect(SimulatorHelp.notes.contains("guess"))
  }

  @Test(
    "a name, with or without a rate, is read",
    arguments: [
      ("lost", Fault.lost, 1.0), ("lost=1", .lost, 1), ("lost=0", .lost, 0), ("task_id=0.25", .taskID, 0.25),
      ("429=.5", .rateLimited, 0.5), ("lost-answer=1e-2", .lostAnswer, 0.01),
    ])
  func reading(text: String, fault: Fault, rate: Double) throws {
    let read = try FaultRate(text)
    #expect(read.fault == fault)
    #expect(read.rate == rate)
  }

  @Test("a name that is none is refused, with the names there are", arguments: ["", "Lost", "lost ", "=1", "loss=1"])
  func unknown(text: String) throws {
    let error = try #require(throws: FaultRateError.self) { try FaultRate(text) }
    #expect(error == .unknownFault(String(text.prefix { $0 != "=" })))
    #expect(error.description.contains("out-of-order"))
  }

  @Test(
    "a rate that is none is refused",
    arguments: ["lost=", "lost=1.1", "lost=-0.1", "lost=nan", "lost=inf", "lost=50%", "lost=1=1", "lost= 1"])
  func badRate(text: String) throws {
    let error = try #require(throws: FaultRateError.self) { try FaultRate(text) }
    #expect(error == .invalidRate(fault: .lost, text: String(text.dropFirst(5))))
  }

  @Test("the same seed and number give the same fate, and others give others")
  func repeatable() {
    let rates = Dictionary(uniqueKeysWithValues: Fault.allCases.map { ($0, 0.5) })
    let fates = (1...200).map { Fate(seed: 7, number: $0, rates: rates) }
    #expect(fates == (1...200).map { Fate(seed: 7, number: $0, rates: rates) })
    #expect(Set(fates.map(\.taskID)).count == 200)
    #expect(Set(fates.map(\.taskID)).isDisjoint(with: fates.map(\.strangerID)))
    #expect(Fate(seed: 8, number: 1, rates: rates).taskID != fates[0].taskID)
    #expect(fates.allSatisfy { $0.taskID.utf8.count == 32 && $0.taskID.allSatisfy { "0123456789abcdef".contains($0) } })
  }

  @Test("a fault strikes none at rate 0, all at rate 1, and about as many as its rate says", arguments: Fault.allCases)
  func rates(fault: Fault) {
    func hits(_ rate: Double) -> Int {
      (1...2000).count { Fate(seed: 42, number: $0, rates: [fault: rate]).faults == [fault] }
    }
    #expect(hits(0) == 0)
    #expect(hits(1) == 2000)
    #expect((500...700).contains(hits(0.3)))
  }

  @Test("whom a fault strikes does not depend on the other faults, nor does anything else")
  func independent() {
    for number in 1...300 {
      let alone = Fate(seed: 1, number: number, rates: [.late: 0.4])
      let among = Fate(seed: 1, number: number, rates: [.late: 0.4, .unsigned: 0.9, .malformed: 0.5])
      #expect(alone.faults.contains(.late) == among.faults.contains(.late))
      #expect(alone.taskID == among.taskID && alone.generating == among.generating && alone.loss == among.loss)
    }
  }

  @Test("progress never goes down and stays between 0 and 100")
  func progress() {
    for number in 1...500 {
      let steps = Fate(seed: 3, number: number, rates: [:]).progress
      #expect(steps == steps.sorted())
      #expect(steps.allSatisfy { (1...99).contains($0) })
    }
  }

  @Test("the generator gives the published numbers of SplitMix64")
  func generator() {
    var generator = SplitMix64(seed: 1_234_567)
    let words = (0..<5).map { _ in generator.next() }
    #expect(
      words == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
        16_408_922_859_458_223_821,
      ])
  }
}
