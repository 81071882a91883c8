// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Reactor

@Suite("Listener and channel", .timeLimit(.minutes(5)))
struct ListenerTests {
  @Test(
    "port 0 binds a free port, tells it, and connections to it are accepted", arguments: ["127.0.0.1:0", "[::1]:0"])
  func accepts(text: String) throws {
    let loop = try Loop()
    let accepted = Accepted()
    let listener = try Listener(loop: loop, address: try #require(SocketAddress(text)), acceptor: accepted.accept)
    #expect(listener.address.port != 0)
    let client = try connect(to: listener.address)
    try loop.runTick()
    #expect(accepted.peers.map(\.host) == [listener.address.host])
    #expect(accepted.peers.first?.port != 0)
    // Without Nagle's delay, non-blocking and closed on exec.
    let number = try #require(accepted.numbers.first)
    var noDelay: Int32 = 0
    var length = socklen_t(4)
    getsockopt(number, Int32(IPPROTO_TCP), TCP_NODELAY, &noDelay, &length)
    #expect(noDelay == 1)
    #expect(fcntl(number, F_GETFL) & O_NONBLOCK != 0)
    #expect(fcntl(number, F_GETFD) & FD_CLOEXEC != 0)
    client.close()
    listener.close()
  }

  @Test("bytes go both ways, and a half-closed peer is the end of the stream")
  func bothWays() throws {
    let loop = try Loop()
    let accepted = Accepted()
    let listener = try Listener(loop: loop, address: .loopback(port: 0), acceptor: accepted.accept)
    let client = try connect(to: listener.address)
    try loop.runTick()
    var buffer = [UInt8](repeating: 0, count: 16)
    #expect(accepted.first { $0.receive(into: &buffer) } == .wouldBlock)
    write("ping", to: client)
    let bytes = Array("pong".utf8)
    #expect(accepted.first { $0.receive(into: &buffer) } == .bytes(4))
    #expect(accepted.first { $0.send(bytes.span) } == .bytes(4))
    shutdown(client.number, Int32(SHUT_WR))
    #expect(accepted.first { $0.receive(into: &buffer) } == .endOfStream)
    accepted.first { $0.shutdownWrite() }
    #expect(read(client.number, &buffer, 16) == 4)
    #expect(read(client.number, &buffer, 16) == 0)
    listener.close()
  }

  @Test("a reset by the peer fails the read and the write without a signal")
  func reset() throws {
    let loop = try Loop()
    let accepted = Accepted()
    let listener = try Listener(loop: loop, address: .loopback(port: 0), acceptor: accepted.accept)
    let client = try connect(to: listener.address)
    try loop.runTick()
    let recorder = Recorder()
    _ = try #require(accepted.first { try? loop.register($0.descriptor, .read, recorder) } ?? nil)
    var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
    setsockopt(client.number, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    client.close()
    try loop.runTick()
    #expect(recorder.events.map { $0.isBroken } == [true])
    var buffer = [UInt8](repeating: 0, count: 16)
    let bytes: [UInt8] = [1]
    #expect(accepted.first { $0.receive(into: &buffer) } == .failed(SystemError(call: "recv", code: ECONNRESET)))
    #expect(accepted.first { $0.send(bytes.span) } == .failed(SystemError(call: "send", code: EPIPE)))
    listener.close()
  }

  @Test("a flood of connections is taken in portions, one a tick")
  func bounded() throws {
    let loop = try Loop()
    let accepted = Accepted()
    let listener = try Listener(loop: loop, address: .loopback(port: 0), acceptor: accepted.accept)
    let clients = try (0..<Listener.acceptsPerTick + 1).map { _ in Held(try connect(to: listener.address)) }
    try loop.runTick()
    #expect(accepted.peers.count == Listener.acceptsPerTick)
    try loop.runTick()
    #expect(accepted.peers.count == clients.count)
    listener.close()
  }

  @Test("a paused listener leaves connections waiting until it resumes")
  func paused() throws {
    let loop = try Loop()
    let accepted = Accepted()
    let listener = try Listener(loop: loop, address: .loopback(port: 0), acceptor: accepted.accept)
    listener.pause()
    let client = try connect(to: listener.address)
    try loop.runTick(waitingAtMost: .zero)
    #expect(accepted.peers.isEmpty)
    listener.resume()
    try loop.runTick()
    #expect(accepted.peers.count == 1)
    client.close()
    listener.close()
  }

  @Test("a socket that is listening already is taken over")
  func adopted() throws {
    let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    let address = SocketAddress.loopback(port: 0)
    #expect(address.withSockaddr { bind(number, $0, $1) } == 0)
    #expect(listen(number, 16) == 0)
    let loop = try Loop()
    let accepted = Accepted()
    let listener = try Listener(loop: loop, adopting: Descriptor(owning: number), acceptor: accepted.accept)
    let client = try connect(to: listener.address)
    try loop.runTick()
    #expect(accepted.peers.count == 1)
    client.close()
    listener.close()
  }

  @Test("an address in use is an error that names the call")
  func addressInUse() throws {
    let loop = try Loop()
    let first = try Listener(loop: loop, address: .loopback(port: 0)) { _, _ in }
    #expect(throws: SystemError(call: "bind", code: EADDRINUSE)) {
      try Listener(loop: loop, address: first.address) { _, _ in }
    }
    first.close()
  }

  @Test("without free descriptors accepting rests instead of spinning, and goes on when one is free or after a while")
  func outOfDescriptors() async {
    await #expect(processExitsWith: .success) {
      // Other threads of the process open and close files of theirs now and then, and disturb that.
      var isAsItShouldBe = false
      for _ in 0..<50 where !isAsItShouldBe { isAsItShouldBe = try Starvation().isAsItShouldBe() }
      exit(isAsItShouldBe ? EXIT_SUCCESS : EXIT_FAILURE)
    }
  }

  @Test("accepting rests when a table of the process or of the system is full, not when a waiting connection is lost")
  func errors() {
    for code in [EMFILE, ENFILE, ENOBUFS, ENOMEM, EINVAL, EOPNOTSUPP] {
      #expect(!Listener.concernsOneConnection(code), "\(code)")
    }
    for code in [ECONNABORTED, EPROTO, ENETDOWN, EHOSTUNREACH, EPERM] {
      #expect(Listener.concernsOneConnection(code), "\(code)")
    }
  }

  @Test("closing a descriptor that somebody else has closed traps")
  func doubleClose() async {
    await #expect(processExitsWith: .failure) {
      let descriptor = Descriptor(owning: dup(0))
      Glibc.close(descriptor.number)
      descriptor.close()
    }
  }
}

@Suite("Socket address")
struct SocketAddressTests {
  @Test(
    "an address that can be written can be read, and comes out in one form",
    arguments: [
      ("127.0.0.1:8080", "127.0.0.1:8080", true),
      ("0.0.0.0:0", "0.0.0.0:0", false),
      (":8080", "0.0.0.0:8080", false),
      ("localhost:65535", "127.0.0.1:65535", true),
      ("127.255.0.1:1", "127.255.0.1:1", true),
      ("192.0.2.7:443", "192.0.2.7:443", false),
      ("[::1]:8080", "[::1]:8080", true),
      ("[::]:8080", "[::]:8080", false),
      ("[2001:DB8:0::1]:1", "[2001:db8::1]:1", false),
      ("[::ffff:127.0.0.1]:1", "[::ffff:127.0.0.1]:1", true),
      ("[::ffff:192.0.2.1]:1", "[::ffff:192.0.2.1]:1", false),
    ])
  func valid(text: String, canonical: String, isLoopback: Bool) throws {
    let address = try #require(SocketAddress(text))
    #expect(address.description == canonical)
    #expect(address.isLoopback == isLoopback)
    #expect(SocketAddress(canonical) == address)
  }

  @Test(
    "what is not an address with a port is refused",
    arguments: [
      "", ":", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1", "127.0.0.1: 1",
      "127.0.0.1:１", "127.0.0:1", "256.0.0.1:1", "::1:8080", "[::1]", "[::1]8080", "[::1:8080", "[]:1", "[127.0.0.1]:1",
      "example.com:80",
    ])
  func invalid(text: String) {
    #expect(SocketAddress(text) == nil)
  }
}

/// Keeps accepted connections open.
private final class Accepted {
  private var channels: [HeldChannel] = []
  var peers: [SocketAddress] = []
  var numbers: [Int32] { channels.map { $0.channel.descriptor.number } }

  func accept(_ connection: consuming Channel, _ peer: SocketAddress) {
    channels.append(HeldChannel(connection))
    peers.append(peer)
  }

  /// Does something with the first connection.
  func first<Result>(_ body: (borrowing Channel) throws -> Result) rethrows -> Result? {
    guard let held = channels.first else { return nil }
    return try body(held.channel)
  }
}

private final class HeldChannel {
  let channel: Channel

  init(_ channel: consuming Channel) {
    self.channel = channel
  }
}

/// A listener with three waiting connections in a process that runs out of descriptors.
private struct Starvation {
  let clock = TestClock()
  let loop: Loop
  let accepted = Accepted()
  let listener: Listener
  let clients: [Held]

  init() throws {
    loop = try Loop(clock: clock.loopClock)
    listener = try Listener(loop: loop, address: .loopback(port: 0), acceptor: accepted.accept)
    let address = listener.address
    clients = try (0..<3).map { _ in Held(try connect(to: address)) }
  }

  func isAsItShouldBe() throws -> Bool {
    defer { listener.close() }
    let highest = dup(0)
    close(highest)
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    let before = limit.rlim_cur
    func limitDescriptors(to count: rlim_t) {
      limit.rlim_cur = count
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
    limitDescriptors(to: rlim_t(highest) + 8)
    var fillers: [Int32] = []
    while case let filler = dup(0), filler >= 0 { fillers.append(filler) }
    defer {
      limitDescriptors(to: before)
      for filler in fillers { close(filler) }
    }

    guard try comesTo(accepted: 0, starvations: 1) else { return false }
    // Still none after the rest: one more try, no spin.
    clock.advance(by: Listener.rest)
    guard try comesTo(accepted: 0, starvations: 2), let filler = fillers.popLast() else { return false }
    // One is free: one connection is taken before it rests again.
    close(filler)
    listener.descriptorFreed()
    guard try comesTo(accepted: 1, starvations: 3) else { return false }
    limitDescriptors(to: before)
    clock.advance(by: Listener.rest)
    return try comesTo(accepted: 3, starvations: 3)
  }

  private func comesTo(accepted: Int, starvations: Int) throws -> Bool {
    for _ in 0..<100 { try loop.runTick(waitingAtMost: .zero) }
    return self.accepted.peers.count == accepted && listener.starvations == starvations
  }
}
