// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import OpenSSL

/// The HMAC-SHA256 cases of C2SP/wycheproof, which live outside the repository.
@Suite struct WycheproofTests {
  @Test func `Wycheproof tags come out and its forgeries do not`() throws {
    let path = directory + "/wycheproof_hmac_sha256_test.json"
    guard let file = try? bytes(ofFile: path) else {
      print("SKIPPED: no \(path); set HOOKLEDGER_TESTDATA to the directory that holds it")
      return
    }
    var counts = (valid: 0, invalid: 0)
    var key = ""
    var message = ""
    var tag = ""
    // The file has one member a line, in this order.
    for line in String(decoding: file, as: UTF8.self).split(separator: "\n") {
      let parts = line.split(separator: "\"")
      guard parts.count >= 3 else { continue }
      let value = parts.count > 3 ? String(parts[3]) : ""
      switch parts[1] {
      case "key": key = value
      case "msg": message = value == "," ? "" : value
      case "tag": tag = value
      case "result":
        let isValid = value == "valid"
        let keyBytes = try #require(Hex.decode(key))
        let computed = hmac(HMACKey(keyBytes), try #require(Hex.decode(message)))
        #expect(computed.hasPrefix(tag) == isValid)
        counts = isValid ? (counts.valid + 1, counts.invalid) : (counts.valid, counts.invalid + 1)
      default: break
      }
    }
    #expect(counts.valid > 50 && counts.invalid > 50)
  }

  private var directory: String {
    getenv("HOOKLEDGER_TESTDATA").map { String(cString: $0) } ?? "../shared/testdata"
  }
}

private func bytes(ofFile path: String) throws -> [UInt8] {
  struct Unreadable: Error {}
  guard let file = fopen(path, "r") else { throw Unreadable() }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65_536)
  while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
  return bytes
}
