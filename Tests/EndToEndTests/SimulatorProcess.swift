// SPDX-License-Identifier: Apache-2.0

import Glibc
import JSON

/// The built program in the place of the provider.
struct SimulatorProcess {
  let id: pid_t
  let port: UInt16

  /// Starts `simulate` on a free port and waits until it listens.
  static func simulate(speed: Int, faults: [String] = [], seed: Int = 7) throws -> SimulatorProcess {
    let arguments = [
      "simulate", "--listen", "127.0.0.1:0", "--hmac-key", ServerProcess.hmacKey, "--speed", "\(speed)", "--seed",
      "\(seed)",
    ]
    let (id, port) = try Program.start(arguments + faults.flatMap { ["--fault", $0] }, []) { line -> UInt16? in
      guard line.hasPrefix("simulating the provider on http://"), let address = line.split(separator: ",").first
      else { return nil }
      return try ServerProcess.port(of: address)
    }
    return SimulatorProcess(id: id, port: port)
  }

  /// What it did so far.
  func book() throws -> ProviderBook {
    let answer = try ClientConnection(port: port).get("/simulator/book")
    return try ProviderBook(JSON.parse(answer.body))
  }
}

extension SimulatorProcess {
  /// Whether every task has ended, so many of its completion callbacks were sent, and no callback is to be tried again.
  func isQuiet(completions: Int) throws -> Bool {
    let book = try book()
    return book.open == 0
      && book.tasks.allSatisfy { $0.state == "success" && book.completions[$0.taskID] == completions }
  }
}

/// The simulator's own account.
struct ProviderBook {
  struct Entry {
    let taskID: String
    /// The id of the submission that its callback address names.
    let submission: String
    let state: String
    let faults: [String]
    let downloads: Int
    /// Requests for files that only a changed callback named.
    let decoyDownloads: Int
  }

  let tasks: [Entry]
  /// Addresses that more than one task was created with: each of them is a task paid twice.
  let repeated: [String]
  /// Refused creates by code.
  let refusals: [String: Int]
  /// All charges less the refunds, as it is written.
  let spent: JSON
  let callbacks: Int
  /// Callbacks that were not taken yet and not given up either.
  let open: Int
  /// Completion callbacks by task.
  let completions: [String: Int]

  init(_ json: JSON) throws {
    guard let tasks = json["tasks"]?.array, let spent = json["spent"], let refusals = json["refusals"]?.object,
      let repeated = json["repeatedCallBackUrls"]?.array, let callbacks = json["callbacks"]?.array
    else { throw Broken("this is no book: \(json)") }
    self.tasks = try tasks.map { try Entry($0) }
    self.spent = spent
    self.callbacks = callbacks.count
    completions = callbacks.reduce(into: [:]) { counts, callback in
      if callback["kind"] == "completion", let task = callback["taskId"]?.string { counts[task, default: 0] += 1 }
    }
    // After the fourth try the simulator gives up.
    open = callbacks.count { callback in
      let tries = callback["attempts"]?.array ?? []
      return tries.last != 200 && (tries.count < 4 || tries.last == .null)
    }
    self.repeated = repeated.compactMap(\.string)
    self.refusals = refusals.reduce(into: [:]) { $0[$1.key] = $1.value.int.map(Int.init) }
  }
}

extension ProviderBook.Entry {
  init(_ json: JSON) throws {
    guard let taskID = json["taskId"]?.string, let state = json["state"]?.string,
      let address = json["callBackUrl"]?.string, let token = address.split(separator: "/").last,
      let faults = json["faults"]?.array, let downloads = json["downloads"]?.int,
      let decoys = json["decoyDownloads"]?.int
    else { throw Broken("this is no entry of a book: \(json)") }
    self.taskID = taskID
    self.state = state
    self.faults = faults.compactMap(\.string)
    self.downloads = Int(downloads)
    decoyDownloads = Int(decoys)
    submission = "tsk_" + token.prefix { $0 != "." }
  }
}
