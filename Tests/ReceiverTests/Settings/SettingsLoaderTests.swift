// SPDX-License-Identifier: Apache-2.0

import JSON
import Receiver
import Testing

@Suite("Settings come from the highest layer that names them")
struct SettingsPrecedenceTests {
  @Test("the samples cover every setting")
  func samplesAreComplete() {
    #expect(SettingSample.all.map(\.key) == Setting.all.map(\.key))
  }

  @Test("every key, every combination of layers: the highest one wins and is named", arguments: SettingSample.all)
  func precedence(sample: SettingSample) throws {
    let setting = try #require(Setting.all.first { $0.key == sample.key })
    for layers in 0..<8 {
      var file: JSONObject = ["callbacks": ["allowUnsigned": true], "public": [:]]
      var environment: [String: String] = [:]
      var flags: [String: String] = [:]
      var expected = sample.read(Settings())
      var origin = SettingOrigin.builtIn
      if sample.key == "callbacks.allowUnsigned" {
        file = [:]
        environment["HOOKLEDGER_HMAC_KEYS"] = "test-hmac-key"
      }
      if layers & 1 != 0 {
        file[sample.key] = sample.file
        (expected, origin) = (sample.expected[0], .file("test.json"))
      }
      if layers & 2 != 0 {
        environment[setting.environment] = sample.environment
        (expected, origin) = (sample.expected[1], .environment(setting.environment))
      }
      if layers & 4 != 0 {
        flags[setting.flag] = setting.isSecret ? "secret-file" : sample.flag
        (expected, origin) = (sample.expected[2], .flag(setting.flag))
      }
      if layers != 0 { complete(sample.key, &environment) }
      let settings = try load(
        file: .object(file), environment: environment, flags: flags,
        secretFiles: ["secret-file": Array((sample.flag + "\n").utf8)]
      ).get()
      #expect(sample.read(settings) == expected, "layers \(layers)")
      #expect(settings.origin(of: sample.key) == origin, "layers \(layers)")
    }
  }

  /// Certificate and key come in pairs; the other one of the pair is not under test.
  private func complete(_ key: String, _ environment: inout [String: String]) {
    if key == "public.tls.certificate" { environment["HOOKLEDGER_TLS_PRIVATE_KEY"] = "x.key" }
    if key == "public.tls.privateKey" { environment["HOOKLEDGER_TLS_CERTIFICATE"] = "x.pem" }
  }

  @Test("names of the environment and of the flags")
  func names() {
    let names = Dictionary(uniqueKeysWithValues: Setting.all.map { ($0.key, $0.environment) })
    #expect(names["public.listen"] == "HOOKLEDGER_PUBLIC_LISTEN")
    #expect(names["public.tls.certificate"] == "HOOKLEDGER_TLS_CERTIFICATE")
    #expect(names["public.tls.privateKey"] == "HOOKLEDGER_TLS_PRIVATE_KEY")
    #expect(names["callbacks.hmacKeys"] == "HOOKLEDGER_HMAC_KEYS")
    #expect(names["callbacks.allowUnsigned"] == "HOOKLEDGER_ALLOW_UNSIGNED")
    #expect(names["callbacks.tolerance"] == "HOOKLEDGER_TOLERANCE")
    #expect(names["provider.apiKey"] == "HOOKLEDGER_PROVIDER_API_KEY")
    #expect(names["provider.uploadUrl"] == "HOOKLEDGER_PROVIDER_UPLOAD_URL")
    #expect(names["data.directory"] == "HOOKLEDGER_DATA_DIR")
    #expect(names["results.allowHosts"] == "HOOKLEDGER_RESULTS_ALLOW_HOSTS")
    #expect(names["spending.balanceFloor"] == "HOOKLEDGER_SPENDING_BALANCE_FLOOR")
    #expect(names["handoff.secrets"] == "HOOKLEDGER_HANDOFF_SECRETS")
    #expect(names["limits.bodyBytes"] == "HOOKLEDGER_LIMITS_BODY_BYTES")
    #expect(names["log.format"] == "HOOKLEDGER_LOG_FORMAT")
    #expect(Set(names.values).count == Setting.all.count)
    #expect(Setting.all.first { $0.key == "limits.bodyBytes" }?.flag == "limits-body-bytes")
    #expect(Setting.all.first { $0.key == "api.token" }?.flag == "api-token-file")
  }

  @Test("keys may be nested or written with dots")
  func dottedKeys() throws {
    let nested = try load(file: ["callbacks": ["tolerance": "7s"]]).get()
    let dotted = try load(file: ["callbacks.tolerance": "7s"]).get()
    #expect(nested.callbacks.tolerance == .seconds(7))
    #expect(dotted.callbacks.tolerance == .seconds(7))
    let both = load(file: ["callbacks": ["tolerance": "7s"], "callbacks.tolerance": "7s"])
    #expect(both.problems == ["file test.json: callbacks.tolerance: is given twice"])
  }

  @Test("PORT is the port of the callback listener unless HOOKLEDGER_PUBLIC_LISTEN is set")
  func port() throws {
    let settings = try load(environment: validEnvironment.merging(["PORT": "3000"]) { $1 }).get()
    #expect(settings.public.listen == ListenAddress(host: "0.0.0.0", port: 3000))
    #expect(settings.origin(of: "public.listen") == .environment("PORT"))
    let own = ["PORT": "nonsense", "HOOKLEDGER_PUBLIC_LISTEN": "127.0.0.1:9"]
    #expect(try load(environment: validEnvironment.merging(own) { $1 }).get().public.listen.port == 9)
  }

  @Test("an empty variable counts as not set")
  func emptyVariables() throws {
    var environment = Dictionary(uniqueKeysWithValues: Setting.all.map { ($0.environment, "") })
    for setting in Setting.all { setting.fileEnvironment.map { environment[$0] = "" } }
    environment["PORT"] = ""
    environment["HOOKLEDGER_HMAC_KEYS"] = "key"
    let settings = try load(environment: environment).get()
    #expect(Setting.all.allSatisfy { $0.key == "callbacks.hmacKeys" || settings.origin(of: $0.key) == .builtIn })
  }

  @Test("log.format is text on a terminal unless it is set")
  func logFormat() throws {
    #expect(try load(isTerminal: false).get().log.format == .json)
    #expect(try load(isTerminal: true).get().log.format == .text)
    #expect(try load(file: ["log": ["format": "json"]], isTerminal: true).get().log.format == .json)
  }

  @Test("null in the file is none where there can be none")
  func null() throws {
    #expect(try load(file: ["public": ["url": nil]]).get().public.url == nil)
    #expect(load(file: ["data": ["directory": nil]]).problems == ["file test.json: data.directory: must be a string"])
  }
}

@Suite("Problems of the settings are all reported at once")
struct SettingsProblemTests {
  @Test("unknown names and bad values of every layer in one list")
  func allAtOnce() {
    let result = load(
      file: [
        "public": ["listen": "here", "port": 1], "callbacks": ["tolerance": 300], "colour": "red", "limits": 3,
        "results": ["save": "yes"],
      ],
      environment: [
        "HOOKLEDGER_HMAC_KEYS": "a,,b", "HOOKLEDGER_TOLERANCE": "soon", "HOOKLEDGER_TYPO": "1", "OTHER": "1",
        "HOOKLEDGER_API_TOKEN": "t", "HOOKLEDGER_API_TOKEN_FILE": "/run/token",
      ],
      flags: ["limits-fields": "0"], secretFiles: ["/run/token": Array("t".utf8)])
    #expect(
      result.problems == [
        "file test.json: public.port: there is no such setting",
        "file test.json: colour: there is no such setting",
        "file test.json: limits: must be an object",
        "file test.json: public.listen: \"here\" is not an address and port such as 127.0.0.1:8081 or [::1]:8081",
        "environment HOOKLEDGER_API_TOKEN_FILE: api.token: HOOKLEDGER_API_TOKEN is set as well: set one of the two",
        "environment HOOKLEDGER_HMAC_KEYS: callbacks.hmacKeys: must not have an empty element between its commas",
        "file test.json: callbacks.tolerance: must be a string",
        "environment HOOKLEDGER_TOLERANCE: callbacks.tolerance: \"soon\" is not a duration such as 300s, 1m30s or 500ms",
        "file test.json: results.save: must be true or false",
        "flag --limits-fields: limits.fields: must be more than 0",
        "environment HOOKLEDGER_TYPO: there is no such setting",
      ])
  }

  @Test("a value that a higher layer hides must be right as well")
  func hiddenValues() {
    let result = load(file: ["limits": ["fields": "many"]], flags: ["limits-fields": "5"])
    #expect(result.problems == ["file test.json: limits.fields: must be a whole number"])
  }

  @Test("a file that is no JSON object", arguments: ["", "[]", "{", "{} {}", "\"text\""])
  func notAnObject(text: String) {
    let result = SettingsLoader.load(
      file: SettingsFile(path: "test.json", bytes: Array(text.utf8)), environment: validEnvironment, flags: [:],
      readFile: reader(of: [:]))
    #expect(result.problems.count == 1)
    #expect(result.problems.first?.hasPrefix("file test.json: ") == true)
    let withoutKeys = SettingsLoader.load(
      file: SettingsFile(path: "test.json", bytes: Array(text.utf8)), environment: [:], flags: [:],
      readFile: reader(of: [:]))
    #expect(withoutKeys.problems == result.problems, "the keys may be in the file")
  }

  @Test("the variables that Kubernetes makes for a service called hookledger are nobody's mistake")
  func serviceLinks() throws {
    let links = [
      "HOOKLEDGER_SERVICE_HOST": "10.0.0.1", "HOOKLEDGER_SERVICE_PORT": "80", "HOOKLEDGER_PORT": "tcp://10.0.0.1:80",
      "HOOKLEDGER_PORT_80_TCP_ADDR": "10.0.0.1",
    ]
    _ = try load(environment: validEnvironment.merging(links) { $1 }).get()
    let mistake = load(environment: validEnvironment.merging(["HOOKLEDGER_PORT": "8080"]) { $1 })
    #expect(mistake.problems == ["environment HOOKLEDGER_PORT: there is no such setting"])
  }

  @Test("without keys the server starts only if unsigned callbacks are allowed")
  func noKeys() throws {
    #expect(load(environment: [:]).problems.count == 1)
    #expect(load(environment: [:]).problems[0].hasPrefix("callbacks.hmacKeys: none set"))
    _ = try load(environment: ["HOOKLEDGER_ALLOW_UNSIGNED": "true"]).get()
  }

  @Test(
    "an API that others reach needs a token",
    arguments: [
      ("127.0.0.1:1", true), ("127.8.8.8:1", true), ("[::1]:1", true), ("localhost:1", true),
      ("0.0.0.0:1", false), (":1", false), ("1", false), ("[::]:1", false), ("10.0.0.1:1", false),
    ])
  func apiToken(listen: String, isFine: Bool) throws {
    var environment = validEnvironment.merging(["HOOKLEDGER_API_LISTEN": listen]) { $1 }
    #expect(load(environment: environment).problems.isEmpty == isFine)
    environment["HOOKLEDGER_API_TOKEN"] = "token"
    _ = try load(environment: environment).get()
    environment["HOOKLEDGER_API_TOKEN"] = "to ken"
    #expect(load(environment: environment).problems.count == 1, "the address is not blamed for a bad token")
  }

  @Test("certificate and private key come together")
  func tls() throws {
    let certificate = ["HOOKLEDGER_TLS_CERTIFICATE": "a.pem"], key = ["HOOKLEDGER_TLS_PRIVATE_KEY": "a.key"]
    #expect(
      load(environment: validEnvironment.merging(certificate) { $1 }).problems == [
        "environment HOOKLEDGER_TLS_CERTIFICATE: public.tls.certificate: needs public.tls.privateKey as well"
      ])
    #expect(
      load(environment: validEnvironment.merging(key) { $1 }).problems == [
        "environment HOOKLEDGER_TLS_PRIVATE_KEY: public.tls.privateKey: needs public.tls.certificate as well"
      ])
    _ = try load(environment: validEnvironment.merging(certificate) { $1 }.merging(key) { $1 }).get()
  }

  @Test("a client asks only for what leads to the API")
  func client() throws {
    let environment = ["HOOKLEDGER_TYPO": "1", "HOOKLEDGER_TOLERANCE": "x", "HOOKLEDGER_API_LISTEN": "0.0.0.0:9"]
    let settings = try load(environment: environment, purpose: .client).get()
    #expect(settings.api.listen.local.description == "127.0.0.1:9")
    #expect(load(environment: ["HOOKLEDGER_API_LISTEN": "x"], purpose: .client).problems.count == 1)
  }
}
