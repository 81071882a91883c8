// SPDX-License-Identifier: Apache-2.0

import Glibc

/// `openssl s_server` with certificates made for the occasion, in a folder of its own.
final class TLSPeer {
  let port: Int
  /// PEM of the authority that signed the peer's certificate.
  let caFile: String
  private let folder: String
  private let server: pid_t

  /// - Parameters:
  ///   - name: the subject alternative name, such as `IP:127.0.0.1`.
  ///   - options: further options for `s_server`.
  /// - Returns: `nil` where there is no `openssl` program.
  init?(name: String, options: [String] = []) {
    var template = Array("/tmp/hookledger-tls-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { return nil }
    folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    caFile = folder + "/ca.pem"
    let certificate = folder + "/leaf.pem"
    let extensions = folder + "/leaf.ext"
    guard let file = fopen(extensions, "w") else { return nil }
    fputs("subjectAltName=\(name)\n", file)
    fclose(file)
    let ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    let steps: [[String]] = [
      ["req", "-x509"] + ec + [
        "-keyout", folder + "/ca.key", "-out", caFile, "-subj", "/CN=Test authority", "-days", "2",
      ],
      ["req"] + ec + ["-keyout", folder + "/leaf.key", "-out", folder + "/leaf.csr", "-subj", "/CN=Test peer"],
      [
        "x509", "-req", "-in", folder + "/leaf.csr", "-CA", caFile, "-CAkey", folder + "/ca.key", "-CAcreateserial",
        "-out", certificate, "-days", "2", "-extfile", extensions,
      ],
    ]
    for step in steps where waitForExit(start(step)) != 0 { return nil }
    port = freePort()
    server = start(
      [
        "s_server", "-www", "-quiet", "-accept", "127.0.0.1:\(port)", "-cert", certificate, "-key",
        folder + "/leaf.key",
      ]
        + options)
    guard server > 0, waitUntilListening(on: port) else { return nil }
  }

  deinit {
    // The threads of the test runner block SIGTERM, and a child inherits that.
    kill(server, SIGKILL)
    _ = waitForExit(server)
    for name in ["ca.pem", "ca.key", "ca.srl", "leaf.pem", "leaf.key", "leaf.csr", "leaf.ext"] {
      unlink("\(folder)/\(name)")
    }
    rmdir(folder)
  }
}

/// Starts `openssl` with its output thrown away; -1 where there is none.
private func start(_ arguments: [String]) -> pid_t {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  for descriptor: Int32 in 0...2 { posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0) }
  var pid: pid_t = -1
  var words = (["openssl"] + arguments).map { strdup($0) } + [nil]
  defer { for word in words { free(word) } }
  let status = posix_spawnp(&pid, "openssl", &actions, nil, &words, environ)
  return status == 0 ? pid : -1
}

private func waitForExit(_ pid: pid_t) -> Int32 {
  guard pid > 0 else { return -1 }
  var status: Int32 = 0
  while waitpid(pid, &status, 0) == -1 && errno == EINTR {}
  return status
}

/// A port that was free a moment ago.
private func freePort() -> Int {
  let peer = ScriptedPeer()
  peer.stop()
  return peer.port
}

/// Connects until somebody answers; the program has no other way to say that it is ready.
private func waitUntilListening(on port: Int) -> Bool {
  for _ in 0..<500 {
    if canConnect(to: port) { return true }
    usleep(10_000)
  }
  return false
}
