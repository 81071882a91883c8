// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import JSON
import Receiver

/// `hookledger tasks`
struct TasksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tasks",
    abstract: "Look at the tasks of a running server.",
    subcommands: [
      TasksListCommand.self, TasksGetCommand.self, TasksWaitCommand.self, TasksRefreshCommand.self,
      TasksResultCommand.self, TasksJoinCommand.self,
    ])
}

/// The task that a command is about.
struct TaskArgument: ParsableArguments {
  @Argument(help: "The task, by our id (tsk_…) or by the provider's.")
  var id: String

  func validate() throws {
    guard !id.isEmpty else { throw ValidationError("the id must not be empty") }
  }
}

/// `hookledger tasks list`
struct TasksListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List tasks, newest first.",
    discussion: """
        hookledger tasks list --state fail --since 2026-11-01T00:00:00Z
        hookledger tasks list --output json | jq -r '.data[].id'
      """)

  @Option(help: "Only tasks in this state.")
  var state: String?

  @Option(help: "Only tasks of this model.")
  var model: String?

  @Option(help: ArgumentHelp("Only tasks created at or after this time (RFC 3339).", valueName: "time"))
  var since: String?

  @Option(help: ArgumentHelp("How many, at most 250. (default: 50)", valueName: "count"))
  var limit: Int?

  @Option(help: "Where the previous page ended.")
  var cursor: String?

  @OptionGroup var server: ServerOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard limit.map((1...250).contains) ?? true else { throw ValidationError("--limit must be from 1 to 250") }
  }

  func run() async throws {
    let page = try await server.api().get(
      ["tasks"],
      query: ["state": state, "model": model, "since": since, "limit": limit.map(String.init), "cursor": cursor])
    output.showPage(page.json, as: TextTable.init(tasks:))
    if output.format == .table {
      Console.standard.writeError(Self.brakes(page.json["brakes"]).map { $0 + "\n" }.joined())
    }
  }

  /// What is not in the list because it waits, and what will not be let through.
  private static func brakes(_ brakes: JSON?) -> [String] {
    var lines: [String] = []
    if let waiting = brakes?["waiting"]?.int, waiting > 0 {
      lines.append("waiting: \(waiting) submissions wait for \(brakes?["waitingFor"]?.string ?? "their turn")")
    }
    for pause in brakes?["pausedModels"]?.array ?? [] {
      lines.append(
        "paused: \(pause["model"]?.string ?? "") until \(pause["until"]?.string ?? "") after "
          + "\(pause["failures"]?.int ?? 0) failures in a row")
    }
    return lines.map(\.withoutControls)
  }
}

/// `hookledger tasks get`
struct TasksGetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "get", abstract: "Show one task.")

  @OptionGroup var task: TaskArgument
  @OptionGroup var server: ServerOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let answer = try await server.api().get(["tasks", task.id])
    output.show(answer.json, as: TextTable.init(members:))
  }
}

/// `hookledger tasks wait`
struct TasksWaitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wait",
    abstract: "Show the progress of a task until it ends.",
    discussion: """
      Exit status 0 if the task ends in success, 4 if in failure, 3 if the \
      provider refused it, 5 after --timeout.

        hookledger tasks wait tsk_01K… --timeout 10m
      """)

  @OptionGroup var task: TaskArgument
  @OptionGroup var waiting: WaitOptions
  @OptionGroup var server: ServerOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let watch = TaskWatch(api: try server.api(), id: task.id, timeout: waiting.timeout)
    let ended = try await watch.untilEnd()
    output.show(ended, as: TextTable.init(members:))
    try ended.requireSuccess()
  }
}

/// `hookledger tasks refresh`
struct TasksRefreshCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "refresh", abstract: "Have the server ask the provider about a task now.")

  @OptionGroup var task: TaskArgument
  @OptionGroup var server: ServerOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let answer = try await server.api().post(["tasks", task.id, "refresh"])
    output.show(answer.json, as: TextTable.init(members:))
  }
}

/// `hookledger tasks join`
struct TasksJoinCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "join",
    abstract: "Tell which of the provider's tasks one in state unknown is.",
    discussion: """
      For a task whose create answer was lost and whose callback never came: look it \
      up in the provider's log. The provider's own record must name our callback \
      address, or you must insist. --none closes a task that the provider never made.

        hookledger tasks join tsk_01K… 0123456789abcdef0123456789abcdef
        hookledger tasks join tsk_01K… --none
      """)

  @OptionGroup var task: TaskArgument

  @Argument(help: "The provider's id of the task.")
  var providerTaskID: String?

  @Flag(help: "The provider never made this task: close it as refused.")
  var none = false

  @Flag(help: "Join even if the provider's record does not prove it.")
  var insist = false

  @OptionGroup var server: ServerOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard none != (providerTaskID != nil) else { throw ValidationError("give the provider's id, or --none") }
    guard !none || !insist else { throw ValidationError("--insist and --none exclude each other") }
  }

  func run() async throws {
    var body: JSONObject = ["providerTaskId": providerTaskID.map { .string($0) } ?? .null]
    if insist { body["insist"] = true }
    let answer = try await server.api().post(["tasks", task.id, "join"], body: .object(body))
    output.show(answer.json, as: TextTable.init(members:))
  }
}
