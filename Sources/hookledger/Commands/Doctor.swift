// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HTTPClient
import JSON
import Receiver

/// `hookledger doctor`
struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Look at everything that must be so for paid tasks to come back; say what is not, and the remedy.",
    discussion: """
      Settings, keys, data folder, clock, provider, and whether the public address \
      leads to the running server. Without a running server it looks at what can \
      be seen without one. Exit status 1 if there is a fault.

        hookledger doctor --config hookledger.json
      """)

  @OptionGroup var server: ServerOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let findings = try await examine()
    let report: JSON = ["ok": .bool(!findings.contains(where: \.isFault)), "findings": .array(findings)]
    switch output.format {
    case .json: Console.standard.show(report)
    // Whole lines, however narrow the terminal: a remedy that is cut helps nobody.
    case .table: Console.standard.write(TextTable(findings: findings).render())
    }
    guard report["ok"] == true else { throw CommandError(.failed) }
  }

  private func examine() async throws(CommandError) -> [JSON] {
    do throws(CommandError) {
      let report = try await server.api().post(["doctor"]).json
      let settings = Finding.ok("settings", "the running server has taken them").json
      return [settings] + (report["findings"]?.array ?? [])
    } catch  where error.status == .serverNotReachable {
      return try await examineAlone()
    }
  }

  private func examineAlone() async throws(CommandError) -> [JSON] {
    let settings: Settings
    do throws(CommandError) {
      settings = try loadSettings(config: server.config, flags: [:], .server)
    } catch {
      return error.lines.map {
        Finding.fault("settings", $0, remedy: "correct it; 'hookledger config print' shows where each value comes from")
          .json
      }
    }
    do throws(HTTPClientError) {
      let client = try HTTPClient(HTTPClientConfiguration(userAgent: "hookledger/\(hookledgerVersion)"))
      let findings = await Doctor(settings: settings, client: client).findings()
      return ([Finding.ok("settings", "every value is understood")] + findings).map(\.json)
    } catch {
      throw CommandError("\(error)")
    }
  }
}

extension JSON {
  fileprivate var isFault: Bool { self["status"]?.string == Finding.Status.fault.rawValue }
}

extension TextTable {
  /// Findings of the doctor, each remedy on a line below its finding.
  fileprivate init(findings: [JSON]) {
    var rows: [[String]] = []
    for finding in findings {
      rows.append(["status", "check", "detail"].map { Self.cell(finding[$0] ?? .null) })
      if let remedy = finding["remedy"]?.string { rows.append(["", "", "remedy: " + remedy]) }
    }
    self.init(header: ["STATUS", "CHECK", "FINDING"], rows: rows)
  }
}
