// SPDX-License-Identifier: Apache-2.0

import Glibc
import JSON
import TLSTesting
import Testing

/// The built program and what surrounds it: the service manager, signals, limits.
@Suite(
  .serialized, .timeLimit(.minutes(5)),
  .enabled(if: Program.binary != nil, "HOOKLEDGER_BINARY names no program: 'make test' builds one and sets it"))
struct EdgeTests {
  /// Runs with a data folder that is gone afterwards.
  private func withFolder(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/hookledger-edge-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Broken.call("mkdtemp") }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { _ = system("rm -rf \(path)") }
    try body(path)
  }

  /// Sends a signed callback and answers its status.
  private func deliver(_ task: String, _ port: UInt16) throws -> Int {
    let connection = try ClientConnection(port: port)
    try connection.send(ManagedServer.callback(for: task))
    return try connection.receive().status
  }

  @Test func `the service manager hears of the start, the reloading and the stop`() throws {
    try withFolder { folder in
      let server = try ManagedServer(data: folder)
      #expect(server.notification().hasPrefix("READY=1\nSTATUS=callbacks on 127.0.0.1:\(server.publicPort)"))
      server.send(SIGHUP)
      let reloading = server.notification()
      #expect(reloading.hasPrefix("RELOADING=1\nMONOTONIC_USEC="))
      let since = try #require(UInt64(reloading.dropFirst(27).dropLast()))
      var now = timespec()
      clock_gettime(CLOCK_MONOTONIC, &now)
      #expect(since > 0 && since <= UInt64(now.tv_sec) * 1_000_000 + UInt64(now.tv_nsec) / 1000)
      #expect(server.notification() == "READY=1\n")
      server.send(SIGTERM)
      #expect(server.notification() == "STOPPING=1\n")
      #expect(try server.end() == 0)
    }
  }

  @Test func `a listening socket that is handed over is the public listener, with what waits in it`() throws {
    try withFolder { folder in
      let (listener, port) = try listeningSocket()
      let early = try ClientConnection(port: port)
      try early.send(ManagedServer.callback(for: "early"))
      let server = try ManagedServer(data: folder, listener: listener)
      #expect(server.publicPort == port)
      #expect(try early.receive().status == 200)
      #expect(try ClientConnection(port: server.apiPort).get("/api/v1/tasks/early").status == 200)
      server.send(SIGTERM)
      #expect(try server.end() == 0)
    }
  }

  @Test func `a limit on file sizes is a 503, and when it is lifted the server is ready by itself`() throws {
    try withFolder { folder in
      let server = try ManagedServer(data: folder)
      #expect(try deliver("before", server.publicPort) == 200)
      try limitFiles(of: server.id, to: "0")
      #expect(try deliver("refused", server.publicPort) == 503)
      // A request that is turned away is written on another thread.
      let stranger = try ClientConnection(port: server.publicPort)
      try stranger.send(Array("POST /callbacks HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}".utf8))
      #expect(try stranger.receive().status == 400)
      let probe = try ClientConnection(port: server.apiPort)
      #expect(try probe.get("/readyz").status == 503)
      try limitFiles(of: server.id, to: "unlimited")
      // Nothing is sent to be written: the server finds out alone. A server that does not ends this by the time limit.
      while try probe.get("/readyz").status != 200 { usleep(50_000) }
      #expect(try deliver("refused", server.publicPort) == 200)
      #expect(try server.logged("callbacks could not be kept")["reason"]?.string?.contains("pwrite") == true)
      #expect(try server.logged("callbacks are kept again")["answeredUnavailable"] == "1")
      #expect(try probe.get("/api/v1/tasks/before").status == 200)
      server.send(SIGTERM)
      #expect(try server.end() == 0)
      let again = try ManagedServer(data: folder)
      for task in ["before", "refused"] {
        #expect(try ClientConnection(port: again.apiPort).get("/api/v1/tasks/\(task)").status == 200)
      }
      again.send(SIGTERM)
      #expect(try again.end() == 0)
    }
  }

  /// Sets the soft limit, as prlimit(1) of util-linux does.
  private func limitFiles(of process: pid_t, to bytes: String) throws {
    guard system("prlimit --pid \(process) --fsize=\(bytes):unlimited") == 0 else { throw Broken("prlimit fails") }
  }

  @Test func `a log that nobody reads any more ends nothing`() throws {
    try withFolder { folder in
      let server = try ManagedServer(data: folder)
      server.closeLog()
      for _ in 0..<3 {
        let connection = try ClientConnection(port: server.publicPort)
        try connection.send(Array("GET / HTTP/9.9\r\n\r\n".utf8))
        #expect(try connection.receive().status == 505)
      }
      #expect(try deliver("task", server.publicPort) == 200)
      server.send(SIGTERM)
      #expect(try server.end() == 0)
    }
  }

  @Test func `a second SIGTERM does not wait for a request that is under way`() throws {
    try withFolder { folder in
      let server = try ManagedServer(data: folder)
      let slow = try ClientConnection(port: server.publicPort)
      // The answer to the first shows that the second, whose body does not come, is being read.
      try slow.send(
        Array(
          "GET /livez HTTP/1.1\r\nHost: h\r\n\r\nPOST /callbacks HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n".utf8)
      )
      #expect(try slow.receive().status == 200)
      server.send(SIGTERM)
      #expect(server.notification().hasPrefix("READY=1"))
      #expect(server.notification() == "STOPPING=1\n")
      server.send(SIGTERM)
      // Left to itself it would be answered with 408 when the body's time is over.
      #expect(throws: Broken.self) { try slow.receive() }
      #expect(try server.end() == 0)
    }
  }

  @Test func `who asks in the middle of the stop hears that it is not ready`() throws {
    try withFolder { folder in
      let server = try ManagedServer(data: folder)
      let probe = try ClientConnection(port: server.apiPort)
      // The answer to the first shows that the second is being read.
      try probe.send(Array("GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /readyz HTTP/1.1\r\n".utf8))
      #expect(try probe.receive().status == 200)
      server.send(SIGTERM)
      #expect(server.notification().hasPrefix("READY=1"))
      #expect(server.notification() == "STOPPING=1\n")
      #expect(throws: Broken.self) { try ClientConnection(port: server.publicPort).get("/livez") }
      try probe.send(Array("Host: 127.0.0.1\r\n\r\n".utf8))
      let answer = try probe.receive()
      #expect(answer.status == 503)
      #expect(answer.text == "not ready\n")
      #expect(try server.end() == 0)
    }
  }

  @Test func `a watchdog hears of the server again and again`() throws {
    try withFolder { folder in
      let server = try ManagedServer(data: folder, settings: ["WATCHDOG_USEC=200000"])
      #expect(server.notification().hasPrefix("READY=1"))
      for _ in 0..<5 { #expect(server.notification() == "WATCHDOG=1\n") }
      server.send(SIGTERM)
      #expect(try server.end() == 0)
    }
  }

  @Test func `a new certificate is shown from SIGHUP on, and a connection with the old one goes on`() throws {
    try withFolder { folder in
      let first = try TestIdentity(), second = try TestIdentity(), other = try TestIdentity()
      let chain = folder + "/chain.pem", key = folder + "/key.pem"
      func install(_ identity: TestIdentity, key keyOf: TestIdentity) throws {
        guard system("cp \(identity.certificate) \(chain) && cp \(keyOf.privateKey) \(key)") == 0 else {
          throw Broken("cp fails")
        }
      }
      try install(first, key: first)
      let server = try ManagedServer(
        data: folder + "/data", settings: ["HOOKLEDGER_TLS_CERTIFICATE=\(chain)", "HOOKLEDGER_TLS_PRIVATE_KEY=\(key)"])
      let old = try SecureConnection(port: server.publicPort, root: first.root)
      #expect(try old.deliver("before") == 200)
      try install(second, key: second)
      server.send(SIGHUP)
      _ = try server.logged("certificate read again")
      #expect(throws: Broken.self) { try SecureConnection(port: server.publicPort, root: first.root) }
      #expect(try SecureConnection(port: server.publicPort, root: second.root).deliver("new") == 200)
      #expect(try old.deliver("old") == 200)
      // A pair that does not fit changes nothing.
      try install(other, key: first)
      server.send(SIGHUP)
      _ = try server.logged("the certificate in use stays")
      #expect(try SecureConnection(port: server.publicPort, root: second.root).deliver("after") == 200)
      #expect(try old.deliver("still") == 200)
      server.send(SIGTERM)
      #expect(try server.end() == 0)
    }
  }

  @Test func `a limit of open files that is too low for any service is told at the start`() throws {
    try withFolder { folder in
      let error = #expect(throws: Broken.self) { try ManagedServer(data: folder, shell: "ulimit -n 64") }
      #expect(error?.description.contains("the limit of open files is 64, and 272 are needed at least") == true)
    }
  }

  @Test func `it takes as many descriptors as the system allows, and no flood of connections takes them all`() throws {
    try withFolder { folder in
      let server = try ManagedServer(data: folder, shell: "ulimit -S -n 100; ulimit -H -n 300")
      let flood = try (0..<350).map { _ in try ClientConnection(port: server.publicPort) }
      try flood[0].send(ManagedServer.callback(for: "first"))
      #expect(try flood[0].receive().status == 200)
      // As many as there are descriptors for beside those of the program, and no more.
      try flood[40].send(ManagedServer.callback(for: "late"))
      #expect(try flood[40].receive().status == 200)
      for _ in 0..<20 { #expect(try ClientConnection(port: server.apiPort).get("/api/v1/tasks/late").status == 200) }
      #expect(try ClientConnection(port: server.apiPort).get("/readyz").status == 200)
      server.send(SIGTERM)
      #expect(try server.end() == 0)
      withExtendedLifetime(flood) {}
    }
  }
}
