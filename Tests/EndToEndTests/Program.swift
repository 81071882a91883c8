// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A file call or a peer that did what it must not do: ends the test.
struct Broken: Error, CustomStringConvertible {
  let description: String

  init(_ what: String) { description = what }

  static func call(_ name: String, _ number: Int32 = errno) -> Broken {
    Broken("\(name): \(String(cString: strerror(number)))")
  }
}

/// The built program.
enum Program {
  /// What `make test` has built; without it these tests are skipped.
  static let binary: String? = getenv("HOOKLEDGER_BINARY").map { String(cString: $0) }

  static func path() throws -> String {
    guard let binary else { throw Broken("HOOKLEDGER_BINARY is not set") }
    return binary
  }

  /// Runs a command to its end: its exit status, and what it printed on either stream.
  static func run(_ arguments: [String], _ environment: [String] = []) throws -> (status: Int32, output: String) {
    var log = try spawn([path()] + arguments, environment)
    var lines: [String] = []
    while let line = log.nextLine() { lines.append(line) }
    log.drain()
    return (try wait(for: log.process), lines.joined(separator: "\n"))
  }

  /// Starts a command that stays, and reads its log up to the line from which `ready` makes something.
  static func start<Ready>(
    _ arguments: [String], _ environment: [String], until ready: (String) throws -> Ready?
  ) throws -> (id: pid_t, ready: Ready) {
    var log = try spawn([path()] + arguments, environment)
    var lines: [String] = []
    while let line = log.nextLine() {
      lines.append(line)
      guard let found = try ready(line) else { continue }
      let rest = log
      onThread { rest.drain() }
      return (log.process, found)
    }
    log.drain()
    _ = try wait(for: log.process)
    throw Broken("'\(arguments[0])' does not start:\n\(lines.joined(separator: "\n"))")
  }

  /// Waits for the end: the exit status, or minus the signal that killed it. Who does not end within a minute is killed.
  static func wait(for process: pid_t) throws -> Int32 {
    let start = ContinuousClock.now
    var status: Int32 = 0
    while case let ended = waitpid(process, &status, WNOHANG), ended <= 0 {
      guard ended == 0 || errno == EINTR else { throw Broken.call("waitpid") }
      guard start.duration(to: .now) < .seconds(60) else {
        kill(process, SIGKILL)
        waitpid(process, &status, 0)
        throw Broken("process \(process) does not end")
      }
      usleep(1000)
    }
    let signal = status & 0x7f
    return signal == 0 ? (status >> 8) & 0xff : -signal
  }

  /// Starts a program, by its path, that writes to the log returned.
  ///
  /// - Parameter handed: A descriptor that the program gets as number 3; closed here.
  static func spawn(_ command: [String], _ environment: [String], handing handed: Int32? = nil) throws -> ProcessLog {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw Broken.call("pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    // Only the program may hold this end, or its own end would not be that of its log.
    defer { close(ends[1]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
    defer { if let handed { close(handed) } }
    if let handed { posix_spawn_file_actions_adddup2(&actions, handed, 3) }
    // This thread may be one that keeps signals away from itself.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var words = command.map { strdup($0) } + [nil]
    var variables = environment.map { strdup($0) } + [nil]
    defer { for text in words + variables { free(text) } }
    var process: pid_t = 0
    let error = posix_spawn(&process, command[0], &actions, &attributes, &words, &variables)
    guard error == 0 else {
      close(ends[0])
      throw Broken.call("posix_spawn", error)
    }
    return ProcessLog(process: process, descriptor: ends[0])
  }
}

/// What a process writes, line by line.
struct ProcessLog {
  let process: pid_t
  let descriptor: Int32
  private var pending: [UInt8] = []

  init(process: pid_t, descriptor: Int32) {
    self.process = process
    self.descriptor = descriptor
  }

  /// The next line; `nil` when the process has closed its end.
  mutating func nextLine() -> String? {
    while true {
      if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
        defer { pending.removeFirst(end + 1) }
        return String(decoding: pending[..<end], as: UTF8.self)
      }
      guard readMore() else {
        defer { pending = [] }
        return pending.isEmpty ? nil : String(decoding: pending, as: UTF8.self)
      }
    }
  }

  /// Reads on to the end, so that the process never waits for a reader, and closes.
  func drain() {
    var rest = self
    while rest.readMore() { rest.pending = [] }
    rest.close()
  }

  /// From now on nobody reads it.
  func close() { Glibc.close(descriptor) }

  private mutating func readMore() -> Bool {
    var buffer = [UInt8](repeating: 0, count: 4096)
    var count = read(descriptor, &buffer, buffer.count)
    while count < 0, errno == EINTR { count = read(descriptor, &buffer, buffer.count) }
    guard count > 0 else { return false }
    pending.append(contentsOf: buffer[..<count])
    return true
  }
}
