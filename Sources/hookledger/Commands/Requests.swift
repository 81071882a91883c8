// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import JSON
import Receiver

/// `hookledger requests`
struct RequestsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "requests",
    abstract: "Look at the raw callback requests as they came, refused ones included.",
    subcommands: [RequestsListCommand.self, RequestsGetCommand.self, RequestsReparseCommand.self])
}

/// `hookledger requests list`
struct RequestsListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List callback requests, newest first, refused ones with their reason.")

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
      ["requests"], query: ["limit": limit.map(String.init), "cursor": cursor])
    output.showPage(page.json, as: TextTable.init(objects:))
  }
}

/// The request that a command is about.
struct RequestArgument: ParsableArguments {
  @Argument(help: "The id of the request.")
  var id: String

  func validate() throws {
    guard !id.isEmpty else { throw ValidationError("the id must not be empty") }
  }
}

/// `hookledger requests get`
struct RequestsGetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "get", abstract: "Show one callback request: head, body, and what became of it.")

  @OptionGroup var request: RequestArgument
  @OptionGroup var server: ServerOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let answer = try await server.api().get(["requests", request.id])
    output.show(answer.json, as: TextTable.init(members:))
  }
}

/// `hookledger requests reparse`
struct RequestsReparseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reparse",
    abstract: "Read a kept callback request again, with what this version knows.",
    discussion: "For requests whose shape an earlier version did not understand.")

  @OptionGroup var request: RequestArgument
  @OptionGroup var server: ServerOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let answer = try await server.api().post(["requests", request.id, "reparse"])
    output.show(answer.json, as: TextTable.init(members:))
  }
}
