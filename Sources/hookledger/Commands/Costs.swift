// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import JSON
import Receiver

/// What the costs are added up by.
enum CostGrouping: String, ExpressibleByArgument, CaseIterable {
  case day, model, task
}

/// `hookledger costs`
struct CostsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "costs",
    abstract: "Show what the provider says was charged.",
    discussion: """
      A task counts on the day (UTC) on which it ended. The balance is shown as it was \
      first and last read on a day; it is read by 'hookledger credits', and before \
      submissions where spending.balanceFloor is set.

        hookledger costs --since 2026-11-01
        hookledger costs --by task --csv > costs.csv
      """)

  @Option(help: "Add up by day, model or task.")
  var by = CostGrouping.day

  @Option(help: ArgumentHelp("From this day on (UTC).", valueName: "day"))
  var since: String?

  @Option(help: ArgumentHelp("Up to this day, which counts as well.", valueName: "day"))
  var until: String?

  @Flag(help: "Print CSV (RFC 4180).")
  var csv = false

  @OptionGroup var server: ServerOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard !csv || output.output == nil else { throw ValidationError("--csv and --output exclude each other") }
  }

  func run() async throws {
    let query: KeyValuePairs<String, String?> = ["by": by.rawValue, "since": since, "until": until]
    if csv { return Console.standard.write(try await server.api().text(["costs"], query: query, accept: "text/csv")) }
    let answer = try await server.api().get(["costs"], query: query)
    output.show(answer.json) { report in
      var rows = report["data"]?.array ?? []
      if let total = report["credits"], by != .task || !rows.isEmpty {
        rows.append([by.rawValue: "total", "tasks": report["tasks"] ?? .null, "credits": total])
      }
      return TextTable(objects: rows)
    }
    if answer.json["hasMore"]?.bool == true {
      Console.standard.writeError("more: there are more tasks than one answer may have; narrow --since and --until\n")
    }
  }
}
