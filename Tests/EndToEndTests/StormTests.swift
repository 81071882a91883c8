// SPDX-License-Identifier: Apache-2.0

import Glibc
import JSON
import Testing

extension EndToEnd {
  /// The built program, killed and stopped in the middle of its work.
  @Suite struct StormTests {
    @Test func `killed 50 times in a storm of callbacks, it has every one that it answered with 200`() throws {
      let folder = try Folder()
      var rounds = 0
      var acknowledged: [String] = []
      var newest: [String] = []
      var cutOff = 0
      var random = SystemRandomNumberGenerator()
      while rounds < 50 {
        let server = try ServerProcess.serve(data: folder.path)
        // What the round before left is looked at through this server before it is killed as well.
        try expectAll(newest, on: server)
        let storm = Storm(round: rounds)
        storm.rage(port: server.publicPort, limit: 4000, strike: .random(in: 1...400, using: &random)) {
          server.send(SIGKILL)
        }
        // A storm that ended before the blow must not leave the test waiting.
        server.send(SIGKILL)
        #expect(try server.end() == -SIGKILL)
        #expect(storm.otherStatuses.isEmpty)
        newest = storm.acknowledged
        acknowledged += newest
        cutOff += storm.sent - newest.count
        try expectCleanLedger(folder.path)
        rounds += 1
      }
      let server = try ServerProcess.serve(data: folder.path)
      try expectAll(acknowledged, on: server)
      server.send(SIGTERM)
      #expect(try server.end() == 0)
      let findings = try expectCleanLedger(folder.path)
      #expect(findings["staleFiles"]?.int == 0)
      #expect(findings["tornBytes"]?.int == 0)
      // Each kill must have hit callbacks that were under way, or the test has not tested it.
      #expect(cutOff >= rounds)
      print("storm: \(rounds) kills, \(acknowledged.count) callbacks acknowledged, all there; \(cutOff) were under way")
    }

    @Test func `stopped in a storm of callbacks, it ends with status 0 and has every one that it answered with 200`()
      throws
    {
      let folder = try Folder()
      var acknowledged: [String] = []
      for round in 0..<10 {
        let server = try ServerProcess.serve(data: folder.path)
        let storm = Storm(round: round)
        let strike = 100 * (round + 1)
        storm.rage(port: server.publicPort, limit: 4000, strike: strike) { server.send(SIGTERM) }
        if storm.acknowledged.count < strike { server.send(SIGKILL) }
        #expect(try server.end() == 0)
        #expect(storm.otherStatuses.allSatisfy { $0 == 503 })
        acknowledged += storm.acknowledged
        let findings = try expectCleanLedger(folder.path)
        #expect(findings["staleFiles"]?.int == 0)
        #expect(findings["tornBytes"]?.int == 0)
      }
      let server = try ServerProcess.serve(data: folder.path)
      try expectAll(acknowledged, on: server)
      server.send(SIGTERM)
      #expect(try server.end() == 0)
    }

    /// Every one of the tasks is there, ended, and signed for.
    private func expectAll(_ tasks: [String], on server: ServerProcess) throws {
      guard !tasks.isEmpty else { return }
      let connection = try ClientConnection(port: server.apiPort)
      var missing: [String] = []
      for task in tasks {
        let answer = try connection.get("/api/v1/tasks/\(task)")
        let json = try JSON.parse(answer.body)
        let isThere =
          answer.status == 200 && json["providerTaskId"]?.string == task && json["state"]?.string == "success"
          && json["trust"]?.string == "signed"
          && json["result"]?["urls"]?[0]?.string == "https://files.example.test/\(task).mp4"
        if !isThere { missing.append(task) }
      }
      #expect(missing.isEmpty, "\(missing.count) of \(tasks.count) acknowledged callbacks are lost")
    }

    /// `ledger check` finds nothing wrong.
    @discardableResult
    private func expectCleanLedger(_ path: String) throws -> JSON {
      let (status, output) = try Program.run(["ledger", "check", "--data-directory", path, "--output", "json"])
      #expect(status == 0, "\(output)")
      let findings = try JSON.parse(Array(output.utf8))
      #expect(findings["faults"]?.array?.isEmpty == true)
      return findings
    }
  }
}
