// SPDX-License-Identifier: Apache-2.0

import Callbacks
import JSON

/// The provider without sockets and clocks: it is told requests and the time, and answers with bodies and callbacks.
struct ProviderModel {
  let options: SimulatorOptions
  let signer: Signer

  /// In the order of creation.
  var tasks: [SimulatedTask] = []
  var taskIndex: [String: Int] = [:]
  /// In the order of writing.
  var deliveries: [Delivery] = []
  var agenda = Agenda()
  var balance: Credits
  /// Keys of links that download-url gave out, and when they end.
  var linkKeys: [String: Duration] = [:]
  var keyGenerator: SplitMix64
  /// Creates that were refused, by code; 502 stands for the answer that is no envelope.
  var refusals: [Int: Int] = [:]
  /// Creates that got as far as being left to chance.
  private var draws = 0
  private var running = 0
  /// When the last tasks were created; as many as may be within the limit's window.
  private var recentCreates: [Duration] = []

  private static let window = Duration.seconds(10)

  init(options: SimulatorOptions) {
    self.options = options
    signer = Signer(key: options.hmacKey)
    balance = Credits(options.credits)
    keyGenerator = SplitMix64(seed: options.seed, stream: .max)
  }

  /// Tasks' time as it passes here.
  func real(_ simulated: Duration) -> Duration { simulated / options.speed }

  // MARK: Creating

  /// Answers createTask.
  /// - Parameters:
  ///   - body: what the client sent.
  ///   - baseURL: where the task's links are to point to, without a slash at the end.
  mutating func create(_ body: [UInt8], baseURL: String, at now: Moment) -> CreateReply {
    do {
      let order = try Order(body)
      try admit(at: now)
      draws += 1
      let fate = Fate(seed: options.seed, number: draws, rates: options.faults)
      if fate.faults.contains(.badGateway) {
        note(refusal: 502, "create \(draws): HTTP 502")
        return CreateReply(answer: .badGateway)
      }
      try charge(order, fate)
      return start(order, fate, baseURL: baseURL, at: now)
    } catch {
      note(refusal: error.code, "create refused: code \(error.code): \(error.message)")
      return CreateReply(answer: .envelope(Envelope.refusal(error.code, error.message)))
    }
  }

  private mutating func note(refusal code: Int, _ line: String) {
    refusals[code, default: 0] += 1
    options.log(line)
  }

  /// The account's limits, which come before everything that is left to chance.
  private mutating func admit(at now: Moment) throws(Refusal) {
    if let limit = options.runningTasks, running >= limit { throw .tooFrequent }
    guard let limit = options.createsPerTenSeconds else { return }
    let start = now.elapsed - real(Self.window)
    recentCreates.removeAll { $0 <= start }
    guard recentCreates.count < limit else { throw .tooFrequent }
    recentCreates.append(now.elapsed)
  }

  private mutating func charge(_ order: Order, _ fate: Fate) throws(Refusal) {
    if fate.faults.contains(.rateLimited) { throw .tooFrequent }
    if fate.faults.contains(.insufficientCredits) || balance < order.profile.price { throw .insufficientCredits }
    balance = balance - order.profile.price
  }

  private mutating func start(_ order: Order, _ fate: Fate, baseURL: String, at now: Moment) -> CreateReply {
    let index = tasks.count
    tasks.append(
      SimulatedTask(
        number: draws, fate: fate, model: order.model, profile: order.profile, param: order.param, baseURL: baseURL,
        callBackURL: order.callBackURL, progressCallBackURL: order.progressCallBackURL, fails: order.fails,
        created: now.unix, charged: order.profile.price, isAnswerLost: fate.faults.contains(.lostAnswer)))
    taskIndex[fate.taskID] = index
    running += 1
    let table = Timetable(fate, order.profile, fails: order.fails)
    for (time, turn) in table.turns { agenda.add(.turn(task: index, turn), at: now.elapsed + real(time)) }
    for (time, letter) in table.letters where url(for: letter.kind, of: tasks[index]) != nil {
      agenda.add(.letter(task: index, letter), at: now.elapsed + real(time))
    }
    log(creationOf: tasks[index])
    let envelope = Envelope.success(["taskId": JSON(fate.taskID), "recordId": JSON(fate.taskID)])
    let isEarly = fate.faults.contains(.early) && !fate.faults.contains(.lost) && order.callBackURL != nil
    return CreateReply(
      answer: tasks[index].isAnswerLost ? .lost(fate.loss, envelope) : .envelope(envelope), waits: isEarly ? index : nil
    )
  }

  private func log(creationOf task: SimulatedTask) {
    let faults = Fault.allCases.filter(task.has).map(\.rawValue).joined(separator: ", ")
    options.log("task \(task.id): created, \(task.model)\(faults.isEmpty ? "" : ", faults: \(faults)")")
    if task.progressCallBackURL != nil, !task.profile.postsProgress {
      options.log("task \(task.id): progressCallBackUrl is not for the model \(task.model)")
    }
  }

  func url(for kind: CallbackKind, of task: SimulatedTask) -> String? {
    kind == .completion ? task.callBackURL : task.progressCallBackURL
  }

  // MARK: Ending

  /// Ends a task as it was decided.
  mutating func end(_ index: Int, at now: Moment) {
    running -= 1
    tasks[index].ended = now.unix
    tasks[index].state = tasks[index].fails ? .fail : .success
    if tasks[index].fails {
      tasks[index].refunded = tasks[index].charged
      balance = balance + tasks[index].charged
    } else {
      tasks[index].progress = 100
    }
    options.log("task \(tasks[index].id): \(tasks[index].state.rawValue)")
  }

  // MARK: Asking

  /// Answers recordInfo with a body that is not always JSON.
  mutating func record(of id: String?) -> [UInt8] {
    guard let id, !id.isEmpty else {
      options.log("recordInfo refused: code 400: no taskId")
      return Envelope.refusal(400, "taskId parameter is required").compact()
    }
    guard let index = taskIndex[id] else {
      options.log("recordInfo refused: code 422: no such task")
      return Envelope.refusal(422, "recordInfo is null").compact()
    }
    tasks[index].recordReads += 1
    let body = Envelope.success(.object(tasks[index].record)).compact()
    guard tasks[index].has(.malformed), tasks[index].recordReads == 1 else { return body }
    options.log("task \(id): recordInfo answered with what is not JSON")
    // As reported of September 2026: the quotation marks inside param are not escaped.
    return body.filter { $0 != UInt8(ascii: "\\") }
  }

  /// Answers the question for the balance.
  func credit() -> JSON { Envelope.success(balance.json) }
}

/// What createTask is answered with.
struct CreateReply {
  enum Answer {
    /// HTTP 200 and this body.
    case envelope(JSON)
    /// HTTP 502 and an HTML page.
    case badGateway
    /// This body gets lost.
    case lost(Fate.Loss, JSON)
  }

  let answer: Answer
  /// The task whose first completion callback must have been tried before this is answered.
  var waits: Int?
}
