// SPDX-License-Identifier: Apache-2.0

import Callbacks
import JSON

extension ProviderModel {
  /// Waiting times before the second, third and fourth try, at speed 1. The provider's are nowhere documented.
  private static var retryGaps: [Duration] { [.seconds(2), .seconds(4), .seconds(8)] }

  /// When `advance` has something to do.
  var nextTime: Duration? { agenda.nextTime }

  /// Lets everything happen that is due, and answers the callbacks to be sent.
  mutating func advance(to now: Moment) -> [Outgoing] {
    var outgoing: [Outgoing] = []
    while let item = agenda.popDue(by: now.elapsed) {
      switch item {
      case .turn(let task, .state(let state)): tasks[task].state = state
      case .turn(let task, .progress(let percent)): tasks[task].progress = percent
      case .turn(let task, .end): end(task, at: now)
      case .letter(let task, let letter):
        write(letter, of: task, at: now)
        outgoing.append(attempt(deliveries.count - 1, at: now))
      case .attempt(let delivery): outgoing.append(attempt(delivery, at: now))
      }
    }
    return outgoing
  }

  private mutating func write(_ letter: Letter, of index: Int, at now: Moment) {
    let task = tasks[index]
    deliveries.append(
      Delivery(
        task: index, kind: letter.kind, url: url(for: letter.kind, of: task) ?? "",
        signature: signer.form(for: task.fate.faults),
        body: task.body(of: letter, at: now.unix, balance: balance).compact()))
  }

  /// Each try has its own timestamp.
  private mutating func attempt(_ index: Int, at now: Moment) -> Outgoing {
    deliveries[index].attempts.append(Delivery.Attempt(sent: now.unix))
    let delivery = deliveries[index]
    return Outgoing(
      delivery: index, url: delivery.url,
      headers: [("Content-Type", "application/json")]
        + signer.headers(taskID: tasks[delivery.task].id, delivery.signature, at: now.unix),
      body: delivery.body)
  }

  /// Hears how a try ended, and plans the next one where there is one.
  /// - Returns: The task whose completion callback was tried for the first time.
  mutating func deliveryEnded(_ index: Int, _ outcome: DeliveryOutcome, at now: Moment) -> Int? {
    let tries = deliveries[index].attempts.count
    deliveries[index].attempts[tries - 1].outcome = outcome
    let delivery = deliveries[index]
    let isDone = outcome == .answered(200)
    let isOver = isDone || tries > Self.retryGaps.count
    if isOver {
      deliveries[index].body = []
    } else {
      agenda.add(.attempt(delivery: index), at: now.elapsed + real(Self.retryGaps[tries - 1]))
    }
    let rest = isDone ? "" : isOver ? ", given up" : ", to be tried again"
    options.log("task \(tasks[delivery.task].id): \(delivery.kind.rawValue) callback, try \(tries): \(outcome)\(rest)")
    return delivery.kind == .completion && tries == 1 ? delivery.task : nil
  }
}

extension DeliveryOutcome: CustomStringConvertible {
  package var description: String {
    switch self {
    case .answered(let status): "HTTP \(status)"
    case .failed(let reason): reason
    }
  }
}
