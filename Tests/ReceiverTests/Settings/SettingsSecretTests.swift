// SPDX-License-Identifier: Apache-2.0

import JSON
import Provider
import Receiver
import Testing

@Suite("Secrets are read from files and never shown")
struct SettingsSecretTests {
  private static let secretText = "very-secret-text"
  private static let secrets = Setting.all.filter(\.isSecret)

  @Test("the secrets are these four")
  func list() {
    #expect(Self.secrets.map(\.key) == ["api.token", "callbacks.hmacKeys", "provider.apiKey", "handoff.secrets"])
  }

  @Test(
    "one trailing newline of a file is cut", arguments: [("k\n", "k"), ("k\r\n", "k"), ("k", "k"), ("k\n\n", "k\n")])
  func newline(content: String, key: String) throws {
    let settings = try load(
      environment: ["HOOKLEDGER_HMAC_KEYS_FILE": "/f"], secretFiles: ["/f": Array(content.utf8)]
    ).get()
    #expect(settings.callbacks.hmacKeys.map { $0.reveal() } == [key])
    #expect(settings.origin(of: "callbacks.hmacKeys") == .environment("HOOKLEDGER_HMAC_KEYS_FILE"))
  }

  @Test("a file that cannot be read, is empty or is no text is an error")
  func badFiles() {
    func problems(_ files: [String: [UInt8]]) -> [String] {
      load(environment: ["HOOKLEDGER_HMAC_KEYS_FILE": "/f"], secretFiles: files).problems
    }
    let place = "environment HOOKLEDGER_HMAC_KEYS_FILE: callbacks.hmacKeys: "
    #expect(problems([:]) == [place + "cannot read /f: no such file"])
    #expect(problems(["/f": [0xff]]) == [place + "/f does not hold UTF-8 text"])
    #expect(problems(["/f": [0x0a]]).count == 1)
  }

  @Test("settings that are no secret have no file variable")
  func noFileForOthers() {
    let result = load(environment: validEnvironment.merging(["HOOKLEDGER_DATA_DIR_FILE": "/f"]) { $1 })
    #expect(result.problems == ["environment HOOKLEDGER_DATA_DIR_FILE: there is no such setting"])
  }

  @Test("printing, interpolating, dumping and listing show stars")
  func neverShown() throws {
    let environment = Dictionary(uniqueKeysWithValues: Self.secrets.map { ($0.environment, Self.secretText) })
    let settings = try load(environment: environment).get()
    let secret = try #require(settings.api.token)
    #expect(secret.reveal() == Self.secretText)
    var dumped = ""
    dump(settings, to: &dumped)
    let shown = [
      "\(secret)", String(reflecting: secret), String(describing: secret), "\(settings)", String(reflecting: settings),
      dumped, settings.listingJSON.pretty(), settings.listingTable.render(),
      "\(Mirror(reflecting: secret).children.count)",
    ]
    for text in shown { #expect(!text.contains(Self.secretText)) }
    #expect("\(secret)" == "***")
    #expect(settings.listing.filter { $0.setting.isSecret }.allSatisfy { $0.value.description.contains("***") })
  }

  @Test("a problem never quotes a secret", arguments: secrets)
  func problems(setting: Setting) {
    let bad = Self.secretText + "\u{7f} \u{e9},,"
    let results = [
      load(environment: [setting.environment: bad]),
      load(file: [setting.key: .array([.string(Self.secretText), 1])]),
      load(file: [setting.key: .array([.string(Self.secretText), ""])]),
      load(flags: [setting.flag: "/f"], secretFiles: ["/f": Array(bad.utf8)]),
    ]
    for result in results {
      #expect(!result.problems.isEmpty)
      #expect(!result.problems.joined().contains(Self.secretText))
    }
  }
}

extension Setting: CustomTestStringConvertible {
  /// The key names the case.
  public var testDescription: String { key }
}

@Suite("config print")
struct SettingsPrintingTests {
  @Test("every setting with its value and where it came from")
  func listing() throws {
    let settings = try load(
      file: ["results": ["maxBytes": "3 MiB"]],
      environment: ["HOOKLEDGER_HMAC_KEYS": "a,b", "HOOKLEDGER_PUBLIC_URL": "https://x.test/"],
      flags: ["callbacks-tolerance": "60s"]
    ).get()
    let rows = try #require(settings.listingJSON["data"]?.array)
    #expect(rows.compactMap { $0["key"]?.string } == Setting.all.map(\.key))
    func row(_ key: String) -> JSON? { rows.first { $0["key"]?.string == key } }
    #expect(row("results.maxBytes")?["value"] == "3 MiB")
    #expect(row("results.maxBytes")?["source"] == "file test.json")
    #expect(row("callbacks.hmacKeys")?["value"] == ["***", "***"])
    #expect(row("callbacks.hmacKeys")?["source"] == "environment HOOKLEDGER_HMAC_KEYS")
    #expect(row("public.url")?["value"] == "https://x.test")
    #expect(row("callbacks.tolerance")?["value"] == "60s")
    #expect(row("callbacks.tolerance")?["source"] == "flag --callbacks-tolerance")
    #expect(row("spending.dailyCap")?["value"] == JSON.null)
    #expect(row("limits.idleDeadline")?["source"] == "built-in")
    let lines = settings.listingTable.render().split(separator: "\n")
    #expect(lines.count == Setting.all.count + 1)
    #expect(lines.contains { $0.hasPrefix("callbacks.hmacKeys ") && $0.contains("***,***") })
  }

  @Test("what is shown is read back as the same value")
  func roundTrip() throws {
    var file = JSONObject()
    for sample in SettingSample.all where !(Setting.all.first { $0.key == sample.key }?.isSecret ?? true) {
      file[sample.key] = sample.file
    }
    let settings = try load(file: .object(file)).get()
    var again = JSONObject()
    for (setting, value, _) in settings.listing where !setting.isSecret { again[setting.key] = value }
    let reread = try load(file: .object(again)).get()
    for sample in SettingSample.all { #expect(sample.read(reread) == sample.read(settings)) }
  }
}
