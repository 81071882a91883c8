// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Callbacks
@testable import Ledger

/// The fold alone: no disk, no queue.
@Suite("The fold") struct FoldTests {
  /// A task and the events that it is given.
  private struct Script {
    var task = TaskState(
      id: TaskID(high: 1, low: 2), model: "sora-2", state: .submitting, createdAt: Timestamp(milliseconds: 0), seq: 0)
    var seq: UInt64 = 0
    var effects: [TaskState.Effect] = []

    mutating func own(_ event: OwnEvent) { apply(.own(event)) }
    mutating func hear(_ callback: VerifiedCallback) { apply(.callback(callback.news)) }

    private mutating func apply(_ what: Event.What) {
      seq += 1
      effects.append(task.apply(Event(seq: seq, at: Timestamp(milliseconds: Int64(seq) * 1000), what: what)))
    }

    mutating func accept() { own(.accepted(task: task.id, providerTaskID: "p-1")) }
  }

  @Test(arguments: [
    "submitting", "unknown", "refused", "waiting", "queuing", "generating", "success", "fail", "", "polishing",
  ])
  func `a stage is written as it was read, and the provider's word for it is the same but for ours`(word: String) {
    let stage = TaskStage(rawValue: word)
    #expect(stage.rawValue == word)
    #expect((stage == .other(word)) == ["", "polishing"].contains(word))
    let isOurs = ["submitting", "unknown", "refused"].contains(word)
    #expect(TaskStage(ProviderState(rawValue: word)) == (isOurs ? .waiting : stage))
  }

  @Test func `progress never ends a task, whatever it says`() {
    var script = Script()
    script.accept()
    for (digest, state) in ["success", "fail", "refused", "exploding", "generating"].enumerated() {
      let told = ProviderState(rawValue: state)
      script.hear(callback("p-1", told, kind: .progress, digest: UInt64(digest + 1), progress: 100))
      #expect(!script.task.state.isTerminal || state == "refused")
    }
    #expect(script.task.progress == 100 && script.task.completedAt == nil)
  }

  @Test func `the provider's words on the way cannot be ours for an end`() {
    var script = Script()
    script.accept()
    script.hear(callback("p-1", ProviderState(rawValue: "refused"), digest: 1))
    #expect(!script.task.state.isTerminal)
  }

  @Test func `a word nobody has seen is kept and is not an end`() {
    var script = Script()
    script.accept()
    script.hear(callback("p-1", ProviderState(rawValue: "polishing"), digest: 1, progress: 50))
    #expect(script.task.state.rawValue == "polishing" && !script.task.state.isTerminal && script.task.progress == 50)
    script.hear(callback("p-1", digest: 2))
    #expect(script.effects == [.changed, .changed, .ended])
  }

  @Test func `a callback that says nothing of the state moves a submission on, and no further`() {
    var script = Script()
    script.hear(callback("p-1", nil, digest: 1))
    #expect(script.task.state == .waiting && script.task.providerTaskID == "p-1")
    script.hear(callback("p-1", digest: 2))
    script.hear(callback("p-1", nil, digest: 3, progress: 5))
    #expect(script.task.state == .success && script.task.progress == 100)
  }

  @Test func `the first end wins, and the contradiction is told`() {
    var script = Script()
    script.accept()
    script.hear(callback("p-1", digest: 1, signedAt: 10))
    let first = script.task.result
    script.hear(callback("p-1", .fail, digest: 2, signedAt: 20, failure: ("500", "late")))
    #expect(script.task.state == .success && script.task.result == first && script.task.failure == nil)
    #expect(script.task.alerts.count == 1 && script.task.completedAt == Timestamp(milliseconds: 2000))
    #expect(script.effects == [.changed, .ended, .changed])
  }

  @Test func `another body under one signature is called forged`() {
    var script = Script()
    script.accept()
    script.hear(callback("p-1", digest: 1, signedAt: 10, urls: ["https://a.test/1"]))
    script.hear(callback("p-1", digest: 2, signedAt: 10, urls: ["https://evil.test/1"]))
    #expect(script.task.result?.urls == ["https://a.test/1"])
    #expect(script.task.alerts.first?.contains("forged") == true)
  }

  @Test func `the first signed word replaces a hint`() {
    var script = Script()
    script.accept()
    script.hear(callback("p-1", .fail, trust: .hint, digest: 1))
    #expect(script.task.state == .fail && script.task.trust == .hint)
    script.hear(callback("p-1", .success, digest: 2))
    #expect(script.task.state == .success && script.task.trust == .signed && script.task.failure == nil)
    script.hear(callback("p-1", .fail, trust: .hint, digest: 3))
    #expect(script.task.state == .success && script.task.trust == .signed)
  }

  @Test func `the record confirms what it agrees with`() {
    var script = Script()
    script.accept()
    script.hear(callback("p-1", digest: 1))
    let file = SavedFile(number: 0, path: "results/x/0.mp4", bytes: 1, sha256: "00", type: "video/mp4")
    script.own(.saved(task: script.task.id, file: file))
    script.own(.record(task: script.task.id, report: report("p-1")))
    #expect(script.task.trust == .confirmed && script.task.alerts.isEmpty && script.task.result?.files == [file])
    script.hear(callback("p-1", .fail, digest: 9))
    #expect(script.task.state == .success && script.task.trust == .confirmed && script.task.alerts.count == 1)
  }

  @Test func `the record corrects what it disagrees with`() {
    var script = Script()
    script.accept()
    script.hear(callback("p-1", digest: 1))
    script.own(.record(task: script.task.id, report: report("p-1", .fail, failure: ("501", "broken"))))
    #expect(script.task.state == .fail && script.task.trust == .confirmed && script.task.result == nil)
    #expect(script.task.failure == TaskFailure(code: "501", message: "broken") && script.task.alerts.count == 1)
  }

  @Test func `a success without a result is no end until the record names one`() {
    var script = Script()
    script.accept()
    script.hear(callback("p-1", digest: 1, urls: []))
    #expect(!script.task.state.isTerminal && script.task.trust == nil && script.task.alerts.count == 1)
    script.own(.record(task: script.task.id, report: report("p-1")))
    #expect(script.task.result?.urls.count == 1 && script.task.awaitsResult && script.task.alerts.isEmpty)
  }

  @Test func `a record that is still under way does not reopen an end`() {
    var script = Script()
    script.accept()
    script.hear(callback("p-1", digest: 1))
    script.own(.record(task: script.task.id, report: report("p-1", .generating, progress: 3)))
    #expect(script.task.state == .success && script.task.progress == 100)
  }

  @Test func `a record of another task is not believed`() {
    var script = Script()
    script.accept()
    script.own(.record(task: script.task.id, report: report("p-2")))
    #expect(script.task.state == .waiting && script.task.providerTaskID == "p-1" && script.task.alerts.count == 1)
  }

  @Test func `a refusal ends a submission`() {
    var script = Script()
    script.own(.refused(task: script.task.id, code: 402, message: "no credits"))
    #expect(script.task.state == .refused && script.task.failure == TaskFailure(code: "402", message: "no credits"))
    #expect(script.effects == [.ended])
  }

  @Test func `a refusal after a callback is told and not believed`() {
    var script = Script()
    script.hear(callback("p-1", .generating, digest: 1))
    script.own(.refused(task: script.task.id, code: nil, message: "busy"))
    #expect(script.task.state == .generating && script.task.alerts.count == 1)
  }

  @Test func `a lost answer does not undo what is known`() {
    var script = Script()
    script.accept()
    script.own(.unknown(task: script.task.id, reason: "reset"))
    #expect(script.task.state == .waiting && script.task.alerts.count == 1)
  }

  @Test func `saved files are kept once each, and a result is awaited until all are there or lost`() {
    var script = Script()
    script.accept()
    script.hear(callback("p-1", digest: 1, urls: ["https://a.test/0", "https://a.test/1"]))
    #expect(script.task.awaitsResult)
    for number in [0, 0, 1] {
      let file = SavedFile(number: number, path: "\(number)", bytes: 1, sha256: "", type: "")
      script.own(.saved(task: script.task.id, file: file))
    }
    #expect(script.task.result?.files.map(\.number) == [0, 1] && !script.task.awaitsResult)
    script.own(.resultLost(task: script.task.id, reason: "410"))
    #expect(script.task.result?.isLost == true && script.task.alerts == ["result lost: 410"])
  }

  @Test func `history and alerts are bounded, and progress crowds nothing out`() {
    var script = Script()
    script.accept()
    for digest in 1...700 { script.hear(callback("p-1", .generating, kind: .progress, digest: UInt64(digest))) }
    #expect(script.task.history.count == TaskState.historyLimit && script.task.historyOmitted == 201)
    script.hear(callback("p-1", digest: 1000))
    #expect(script.task.history.last?.digest == 1000)
    for digest in 1001...2000 { script.hear(callback("p-1", .fail, digest: UInt64(digest), signedAt: Int64(digest))) }
    #expect(script.task.history.count == 2 * TaskState.historyLimit)
    #expect(script.task.history.count + script.task.historyOmitted == Int(script.seq))
    for number in 0..<100 { script.own(.unknown(task: script.task.id, reason: "\(number)")) }
    #expect(script.task.alerts.count == 20)
  }

  @Test func `an event that is folded in already changes nothing`() {
    var script = Script()
    script.accept()
    let before = script.task
    script.seq = 0
    script.hear(callback("p-1", digest: 1))
    #expect(script.effects.last == TaskState.Effect.none && script.task == before)
  }
}
