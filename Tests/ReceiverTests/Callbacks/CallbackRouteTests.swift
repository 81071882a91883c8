// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Callbacks
@testable import Receiver

@Suite("Paths of the public listener")
struct CallbackRouteTests {
  @Test(
    "name a kind and a token",
    arguments: [
      ("/callbacks", CallbackKind.completion, nil),
      ("/callbacks/progress", .progress, nil),
      ("/callbacks/abc.def", .completion, "abc.def"),
      ("/callbacks/abc.def/progress", .progress, "abc.def"),
      ("/callbacks/progress/progress", .progress, "progress"),
    ])
  func callback(path: String, kind: CallbackKind, token: String?) throws {
    let bytes = Array(path.utf8)
    guard case .callback(let found, let range) = CallbackRoute(path: 0..<bytes.count, in: bytes.span) else {
      Issue.record("\(path) is no callback address")
      return
    }
    #expect(found == kind)
    #expect(range.map { String(decoding: bytes[$0], as: UTF8.self) } == token)
  }

  @Test(
    "that are none of ours lead nowhere",
    arguments: [
      "/", "", "/callback", "/callbacks/", "/callbacksx", "/callbacks//progress", "/callbacks/a/b",
      "/callbacks/a/progress/",
      "/callbacks/a/progressx", "/livez/", "/livezz", "/Callbacks", "/callbacks/progress/x", "/api/v1/tasks",
      "/metrics",
    ])
  func nowhere(path: String) {
    let bytes = Array(path.utf8)
    #expect(CallbackRoute(path: 0..<bytes.count, in: bytes.span) == nil)
  }

  @Test("may stand anywhere in the buffer")
  func offset() {
    let bytes = Array("GET /livez HTTP/1.1".utf8)
    #expect(CallbackRoute(path: 4..<10, in: bytes.span) == .liveness)
  }
}

@Suite("The budget for refused requests")
struct RefusalBudgetTests {
  @Test("is a burst, and then a few a second")
  func burst() {
    var budget = RefusalBudget()
    let start = Timestamp(seconds: 1_000_000)
    var taken = 0
    for _ in 0..<1000 where budget.take(at: start) { taken += 1 }
    #expect(taken == RefusalBudget.burst)
    var later = 0
    for _ in 0..<1000 where budget.take(at: Timestamp(seconds: 1_000_001)) { later += 1 }
    #expect(later == RefusalBudget.perSecond)
  }

  @Test("never grows beyond the burst, and survives a clock that jumps back")
  func bounds() {
    var budget = RefusalBudget()
    _ = budget.take(at: Timestamp(seconds: 5_000_000))
    var taken = 0
    for _ in 0..<1000 where budget.take(at: Timestamp(seconds: 9_000_000)) { taken += 1 }
    #expect(taken == RefusalBudget.burst)
    let isTaken = budget.take(at: Timestamp(seconds: 1))
    #expect(!isTaken)
  }
}
