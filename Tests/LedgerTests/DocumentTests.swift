// SPDX-License-Identifier: Apache-2.0

import CLinux
import JSON
import Testing

@testable import Callbacks
@testable import Ledger

@Suite("Task documents") struct DocumentTests {
  /// A task in which everything is there that can be.
  static var full: TaskState {
    var task = TaskState(
      id: TaskID.make(at: Timestamp(milliseconds: House.epoch), random: (1, 2)), model: #"so"ra\"#, state: .success,
      createdAt: Timestamp(milliseconds: House.epoch), seq: 77)
    task.providerTaskID = "p\u{7}-é-\u{1F600}"
    task.trust = .confirmed
    task.progress = 100
    task.input = #"{ "b" : "\/\u00e9", "a":[1.50,1E2], "a":null }"#
    task.result = TaskResult(
      urls: ["https://a.test/?q=\"1\""], watermarkURLs: ["w"], object: #"{"character_id":"x", "n":[ ]}"#,
      files: [SavedFile(number: 0, path: "results/0", bytes: 1 << 40, sha256: "ff", type: "video/mp4")], isLost: true)
    task.failure = TaskFailure(code: "500", message: "tab\there")
    task.credits = "12.50"
    task.updatedAt = Timestamp(milliseconds: House.epoch + 1)
    task.completedAt = Timestamp(milliseconds: House.epoch + 2)
    task.idempotency = Idempotency(key: "k\n", bodyDigest: "00")
    task.alerts = ["look", "here"]
    task.history = [
      HistoryEntry(seq: 1, at: task.createdAt, type: .submitted, words: .text(""), digest: nil, signedAt: nil),
      HistoryEntry(seq: 9, at: task.updatedAt, type: .callback, words: .text("d"), digest: .max, signedAt: -1),
      HistoryEntry(seq: 10, at: task.updatedAt, type: .resultLost, words: .text("\u{0}"), digest: 0, signedAt: nil),
    ]
    task.historyOmitted = 3
    task.aliases = [TaskID(high: 0, low: 0), TaskID(high: .max, low: .max)]
    return task
  }

  static var bare: TaskState {
    TaskState(id: TaskID(high: 1, low: 1), model: "", state: .submitting, createdAt: Timestamp(milliseconds: 0), seq: 1)
  }

  @Test(arguments: [full, bare]) func `a file reads back as what was written`(task: TaskState) throws {
    let file = task.file()
    #expect(TaskState(file: file) == task)
    #expect(try JSON.parse(file)["id"]?.string == task.id.description)
    #expect(file.last == UInt8(ascii: "\n") && !file.dropLast().contains(UInt8(ascii: "\n")))
  }

  @Test func `the API's document has the members of the contract in valid JSON`() throws {
    var bytes: [UInt8] = []
    Self.full.appendDocument(to: &bytes)
    let json = try JSON.parse(bytes)
    let expected = [
      "id", "providerTaskId", "model", "state", "trust", "progress", "input", "result", "failure", "credits", "alerts",
      "createdAt", "updatedAt", "completedAt",
    ]
    #expect(json.object?.map(\.key) == expected)
    #expect(json["createdAt"]?.string == "2025-10-09T08:53:20.000Z")
    #expect(json["result"]?["files"]?[0]?["bytes"]?.int == 1 << 40)
    #expect(json["credits"] == .number(JSONNumber(text: "12.50") ?? JSONNumber(0)))
    bytes = []
    Self.bare.appendDocument(to: &bytes)
    let bare = try JSON.parse(bytes)
    #expect(bare.object?.map(\.key) == expected)
    #expect(["result", "failure", "credits", "input", "completedAt", "trust"].allSatisfy { bare[$0] == .null })
  }

  @Test(arguments: ["a lot", "1.", "NaN", "", "\"", "1,5"])
  func `credits that are no number are kept as text`(text: String) throws {
    var task = Self.bare
    task.credits = text
    #expect(TaskState(file: task.file()) == task)
    #expect(try JSON.parse(task.file())["credits"]?.string == text)
  }

  @Test func `neither a cut nor a flipped bit of a file reads as a task`() {
    let file = Self.full.file()
    for cut in 0..<file.count { #expect(TaskState(file: Array(file[..<cut])) == nil) }
    for place in file.indices {
      var flipped = file
      flipped[place] ^= 1 << (place % 8)
      #expect(TaskState(file: flipped) == nil)
    }
    #expect(TaskState(file: file + [0]) == nil)
  }

  @Test func `the history is an array, oldest first`() throws {
    var bytes: [UInt8] = []
    Self.full.appendHistory(to: &bytes)
    let json = try JSON.parse(bytes)
    #expect(json.array?.compactMap { $0["seq"]?.int } == [1, 9, 10])
    #expect(json[2]?["type"]?.string == "result_lost")
  }
}

@Suite("Journal entries") struct EventTests {
  private static let id = TaskID(high: 5, low: 6)

  private static var fullReport: TaskReport {
    TaskReport(
      providerTaskID: "p\"1", model: "m", state: .success, progress: 99, progressText: "99%", urls: ["a", "b\\"],
      watermarkURLs: ["c"], object: #"{"a":[1]}"#, failureCode: "5", failureMessage: "msg\n", credits: "1.5", code: 200,
      message: "ok", createdMilliseconds: 1, completedMilliseconds: -2, costTime: "8", hasMalformedResult: true)
  }

  static let own: [OwnEvent] = [
    .submitted(Submission(task: id, model: "m", input: #"{"a": [1, "x"]}"#, idempotency: nil)),
    .submitted(
      Submission(
        task: id, model: "m\"", input: "{\n\"a\"\n:1}", idempotency: Idempotency(key: "k\u{1}", bodyDigest: "aa"))),
    .accepted(task: id, providerTaskID: "p-1\u{2028}"),
    .refused(task: id, code: nil, message: ""),
    .refused(task: id, code: -402, message: "no \"credits\""),
    .unknown(task: id, reason: "reset\r\n"),
    .record(task: id, report: fullReport),
    .record(task: id, report: TaskReport(providerTaskID: "p")),
    .saved(task: id, file: SavedFile(number: 3, path: "results/x", bytes: 0, sha256: "", type: "t")),
    .resultLost(task: id, reason: "410"),
    .joined(task: id, providerTaskID: "p\"2", isProven: true),
    .joined(task: id, providerTaskID: "p", isProven: false),
    .reparsed(Rereading(task: id, request: 1, news: news(.completion, fullReport, submission: id, trust: .signed))),
    .reparsed(
      Rereading(
        task: id, request: 1 << 40,
        news: news(.progress, TaskReport(providerTaskID: "p"), submission: nil, trust: .hint))),
    .balance(CreditAmount(millionths: 5_916_250_000)),
    .balance(CreditAmount(millionths: -1)),
  ]

  private static func news(
    _ kind: CallbackKind, _ report: TaskReport, submission: TaskID?, trust: Trust
  ) -> CallbackNews {
    CallbackNews(
      kind: kind, report: report, submission: submission, trust: trust, digest: 0xFF,
      signedAt: trust == .signed ? 9 : nil)
  }

  private func written(_ event: Event) -> String {
    let what =
      switch event.what {
      case .callback(let news): written(news)
      case .own(.reparsed(let again)): "reparsed \(again.task) \(again.request) \(written(again.news))"
      case .own(let own): "\(own)"
      }
    return "\(event.seq) \(event.at) \(event.type) \(what)"
  }

  private func written(_ news: CallbackNews) -> String {
    """
    \(news.kind) \(news.submission?.description ?? "-") \(news.trust) \(news.digest) \(news.signedAt ?? -1) \
    \(news.report)
    """
  }

  private func reread(_ line: [UInt8], seq: UInt64) throws -> Event {
    #expect(line.last == UInt8(ascii: "\n") && !line.dropLast().contains(UInt8(ascii: "\n")))
    let frame = try #require(JournalLine.frame(line, 0..<line.count - 1))
    #expect(frame == JournalLine.Frame(seq: seq, isBarrier: seq.isMultiple(of: 2)))
    _ = try JSON.parse(Array(line.dropLast()))
    var decoder = EventDecoder()
    let event = decoder.decode(line, 0..<line.count - 1, seq: seq)
    let parsed = decoder.parse(line.span.extracting(0..<line.count - 1), seq: seq)
    #expect(parsed.map(written) == event.map(written))
    return try #require(event)
  }

  @Test(arguments: own, [UInt64(1), 2, 999_999]) func `our own events read back`(event: OwnEvent, seq: UInt64) throws {
    var line: [UInt8] = []
    let at = Timestamp(milliseconds: House.epoch)
    EventEncoding.append(event, seq: seq, at: at, isBarrier: seq.isMultiple(of: 2), to: &line)
    let read = try reread(line, seq: seq)
    #expect(written(read) == written(Event(seq: seq, at: at, what: .own(event))))
  }

  @Test(arguments: [Trust.signed, .hint], CallbackKind.allCases)
  func `callbacks read back`(trust: Trust, kind: CallbackKind) throws {
    for (report, submission) in [(Self.fullReport, Self.id), (TaskReport(providerTaskID: "p"), nil)] {
      let news = Self.news(kind, report, submission: submission, trust: trust)
      for body in ["{}", "{\n}", #"{"a":"\"request\":{"}"#, "[[[{\"x\":\"\u{1F600}\"}]]]", "1", #""x""#] {
        var line: [UInt8] = []
        let (target, fields, text) = (Array("/callbacks/\"\u{1}".utf8), Array(#"[["a","b"]]"#.utf8), Array(body.utf8))
        EventEncoding.append(
          news, target: target.span, fields: fields.span, body: text.span, seq: 4, at: Timestamp(milliseconds: 1),
          isBarrier: true, to: &line)
        let read = try reread(line, seq: 4)
        #expect(written(read) == written(Event(seq: 4, at: Timestamp(milliseconds: 1), what: .callback(news))))
        let request = try JSON.parse(line)["request"]
        #expect(request?["target"]?.string == "/callbacks/\"\u{1}")
        #expect(request?["bodyText"]?.string == (body.contains("\n") ? body : nil))
      }
    }
  }

  @Test(arguments: [0, 1, 7, 100]) func `a callback that takes as much room as it can reads back`(length: Int) throws {
    let text = String(repeating: "\u{1}", count: length)
    let report = TaskReport(
      providerTaskID: text, model: text, state: ProviderState(rawValue: text), progress: .min, progressText: text,
      urls: TextList(Array(repeating: text, count: 256)),
      watermarkURLs: TextList(Array(repeating: text, count: 256)), object: text,
      failureCode: text, failureMessage: text, credits: text, code: .min, message: text, createdMilliseconds: .min,
      completedMilliseconds: .min, costTime: text, hasMalformedResult: true)
    let news = CallbackNews(
      kind: .progress, report: report, submission: Self.id, trust: .confirmed, digest: .max, signedAt: .min)
    let at = Timestamp(milliseconds: .min)
    let raw = Array(text.utf8)
    let body = Array(repeating: UInt8(ascii: "\n"), count: length) + [UInt8(ascii: "1")]
    let seq = UInt64(Int64.max) - 1
    var line: [UInt8] = []
    EventEncoding.append(
      news, target: raw.span, fields: Array("[]".utf8).span, body: body.span, seq: seq, at: at, isBarrier: true,
      to: &line)
    #expect(JournalLine.frame(line, 0..<line.count - 1) == JournalLine.Frame(seq: seq, isBarrier: true))
    let request = try JSON.parse(line)["request"]
    #expect(request?["target"]?.string == text)
    #expect(request?["bodyText"]?.string == (length == 0 ? nil : String(decoding: body, as: UTF8.self)))
    for own in [
      OwnEvent.record(task: Self.id, report: report), .reparsed(Rereading(task: Self.id, request: 1, news: news)),
    ] {
      var line: [UInt8] = []
      EventEncoding.append(own, seq: seq, at: at, isBarrier: true, to: &line)
      #expect(try JSON.parse(line)["report"]?["message"]?.string == text)
    }
  }

  @Test func `what makes no event is no event`() {
    var decoder = EventDecoder()
    for text in [
      "", "{", "[]", "{}", #"{"seq":1}"#, #"{"seq":1,"at":1,"type":"dance","task":"x"}"#,
      #"{"seq":1,"at":1,"type":"accepted","task":"tsk_00000000000000000000000000"}"#,
      #"{"seq":1,"at":"1","type":"unknown","task":"tsk_00000000000000000000000000","reason":""}"#,
      #"{"seq":1,"at":1,"type":"callback","trust":"signed","digest":"0"}"#,
      #"{"seq":1,"at":1,"type":"balance","credits":"1"}"#,
      #"{"seq":1,"at":1,"type":"joined","task":"tsk_00000000000000000000000000","proven":true}"#,
      #"{"seq":1,"at":1,"type":"reparsed","task":"tsk_00000000000000000000000000","request":1,"kind":"completion"}"#,
    ] {
      let bytes = Array(text.utf8)
      let event = decoder.decode(bytes, 0..<bytes.count, seq: 1)
      #expect(event.map(written) == nil)
    }
  }

  @Test func `what another version wrote is read as far as it is known`() throws {
    var decoder = EventDecoder()
    let id = Self.id
    func read(_ text: String) -> String? {
      let bytes = Array(text.utf8)
      return decoder.decode(bytes, 0..<bytes.count, seq: 7).map(written)
    }
    let at = Timestamp(milliseconds: 5)
    let accepted = written(Event(seq: 7, at: at, what: .own(.accepted(task: id, providerTaskID: "p"))))
    for line in [
      #"{"seq":7,"at":5,"type":"accepted","task":"\#(id)","providerTaskId":"p","crc":"00000000"}"#,
      #"{"seq":7,"barrier":true,"at":5,"type":"accepted","task":"\#(id)","providerTaskId":"p","crc":"00000000"}"#,
      #"{"seq":7,"at":5,"type":"accepted","task":"\#(id)","providerTaskId":"p","new":[1],"crc":"00000000"}"#,
      #"{"providerTaskId":"\u0070", "task":"\#(id)","type":"accepted","at":5.0,"seq":7}"#,
    ] {
      #expect(read(line) == accepted)
    }
    let unknown = written(Event(seq: 7, at: at, what: .own(.unknown(task: id, reason: #"a"b\"#))))
    #expect(read(#"{"seq":7,"at":5,"type":"unknown","task":"\#(id)","reason":"a\"b\\","crc":"00000000"}"#) == unknown)
  }

  @Test func `strings are quoted as JSON quotes them, wherever an escape stands`() {
    for length in 0...34 {
      for place in 0..<max(1, length) {
        for byte in Array(0...0x7F) + [0x80, 0xA2, 0xDC, 0xFF] as [UInt8] {
          var text = Array(repeating: UInt8(ascii: "x"), count: length)
          if length > 0 { text[place] = byte }
          var (quick, slow): ([UInt8], [UInt8]) = ([], [])
          // Sometimes the room suffices, sometimes it does not.
          quick.append(room: place) { $0.append(quoted: text.span) }
          JSON.appendQuoted(text.span, to: &slow)
          if quick != slow { Issue.record("length \(length), place \(place), byte \(byte)") }
        }
      }
    }
  }

  @Test func `sixteen bytes are looked at in the same way by all processors`() {
    for place in 0..<16 {
      for byte in UInt8(0)...0xFF {
        for filler in [0x7F, 0x80, 0x20, 0x22] as [UInt8] {
          var bytes = Array(repeating: filler, count: 16)
          bytes[place] = byte
          let words = [0, 8].map { start in (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[start + $1]) << (8 * $1) } }
          let quick = hl_json_escapes(words[0], words[1])
          if quick != hl_json_escapes_portably(words[0], words[1]) {
            Issue.record("place \(place), byte \(byte), filler \(filler)")
          }
        }
      }
    }
  }
}
