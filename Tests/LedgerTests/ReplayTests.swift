// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc
import Testing

@testable import Callbacks
@testable import Ledger

/// A replay that leaves the lines of tasks in the journal knows in every way what one knows that folds each of them.
@Suite("Replays") struct ReplayTests {
  /// A journal of these events, in segments of so many lines, and nothing else on the disk.
  private func disk(_ events: [Event.What], segmentOf lines: Int = .max, body: String = "{}") throws -> MemoryDisk {
    let disk = MemoryDisk()
    var first: UInt64 = 1
    var text = Blocks()
    for (place, what) in events.enumerated() {
      let (seq, at) = (UInt64(place + 1), Timestamp(milliseconds: House.epoch + Int64(place) * 1000))
      let isBarrier = place % 3 == 0
      switch what {
      case .own(let own): EventEncoding.append(own, seq: seq, at: at, isBarrier: isBarrier, to: &text)
      case .callback(let news):
        EventEncoding.append(
          news, target: Array("/callbacks".utf8).span, fields: Array("[]".utf8).span, body: Array(body.utf8).span,
          seq: seq, at: at, isBarrier: isBarrier, to: &text)
      }
      if (place + 1) % lines == 0 {
        disk.put(House.segment(first), text.text)
        first = seq + 1
        text = Blocks()
      }
    }
    disk.put(House.segment(first), text.text)
    return disk
  }

  private func news(
    _ name: String = "p-1", _ state: ProviderState? = .generating, kind: CallbackKind = .completion,
    trust: Trust = .signed, digest: UInt64, progress: Int? = nil, urls: TextList? = nil, credits: String? = nil
  ) -> Event.What {
    .callback(
      callback(name, state, kind: kind, trust: trust, digest: digest, progress: progress, urls: urls, credits: credits)
        .news)
  }

  /// Folds the journal with and without leaving tasks in it, and holds one against the other.
  ///
  /// - Returns: how many tasks were left in it.
  @discardableResult
  private func expectSame(_ disk: any Disk, _ comment: Comment? = nil) throws -> Int {
    let truth = try Recovery.fromFirstLine(House.paths, disk)
    let left = try Recovery.fromFirstLine(House.paths, disk, defersFinished: true)
    #expect(left.lastSeq == truth.lastSeq && left.tornBytes == truth.tornBytes, comment)
    #expect(left.replayed == truth.replayed && left.lastSegment?.end == truth.lastSegment?.end, comment)
    let (book, right) = (left.book, truth.book)
    #expect(book.index.written == right.index.written, comment)
    #expect(book.opening.count == 0, comment)
    #expect(book.obsolete == right.obsolete && book.idempotencyKeys == right.idempotencyKeys, comment)
    #expect(book.balances == right.balances, comment)
    let grouping = CostQuery(grouping: .model)
    #expect(book.costs(grouping).rows == right.costs(grouping).rows, comment)
    let journal = JournalReader(disk: disk, directory: House.paths.journal)
    for entry in right.index.entries where !entry.flags.contains(.joined) {
      let task = right.task(entry.id)
      switch book.find(entry.id) {
      case .inMemory(let found): #expect(found == task, comment)
      case .inJournal(let id, let places):
        #expect(try journal.task(id, at: places) == task, comment)
        #expect(task?.state.isTerminal == true, comment)
      default: #expect(Bool(false), comment)
      }
    }
    var (due, all) = (book, right)
    #expect(Set(due.takeUnwritten(limit: .max).map(\.id)) == Set(all.takeUnwritten(limit: .max).map(\.id)), comment)
    return book.deferred.count
  }

  // MARK: - Whole lives

  @Test(arguments: [2, 3, 10, 64, 65, 200], [1, 7, Int.max])
  func `a task of many lines is left in the journal, with all of them`(lines: Int, segment: Int) throws {
    var events: [Event.What] = []
    for step in 1..<lines {
      for task in 1...5 {
        let state: ProviderState? = [.waiting, .queuing, .generating, nil][step * 4 / lines % 4]
        let kind: CallbackKind = step % 3 == 0 ? .progress : .completion
        events.append(news("p-\(task)", state, kind: kind, digest: UInt64(step * 10 + task), progress: step % 100))
      }
    }
    for task in 1...5 {
      events.append(news("p-\(task)", task % 2 == 0 ? .fail : .success, digest: UInt64(task), credits: "30"))
    }
    // Only so many callbacks of a task are held against each new one.
    #expect(try expectSame(try disk(events, segmentOf: segment)) == (lines <= 64 ? 5 : 0))
  }

  @Test func `of what is open at the end of the journal nothing is left there`() throws {
    let events = (1...300).map { news("p-\($0 % 100)", digest: UInt64($0)) }
    let disk = try disk(events, segmentOf: 70)
    #expect(try expectSame(disk) == 0)
    let house = try House(disk)
    #expect(house.ledger.openTasks().count == 100 && house.ledger.counts.tasksInMemory == 100)
    #expect(house.ledger.counts.unwritten == 100)
    try house.expectTruth(disk)
  }

  /// Lines that are more than plain news about a task that is open, and the line behind which they stand.
  static let oddities: [(String, Event.What)] = {
    func news(
      _ name: String = "p-1", _ state: ProviderState? = .success, kind: CallbackKind = .completion,
      for task: TaskID? = nil, trust: Trust = .signed, digest: UInt64 = 9, signedAt: Int64? = 1_760_000_000,
      urls: TextList? = nil
    ) -> Event.What {
      .callback(
        callback(name, state, kind: kind, for: task, trust: trust, digest: digest, signedAt: signedAt, urls: urls).news)
    }
    let own = TaskID(high: 1, low: 2)
    let first = Book.foreignTask(at: Timestamp(milliseconds: House.epoch), 1)
    let submission = Submission(task: own, model: "m", input: "{}", idempotency: nil)
    return [
      ("the same again", news("p-1", .generating, digest: 1)),
      ("the same again, with less proof", news("p-1", .generating, trust: .hint, digest: 1)),
      ("the same again, as progress", news("p-1", .generating, kind: .progress, digest: 1)),
      ("a success that names no result", news(urls: [])),
      ("a word of another kind", news("p-1", .other("dreaming"))),
      ("a word of ours", news("p-1", .other("refused"))),
      ("progress that says success", news(kind: .progress)),
      ("progress that says nothing", news("p-1", nil, kind: .progress)),
      ("another second of the signature", news(signedAt: 5)),
      ("on a task's own address", news(for: first)),
      ("on the address of a task that nobody has heard of", news(for: own)),
      ("its record", .own(.record(task: first, report: report("p-1")))),
      ("the end of a task of ours that took its name", .own(.accepted(task: own, providerTaskID: "p-1"))),
      ("a task of ours", .own(.submitted(submission))),
      ("the operator's word", .own(.joined(task: own, providerTaskID: "p-1", isProven: false))),
      (
        "a saved file", .own(.saved(task: first, file: SavedFile(number: 0, path: "r", bytes: 1, sha256: "", type: "")))
      ),
      ("a result that is lost", .own(.resultLost(task: first, reason: "410"))),
      ("a second reading", .own(.reparsed(Rereading(task: first, request: 1, news: callback(digest: 1).news)))),
      ("a balance", .own(.balance(CreditAmount(millionths: 5)))),
    ]
  }()

  @Test(arguments: oddities.indices) func `what is more than plain news is folded`(oddity: Int) throws {
    let (words, what) = Self.oddities[oddity]
    let own = Event.What.own(
      .submitted(Submission(task: TaskID(high: 1, low: 2), model: "m", input: "{}", idempotency: nil)))
    for end in [news("p-1", .success, digest: 20), news("p-1", .fail, trust: .hint, digest: 21)] {
      for more in [[], [news("p-1", .waiting, trust: .hint, digest: 2), news("p-1", nil, digest: 3)]] {
        let begin = [news(digest: 1), own] + more
        try expectSame(try disk(begin + [what, end]), "\(words), between")
        try expectSame(try disk(begin + [what]), "\(words), at last")
        try expectSame(try disk(begin + [end, what]), "\(words), behind")
        try expectSame(try disk(begin + [end, what, news(digest: 30), what]), "\(words), and again")
      }
    }
  }

  @Test(arguments: [
    "p", String(repeating: "n", count: 31), String(repeating: "n", count: 32), String(repeating: "n", count: 33),
    "é\u{1F600}", "a\"b", "a\\b", String(repeating: "z", count: 256),
  ]) func `whatever a task is called`(name: String) throws {
    try expectSame(
      try disk([
        news(name, digest: 1), news(name + "x", digest: 2), news(name, .success, digest: 3),
        news(name + "x", .success, digest: 4),
      ]))
  }

  @Test func `a model that is told late, or not at all, is the task's`() throws {
    func news(_ name: String, _ model: String?, _ state: ProviderState, _ digest: UInt64) -> Event.What {
      var report = report(name, state, credits: "5")
      report.model = model
      return .callback(
        VerifiedCallback(
          kind: .completion, report: report, submission: nil, trust: .signed, keyIndex: 0, digest: digest, signedAt: 1
        ).news)
    }
    let models: [String?] = [nil, "", "a", "b", "é\""]
    var events: [Event.What] = []
    for (x, first) in models.enumerated() {
      for (y, second) in models.enumerated() {
        for (z, third) in models.enumerated() {
          let number = UInt64(x * 100 + y * 10 + z)
          events.append(news("p-\(number)", first, .waiting, 1000 + number))
          events.append(news("p-\(number)", second, .generating, 2000 + number))
          events.append(news("p-\(number)", third, .success, 3000 + number))
        }
      }
    }
    try expectSame(try disk(events))
  }

  @Test func `two names with the same hash are two names`() throws {
    var book = Book()
    let (line, other) = ("p-1", "p-2")
    let piece = Array((line + other).utf8)
    func glance(_ name: Range<Int>, digest: UInt64, _ told: CallbackGlance.Told) -> CallbackGlance {
      CallbackGlance(
        end: CallbackEnd(
          at: Timestamp(milliseconds: 0), isSigned: true, digest: digest, providerKey: 7, isSuccess: true),
        isCompletion: true, name: name, told: told)
    }
    let place = try #require(JournalPlace(segment: 1, offset: 0, length: 1))
    func enter(_ name: Range<Int>, digest: UInt64, _ told: CallbackGlance.Told) -> Bool {
      book.enter(TaskID(high: 1, low: 1), glance(name, digest: digest, told), piece, seq: digest, at: place)
    }
    #expect(enter(0..<3, digest: 1, .nothing))
    #expect(!enter(3..<6, digest: 2, .end))
    #expect(enter(0..<3, digest: 2, .end))
    #expect(!enter(0..<3, digest: 3, .end), "it has ended")
    #expect(book.deferred.count == 1 && book.opening.count == 0)
  }

  // MARK: - Anything

  /// One of the things that happen. Tasks, names and bodies are few, so that they meet.
  private func anything(_ dice: inout Dice) -> Event.What {
    let name = dice.pick(["p-1", "p-2", "p-3", "p-4", "p-5", "p-6", "p-\"", String(repeating: "n", count: 33)])
    let task = TaskID(high: 1, low: UInt64(dice.below(4)))
    let state: ProviderState? = dice.pick([
      .waiting, .queuing, .generating, .generating, .success, .success, .fail, nil, .other("x"),
    ])
    let foreign = Book.foreignTask(at: Timestamp(milliseconds: House.epoch), 1)
    let urls: TextList? = dice.chance(1, in: 5) ? [] : nil
    let about = callback(
      name, state, kind: dice.pick([.completion, .completion, .progress]),
      for: dice.chance(1, in: 8) ? dice.pick([task, foreign]) : nil, trust: dice.pick([.signed, .signed, .hint]),
      digest: UInt64(dice.below(300)), signedAt: Int64(dice.below(3)), progress: dice.pick([nil, 7]), urls: urls,
      credits: dice.pick([nil, "30", "x"])
    ).news
    switch dice.below(40) {
    case 0:
      let key = dice.chance(1, in: 2) ? Idempotency(key: "k\(dice.below(3))", bodyDigest: "00") : nil
      return .own(.submitted(Submission(task: task, model: "m", input: "{}", idempotency: key)))
    case 1: return .own(.accepted(task: task, providerTaskID: name))
    case 2: return .own(.record(task: dice.pick([task, foreign]), report: report(name, state)))
    case 3: return .own(.joined(task: task, providerTaskID: name, isProven: true))
    case 4: return .own(.reparsed(Rereading(task: foreign, request: 1, news: about)))
    case 5: return .own(.resultLost(task: foreign, reason: "410"))
    case 6: return .own(.balance(CreditAmount(millionths: 3)))
    default: return .callback(about)
    }
  }

  @Test(arguments: 0..<60) func `whatever happened, in whatever order, the replay says the same`(seed: Int) throws {
    var dice = Dice(seed: UInt64(seed))
    let events = (0..<dice.pick([20, 60, 200])).map { _ in anything(&dice) }
    try expectSame(try disk(events, segmentOf: dice.pick([1, 5, 64, .max])), "seed \(seed)")
  }

  @Test(arguments: 0..<8) func `cut anywhere, the replay says the same of what is left`(seed: Int) throws {
    var dice = Dice(seed: UInt64(seed) + 1000)
    let disk = try disk((0..<60).map { _ in anything(&dice) })
    let bytes = try #require(disk.bytes(House.segment(1)))
    for _ in 0..<40 {
      disk.put(House.segment(1), Array(bytes[..<dice.below(bytes.count)]))
      try expectSame(disk, "seed \(seed)")
    }
  }

  @Test(arguments: 0..<12) func `behind a checkpoint it is the same`(seed: Int) async throws {
    var dice = Dice(seed: UInt64(seed) + 2000)
    var life = House.Life()
    let disk = MemoryDisk()
    let house = try House(disk)
    let before = 1 + dice.below(60)
    let isPlain = seed % 2 == 0
    for step in 0..<120 {
      if step == before { house.checkpoint() }
      if !isPlain { try await house.live(&dice, &life) }
      let number = dice.below(30)
      let state: ProviderState = dice.pick([.waiting, .generating, .success, .fail])
      await house.deliver(callback("n-\(number)", state, digest: UInt64(1000 + step)))
    }
    let crashed = disk.killed()
    let again = try House(crashed)
    // Else a task that the checkpoint counts on may have been joined to another since.
    if isPlain { #expect(again.ledger.opening.replayed < again.ledger.opening.lastSeq) }
    #expect(again.all == house.all && again.index == house.index)
    try again.expectTruth(crashed)
    again.ledger.close()
    let findings = try Ledger.check(House.root, disk: crashed)
    #expect(findings.faults == [] && findings.staleFiles == 0)
    house.ledger.close()
  }

  // MARK: - What is left

  private func twice(_ tasks: Int) -> [Event.What] {
    (1...tasks).map { news("p-\($0)", digest: UInt64($0)) }
      + (1...tasks).map { news("p-\($0)", .success, digest: UInt64(1_000_000 + $0)) }
  }

  @Test func `the files of tasks of two lines are written, and lines are read together`() throws {
    let body = "\"" + String(repeating: "y", count: 1000) + "\""
    let base = try disk(twice(300), segmentOf: 250, body: body)
    let disk = FaultyDisk(base)
    let house = try House(disk)
    house.ledger.fileQueue.suspend()
    #expect(house.deferred == 300 && house.ledger.counts.tasksInMemory == 0)
    try house.expectTruth(base)
    let before = disk.calls.count
    house.ledger.fileQueue.resume()
    house.follow()
    #expect(house.deferred == 0 && house.ledger.counts.unwritten == 0)
    let calls = disk.calls[before...].filter { $0.path.hasSuffix(".jsonl") }
    // Five strides of files, each in two stretches of a segment or two.
    #expect(calls.count { $0.operation == "open" } <= 20)
    #expect(calls.count { $0.operation == "pread" } <= 40)
    try house.expectTruth(base)
    house.ledger.close()
    let findings = try Ledger.check(House.root, disk: base)
    #expect(findings.faults == [] && findings.staleFiles == 0)
  }

  @Test func `what happens to them later is folded into what the journal says`() async throws {
    let disk = try disk(twice(20), segmentOf: 13)
    let house = try House(disk, startingAt: House.epoch + 1_000_000)
    house.ledger.fileQueue.suspend()
    await house.deliver(callback("p-3", .fail, digest: 900))
    try await house.tell(.accepted(task: try await house.submit(), providerTaskID: "p-4"))
    #expect(house.deferred == 18 && house.ledger.task(providerTaskID: "p-3")?.history.count == 3)
    try house.expectTruth(disk)
    house.ledger.fileQueue.resume()
    house.follow()
    try house.expectTruth(disk)
    house.ledger.close()
    #expect(try Ledger.check(House.root, disk: disk).faults == [])
  }

  @Test func `a line of theirs that is spoilt after the start is told, and never believed`() async throws {
    let disk = try disk(twice(2))
    let bytes = try #require(disk.bytes(House.segment(1)))
    let lines = bytes.split(separator: UInt8(ascii: "\n"))
    for (first, second) in [(0, 2), (0, 0), (0, 3)] as [(Int, Int)] {
      let house = try House(FaultyDisk(disk.killed()))
      house.ledger.fileQueue.suspend()
      let reader = house.ledger.reader
      let id = try #require(house.ledger.task(providerTaskID: "p-1")).id
      let places = try [first, second].map { number in
        let offset = lines[..<number].reduce(0) { $0 + $1.count + 1 }
        return try #require(JournalPlace(segment: 1, offset: offset, length: lines[number].count))
      }
      if (first, second) == (0, 2) {
        #expect(try reader.task(id, at: places).history.count == 2)
      } else {
        #expect(throws: DiskError.self) { try reader.task(id, at: places) }
      }
      #expect(throws: DiskError.self) { try reader.task(id, at: []) }
      house.ledger.fileQueue.resume()
    }
    for line in [0, 2] {
      let spoilt = FaultyDisk(disk.killed())
      let house = try House(spoilt)
      house.ledger.fileQueue.suspend()
      let offset = lines[..<line].reduce(0) { $0 + $1.count + 1 }
      var other = bytes
      other[offset + 100] ^= 1
      spoilt.base.put(House.segment(1), other)
      #expect(house.ledger.task(providerTaskID: "p-1") == nil)
      #expect(house.ledger.task(providerTaskID: "p-2") != nil)
      #expect(await house.deliver(callback("p-1", .fail, digest: 3)) == .failed)
      house.ledger.fileQueue.resume()
    }
  }

  @Test(arguments: [10, 20_000]) func `whichever read fails, the start is refused and says so`(length: Int) throws {
    let later = [news("p-1", .fail, digest: 5)] + (1...30).map { news("o-\($0)", digest: $0) }
    let body = "\"" + String(repeating: "y", count: length) + "\""
    let base = try disk(twice(40) + later, segmentOf: 60, body: body)
    var number = 1
    while true {
      let disk = FaultyDisk(base.killed())
      disk.plan(.init(first: number, errno: EIO, operation: "pread"))
      do {
        let house = try House(disk)
        // Some are read ahead and never asked for.
        let hasFailed = disk.failures > 0
        disk.plan(nil)
        try house.expectTruth(disk.base)
        if !hasFailed { break }
      } catch LedgerError.unavailable(let error) {
        #expect(error.operation == "pread" && error.errno == EIO)
      }
      #expect(try House(disk).ledger.counts.durableSeq == 111, "the lock was given back")
      number += 1
    }
    #expect(number > 4)
  }
}
