// SPDX-License-Identifier: Apache-2.0

import Glibc
import JSON
import Testing

extension EndToEnd {
  /// Everything that can be wrong around a server, and what the doctor says to it.
  @Suite struct DoctorTests {
    private static let otherDate = "Thu, 01 Jan 2026 00:00:00 GMT"

    /// What the doctor is to say.
    private struct Word {
      let status: String
      let check: String
      let detail: String
      let remedy: String
    }

    private static func fault(_ check: String, _ detail: String, remedy: String) -> Word {
      Word(status: "fault", check: check, detail: detail, remedy: remedy)
    }

    private static func warning(_ check: String, _ detail: String, remedy: String) -> Word {
      Word(status: "warning", check: check, detail: detail, remedy: remedy)
    }

    @Test func `with everything as it should be the doctor finds nothing, and leaves nothing behind`() throws {
      let stand = try Stand()
      let (status, findings) = try examine(["--server", "http://127.0.0.1:\(stand.apiPort)"])
      #expect(status == 0)
      #expect(findings.allSatisfy { $0["status"] == "ok" && $0["remedy"]?.string == nil }, "\(findings)")
      #expect(try stand.tasks().isEmpty)
      #expect(try stand.connect().get("/api/v1/requests").json["data"]?.array?.isEmpty == true)
    }

    @Test func `the doctor names each setting that is missing or does not fit, and the remedy`() throws {
      let nobody = try ReservedPort()
      let twin = try Stand()
      let cases: [([String], [Word])] = [
        (
          ["PUBLIC_URL=http://127.0.0.1:\(nobody.number)"],
          [Self.fault("public address", "was not reached", remedy: "open the port in the firewall")]
        ),
        (
          ["PUBLIC_URL=http://nobody.invalid"],
          [Self.fault("public address", "does not resolve", remedy: "make a DNS record")]
        ),
        (
          ["PUBLIC_URL=https://127.0.0.1:\(twin.simulator.port)"],
          [Self.fault("public address", "TLS with", remedy: "serve a certificate")]
        ),
        (
          ["PUBLIC_URL=\(twin.publicURL)"],
          [Self.fault("public address", "it is not this process that answers", remedy: "let the proxy pass")]
        ),
        (["PUBLIC_URL="], [Self.fault("public address", "no public address is set", remedy: "set public.url")]),
        (
          ["PROVIDER_URL=http://127.0.0.1:\(nobody.number)"],
          [Self.fault("provider", "was not reached", remedy: "check provider.url")]
        ),
        (
          ["PROVIDER_URL=http://provider.invalid"],
          [
            Self.fault("provider", "was not reached", remedy: "DNS"),
            Self.fault("public address", "the provider cannot call it", remedy: "put a reverse proxy or a tunnel"),
          ]
        ),
        (
          ["PROVIDER_API_KEY="],
          [Self.warning("API key", "nothing can be submitted, confirmed or rescued", remedy: "make an API key")]
        ),
        (
          ["HMAC_KEYS=", "ALLOW_UNSIGNED=true"],
          [Self.warning("webhook key", "unsigned callbacks count as hints", remedy: "make a webhook HMAC key")]
        ),
      ]
      for (changes, words) in cases {
        let settings = changes.map { "HOOKLEDGER_\($0)" }
        // At its own pace, as a provider elsewhere must have it.
        let stand = try Stand(speed: 1, settings: settings)
        try expect(words, ["--server", "http://127.0.0.1:\(stand.apiPort)"])
      }
      print("doctor: \(cases.count) settings named")
    }

    @Test func `the doctor names what is wrong with the provider's answers, and the remedy`() throws {
      let stand = try Stand(isRelayed: true)
      let relay = try #require(stand.relay)
      let refused = #"{"code":401,"msg":"You do not have access permissions"}"#
      let cases: [(path: String, answer: String, word: Word)] = [
        (
          "GET /api/v1/chat/credit", Self.answer("200 OK", refused),
          Self.fault("provider", "does not accept the API key", remedy: "copy the key")
        ),
        (
          "GET /api/v1/chat/credit", Self.answer("502 Bad Gateway", "<html>"),
          Self.fault("provider", "gives no balance", remedy: "check that provider.url is the provider's API")
        ),
        (
          "GET / ", Self.answer("404 Not Found", "", "Date: \(Self.otherDate)\r\n"),
          Self.fault("clock", "s ahead of the provider's", remedy: "let the system set its clock")
        ),
        (
          "GET / ", Self.answer("404 Not Found", ""),
          Self.warning("clock", "has no date to compare with", remedy: "let the system set its clock")
        ),
      ]
      for (path, answer, word) in cases {
        relay.use { line, _ in line.hasPrefix(path) ? .answer(answer) : .pass }
        try expect([word], ["--server", "http://127.0.0.1:\(stand.apiPort)"])
      }
      // Between the provider and the public address, this time.
      relay.use { line, _ in
        line.hasPrefix("POST /callbacks")
          ? .answer(Self.answer("301 Moved Permanently", "", "Location: https://elsewhere.test/\r\n")) : .pass
      }
      let redirected = try Stand(settings: ["HOOKLEDGER_PUBLIC_URL=http://127.0.0.1:\(relay.port)"])
      let word = Self.fault("public address", "redirects to https://elsewhere.test/", remedy: "set public.url")
      try expect([word], ["--server", "http://127.0.0.1:\(redirected.apiPort)"])
      print("doctor: \(cases.count + 1) answers named")
    }

    @Test func `the doctor names a webhook key that is not the provider's, once tasks end without a callback`() throws {
      let stand = try Stand(settings: ["HOOKLEDGER_HMAC_KEYS=another-key", "HOOKLEDGER_RESULTS_SAVE=false"])
      try stand.untilConfirmed(try stand.submit(count: 3))
      try stand.until("alarmed") { try stand.metric("callbacks_never_arrived") == 1 }
      let word = Self.fault(
        "callbacks", "not one callback ever came", remedy: "compare public.url and callbacks.hmacKeys")
      try expect([word], ["--server", "http://127.0.0.1:\(stand.apiPort)"])
    }

    @Test func `while the disk takes nothing the doctor says so, nothing is sent, and afterwards all is well`() throws {
      // A write beyond the limit is to fail like one to a full disk, not to kill: what is ignored stays so in children.
      signal(SIGXFSZ, SIG_IGN)
      let stand = try Stand()
      try stand.limitFiles(to: 1)
      let answer = try stand.connect().post("/api/v1/tasks", Stand.order())
      #expect(answer.status == 503, "\(answer.text)")
      #expect(try stand.simulator.book().tasks.isEmpty)
      let word = Self.fault("data folder", "the last write to the journal failed", remedy: "make room or mend the disk")
      try expect([word], ["--server", "http://127.0.0.1:\(stand.apiPort)"])
      try stand.limitFiles(to: nil)
      try stand.untilConfirmed(try stand.submit(count: 1))
      try expect([], ["--server", "http://127.0.0.1:\(stand.apiPort)"])
    }

    @Test func `without a server the doctor names what is wrong with the settings and the folder, and the remedy`()
      throws
    {
      let stand = try Stand()
      let nobody = try ReservedPort()
      let file = stand.folder.path + "/file"
      try Folder.write("in the way", to: file)
      let sound = [
        "HMAC_KEYS=k", "API_LISTEN=127.0.0.1:\(nobody.number)", "PROVIDER_URL=http://127.0.0.1:\(stand.simulator.port)",
      ]
      let cases: [([String], Word)] = [
        (["DATA_DIR=\(stand.data)"], Self.warning("server", "another process holds", remedy: "point --server at")),
        (
          ["DATA_DIR=\(stand.folder.path)/new"],
          Self.warning("server", "no running server was reached", remedy: "start 'hookledger serve'")
        ),
        (["DATA_DIR=\(file)"], Self.fault("data folder", "cannot be written", remedy: "set data.directory")),
        // Where nobody may write, root included.
        (["DATA_DIR=/proc/nowhere"], Self.fault("data folder", "cannot be written", remedy: "the right to write")),
        (["DATA_DIR=/dev/full"], Self.fault("data folder", "cannot be written", remedy: "set data.directory")),
        (["TOLERANCE=soon"], Self.fault("settings", "HOOKLEDGER_TOLERANCE", remedy: "hookledger config print")),
        (["LIMITS_FIELDS=many"], Self.fault("settings", "HOOKLEDGER_LIMITS_FIELDS", remedy: "correct it")),
      ]
      for (changes, word) in cases {
        let folder = ["DATA_DIR=\(stand.folder.path)/unused"].filter { _ in !changes[0].hasPrefix("DATA_DIR") }
        try expect([word], [], (sound + folder + changes).map { "HOOKLEDGER_\($0)" })
      }
      print("doctor: \(cases.count) states of a machine without a server named")
    }

    private static func answer(_ status: String, _ body: String, _ fields: String = "") -> String {
      "HTTP/1.1 \(status)\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// Runs the doctor: its exit status and its findings.
    private func examine(_ arguments: [String], _ environment: [String] = []) throws -> (
      status: Int32, findings: [JSON]
    ) {
      let (status, output) = try Program.run(["doctor", "--output", "json"] + arguments, environment)
      guard let report = try? JSON.parse(Array(output.utf8)), let findings = report["findings"]?.array else {
        throw Broken("the doctor says: \(output)")
      }
      #expect(report["ok"] == .bool(status == 0))
      return (status, findings)
    }

    private func expect(_ words: [Word], _ arguments: [String], _ environment: [String] = []) throws {
      let (status, findings) = try examine(arguments, environment)
      #expect(status == (words.contains { $0.status == "fault" } ? 1 : 0), "\(findings)")
      for word in words {
        let isThere = findings.contains { finding in
          finding["status"]?.string == word.status && finding["check"]?.string == word.check
            && finding["detail"]?.string?.contains(word.detail) == true
            && finding["remedy"]?.string?.contains(word.remedy) == true
        }
        #expect(isThere, "\(word): \(findings)")
      }
    }
  }
}
