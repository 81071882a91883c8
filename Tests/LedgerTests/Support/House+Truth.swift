// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Callbacks
@testable import Ledger

extension House {
  static let paths = DataPaths(root: root)

  static func segment(_ first: UInt64) -> String { paths.journal + "/" + JournalWriter.name(firstSeq: first) }

  /// Holds what the ledger shows against the journal folded from its first line.
  func expectTruth(_ disk: any Disk, _ comment: Comment? = nil, at location: SourceLocation = #_sourceLocation) throws {
    let truth = try Recovery.fromFirstLine(Self.paths, disk)
    let entries = truth.book.index.entries
    let tasks = entries.reversed().filter { !$0.flags.contains(.joined) }.compactMap { truth.book.task($0.id) }
    #expect(ledger.counts.durableSeq == truth.lastSeq, comment, sourceLocation: location)
    expectSame(all, tasks, comment, location)
    expectSame(index, truth.book.index.written, comment, location)
    for grouping in CostQuery.Grouping.allCases {
      let query = CostQuery(grouping: grouping)
      let (shown, right) = (ledger.costs(query), truth.book.costs(query))
      #expect(shown.tasks == right.tasks && shown.credits == right.credits, comment, sourceLocation: location)
      expectSame(shown.rows, right.rows, comment, location)
    }
    #expect(ledger.lastBalance == truth.book.balances.last, comment, sourceLocation: location)
    for task in tasks {
      for id in task.aliases { #expect(ledger.task(id) == task, comment, sourceLocation: location) }
      #expect(ledger.task(task.id) == task, comment, sourceLocation: location)
    }
    let open = tasks.filter { !$0.state.isTerminal }.sorted { $0.id < $1.id }
    expectSame(ledger.openTasks(), open, comment, location)
  }

  /// Shows the first difference only: the whole of both would fill pages.
  private func expectSame<Element: Equatable>(
    _ shown: [Element], _ right: [Element], _ comment: Comment?, _ location: SourceLocation
  ) {
    #expect(shown.count == right.count, comment, sourceLocation: location)
    for (shown, right) in zip(shown, right) where shown != right {
      #expect(shown == right, comment, sourceLocation: location)
      return
    }
  }

  /// Does one thing of what happens to ledgers. Tasks, names and bodies are few, so that they meet.
  func live(_ dice: inout Dice, _ life: inout Life) async throws {
    let name = "p-\(dice.below(6))"
    let digest = UInt64(dice.below(40))
    let task = life.tasks.isEmpty || dice.chance(1, in: 12) ? TaskID(high: 1, low: digest) : dice.pick(life.tasks)
    let state: ProviderState? = dice.pick([.waiting, .generating, .success, .success, .fail, nil])
    let trust: Trust = dice.pick([.signed, .signed, .hint])
    let credits: String? = dice.pick([nil, "30", "2.5"])
    switch dice.below(19) {
    case 0...2:
      let key = dice.chance(1, in: 3) ? "k\(dice.below(5))" : nil
      life.tasks.append(try await submit(key: key))
    case 3...4: try await tell(.accepted(task: task, providerTaskID: name))
    case 5: try await tell(.unknown(task: task, reason: "lost"))
    case 6: try await tell(.refused(task: task, code: 402, message: "no"))
    case 7: try await tell(.record(task: task, report: report(name, state, credits: credits)))
    case 8:
      let number = dice.below(2)
      try await tell(
        .saved(task: task, file: SavedFile(number: number, path: "r\(number)", bytes: 1, sha256: "", type: "")))
    case 9: try await tell(.resultLost(task: task, reason: "410"))
    case 10...12: await deliver(callback(name, state, trust: .signed, digest: digest, credits: credits))
    case 13...14: await deliver(callback(name, state, for: task, trust: trust, digest: digest, credits: credits))
    case 15: try await tell(.joined(task: task, providerTaskID: name, isProven: trust == .signed))
    case 16: try await tell(.balance(CreditAmount(millionths: Int128(digest))))
    case 17:
      let news = callback(name, state, for: task, trust: trust, digest: digest, credits: credits).news
      try await tell(.reparsed(Rereading(task: task, request: 1, news: news)))
    default: await deliver(callback(name, state, kind: .progress, for: task, trust: trust, digest: digest))
    }
  }

  /// What a random life has to remember.
  struct Life {
    var tasks: [TaskID] = []
  }
}
