// SPDX-License-Identifier: Apache-2.0

import Glibc
import JSON

/// The built program as a server.
struct ServerProcess {
  static let hmacKey = "end-to-end-key"

  let id: pid_t
  let publicPort: UInt16
  let apiPort: UInt16

  /// Starts `serve`, on free ports unless the environment names others, and waits until both listeners are open.
  static func serve(data: String, _ arguments: [String] = [], _ environment: [String] = []) throws -> ServerProcess {
    let all =
      environment
      + [
        "HOOKLEDGER_PUBLIC_LISTEN=127.0.0.1:0", "HOOKLEDGER_API_LISTEN=127.0.0.1:0", "HOOKLEDGER_DATA_DIR=\(data)",
        "HOOKLEDGER_HMAC_KEYS=\(hmacKey)", "HOOKLEDGER_LOG_FORMAT=json",
      ].filter { standard in !environment.contains { $0.hasPrefix(standard.prefix { $0 != "=" } + "=") } }
    let (id, ports) = try Program.start(["serve"] + arguments, all) { line -> (UInt16, UInt16)? in
      guard let json = try? JSON.parse(Array(line.utf8)), json["message"]?.string == "listening",
        let open = json["metadata"]?["public"]?.string, let local = json["metadata"]?["api"]?.string
      else { return nil }
      return (try port(of: open), try port(of: local))
    }
    return ServerProcess(id: id, publicPort: ports.0, apiPort: ports.1)
  }

  func send(_ signal: Int32) { kill(id, signal) }

  /// Waits for the end: the exit status, or minus the signal that killed it.
  func end() throws -> Int32 { try Program.wait(for: id) }

  static func port(of address: some StringProtocol) throws -> UInt16 {
    guard let port = address.split(separator: ":").last.flatMap({ UInt16($0) }) else {
      throw Broken("no port in \(address)")
    }
    return port
  }
}
