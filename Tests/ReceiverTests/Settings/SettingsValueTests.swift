// SPDX-License-Identifier: Apache-2.0

import JSON
import Receiver
import Testing

@Suite("Values of settings")
struct SettingsValueTests {
  @Test(
    "durations",
    arguments: [
      ("300s", 300_000), ("1m30s", 90_000), ("500ms", 500), ("1h", 3_600_000), ("1d", 86_400_000), ("0s", 0),
      ("1s500ms", 1500), ("30s1m", 90_000),
    ])
  func durations(text: String, milliseconds: Int64) throws {
    #expect(try Duration.parse(text) == .milliseconds(milliseconds))
    #expect(try Duration.parse(Duration.milliseconds(milliseconds).settingText) == .milliseconds(milliseconds))
  }

  @Test(
    "what is no duration",
    arguments: [
      "", "300", "s", "-1s", "1.5s", "1 s", "1w", "1M", "٣s", "99999999999999999999s", "9223372036854775807d",
    ])
  func noDurations(text: String) {
    #expect(throws: SettingValueError.self) { try Duration.parse(text) }
  }

  @Test(
    "sizes",
    arguments: [
      ("0", 0), ("65536", 65536), ("512B", 512), ("1KiB", 1024), ("1MiB", 1 << 20), ("2 GiB", 2 << 30),
      ("1TiB", 1 << 40), ("1kB", 1000), ("5 MB", 5_000_000), ("1gib", 1 << 30),
    ])
  func sizes(text: String, bytes: Int) throws {
    #expect(try ByteCount.parse(text).bytes == bytes)
    #expect(try ByteCount.parse(ByteCount(bytes).description).bytes == bytes)
  }

  @Test("what is no size", arguments: ["", "MiB", "-1", "1.5MiB", "1 parsec", "1K", "9223372036854775807KiB", "0x10"])
  func noSizes(text: String) {
    #expect(throws: SettingValueError.self) { try ByteCount.parse(text) }
  }

  @Test(
    "listen addresses",
    arguments: [
      ("127.0.0.1:8081", "127.0.0.1:8081"), ("8080", "0.0.0.0:8080"), (":80", "0.0.0.0:80"), ("[::1]:0", "[::1]:0"),
      ("localhost:1", "127.0.0.1:1"), ("[2001:DB8::7]:65535", "[2001:db8::7]:65535"),
      ("[1:2:3:4:5:6:7:8]:1", "[1:2:3:4:5:6:7:8]:1"),
    ])
  func addresses(text: String, description: String) throws {
    #expect(try ListenAddress.parse(text).description == description)
  }

  @Test(
    "what is no listen address",
    arguments: [
      "", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1", "127.0.0.1:08x",
      "1.2.3:80",
      "1.2.3.256:80", "1.2.3.04:80", "::1:80", "[::1]", "[::g]:1", "[1:2:3:4:5:6:7]:1", "[1::2::3]:1",
      "[1:2:3:4:5:6:7::8]:1",
      "example.com:80", "unix:/x",
    ])
  func noAddresses(text: String) {
    #expect(throws: SettingValueError.self) { try ListenAddress.parse(text) }
  }

  @Test(
    "web addresses",
    arguments: [
      ("https://hooks.example.com", "https://hooks.example.com"), ("HTTP://A.test:80/x/", "http://a.test:80/x"),
      ("http://[::1]:8080//", "http://[::1]:8080"), ("http://a_b/x?y=/z", "http://a_b/x?y=/z"),
    ])
  func urls(text: String, description: String) throws {
    #expect(try WebURL.parse(text).description == description)
  }

  @Test(
    "what is no web address",
    arguments: [
      "", "example.com", "ftp://a.test", "https://", "https:///x", "https://a.test:0", "https://a.test:x",
      "https://a b",
      "https://user:pw@a.test", "https://a.test/#x", "https://ä.test", "https://[::1", "https://::1/", "https://a..b",
    ])
  func noURLs(text: String) {
    #expect(throws: SettingValueError.self) { try WebURL.parse(text) }
  }

  @Test(
    "addresses that paths are appended to have no query",
    arguments: ["public.url", "provider.url", "provider.uploadUrl"])
  func noQuery(key: String) {
    #expect(
      load(file: .object([key: "https://a.test/?x=1"])).problems == [
        "file test.json: \(key): must not have a query (?…)"
      ])
  }

  @Test("numbers and booleans are exact", arguments: ["limits.fields", "spending.dailyCap", "results.save"])
  func scalars(key: String) throws {
    let flag = try #require(Setting.all.first { $0.key == key }?.flag)
    for text in ["", " 1", "+1", "-1", "1e3", "0x1", "yes", "TRUE", "nan", "inf"] {
      #expect(load(flags: [flag: text]).problems.count == 1, "\(text)")
    }
    for json: JSON in ["x", [], [:], -1] { #expect(load(file: .object([key: json])).problems.count == 1, "\(json)") }
  }
}
