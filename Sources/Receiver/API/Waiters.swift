// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import Ledger
internal import Reactor
internal import Server

/// Requests that wait for a task to end. Lives on the loop.
final class Waiters {
  private struct Waiter {
    let exchange: Exchange
    let timer: Timer
    let answer: () -> Response
  }

  private let server: HTTPServer
  private var waiting: [TaskID: [Waiter]] = [:]
  private var tasks: [Exchange: TaskID] = [:]

  init(server: HTTPServer) {
    self.server = server
  }

  /// How many wait.
  var count: Int { tasks.count }

  /// Answers when the task ends or the time is up.
  func add(_ exchange: Exchange, task: TaskID, for time: Duration, answer: @escaping () -> Response) {
    let timer = server.loop.after(time) { [unowned self] in
      self.finish(exchange)
    }
    waiting[task, default: []].append(Waiter(exchange: exchange, timer: timer, answer: answer))
    tasks[exchange] = task
  }

  /// Tasks changed.
  func heard(_ changes: [TaskChange]) {
    guard !waiting.isEmpty else { return }
    for change in changes where change.isEnd {
      for waiter in waiting.removeValue(forKey: change.task) ?? [] {
        tasks[waiter.exchange] = nil
        server.loop.removeTimer(waiter.timer)
        server.respond(to: waiter.exchange, with: waiter.answer())
      }
    }
  }

  /// The client went away.
  func forget(_ exchange: Exchange) {
    guard let waiter = remove(exchange) else { return }
    server.loop.removeTimer(waiter.timer)
  }

  /// The server stops: everyone gets the state as it is.
  func finishAll() {
    for exchange in tasks.keys {
      guard let waiter = remove(exchange) else { continue }
      server.loop.removeTimer(waiter.timer)
      server.respond(to: exchange, with: waiter.answer())
    }
  }

  private func finish(_ exchange: Exchange) {
    guard let waiter = remove(exchange) else { return }
    server.respond(to: exchange, with: waiter.answer())
  }

  private func remove(_ exchange: Exchange) -> Waiter? {
    guard let task = tasks.removeValue(forKey: exchange), var all = waiting[task],
      let place = all.firstIndex(where: { $0.exchange == exchange })
    else { return nil }
    let waiter = all.remove(at: place)
    waiting[task] = all.isEmpty ? nil : all
    return waiter
  }
}
