// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import JSON
import Receiver

/// How a command shows what it read.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case table, json
}

/// `--output`, on every command that reads.
struct OutputOptions: ParsableArguments {
  @Option(help: "How to print: a table for people, JSON for programs. (default: table on a terminal, else json)")
  var output: OutputFormat?

  var format: OutputFormat {
    output ?? (Console.standard.output.columns == nil ? .json : .table)
  }

  /// Prints the JSON as it came, or the table made of it.
  func show(_ json: JSON, as table: (JSON) -> TextTable) {
    switch format {
    case .json: Console.standard.show(json)
    case .table: Console.standard.show(table(json))
    }
  }

  /// Prints one page of a list, and on standard error how to get the next one.
  func showPage(_ page: JSON, as table: ([JSON]) -> TextTable) {
    show(page) { table($0["data"]?.array ?? []) }
    if format == .table, page["hasMore"]?.bool == true, let cursor = page["nextCursor"]?.string {
      Console.standard.writeError("more: --cursor \(cursor.withoutControls)\n")
    }
  }
}
