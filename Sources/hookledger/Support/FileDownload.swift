// SPDX-License-Identifier: Apache-2.0

import HTTPClient
import OpenSSL
import Receiver
import Synchronization

/// Writes a download beside its place, and puts it there when it is whole.
struct FileDownload {
  let path: String
  /// What the server says about the size; nil if it says nothing.
  let expectedBytes: Int64?
  /// In hex; nil if the server says nothing of it.
  let expectedSHA256: String?

  /// The file that is being written, and what went wrong with it. The client's thread writes, the command reads after it.
  private final class Partial: Sendable {
    struct State: Sendable {
      var received: Int64 = 0
      var hash = SHA256()
      var failure: System.Failure?
      var renderer = ProgressRenderer(style: Console.standard.errors)
    }

    let descriptor: Int32
    let state = Mutex(State())

    init(descriptor: Int32) {
      self.descriptor = descriptor
    }
  }

  /// Runs the transfer that `fetch` makes into the sink it is given.
  func run(_ fetch: (DownloadSink) async throws(CommandError) -> Void) async throws(CommandError) {
    let temporary = path + ".part"
    let partial: Partial
    do throws(System.Failure) {
      partial = Partial(descriptor: try System.create(temporary))
    } catch {
      throw CommandError("cannot write \(temporary): \(error)")
    }
    let transfer = await result { () throws(CommandError) in try await fetch(sink(of: partial)) }
    Console.standard.writeError(partial.state.withLock { $0.renderer.finish() })
    do throws(CommandError) {
      try finish(partial, transfer, temporary)
    } catch {
      System.remove(temporary)
      throw error
    }
  }

  private func sink(of partial: Partial) -> DownloadSink {
    let start = ContinuousClock.now
    let (name, total) = (path, expectedBytes)
    return DownloadSink(
      head: { _, offset in offset == 0 },
      bytes: { piece, received in
        partial.state.withLock { state in
          do throws(System.Failure) {
            try System.write(piece, to: partial.descriptor)
          } catch {
            state.failure = error
            return false
          }
          state.hash.update(piece)
          state.received = received
          guard Console.standard.errors.isInteractive else { return true }
          let percent = total.flatMap { $0 > 0 ? Int(Double(received) / Double($0) * 100) : nil }
          let progress = Progress(state: name, percent: percent, elapsed: start.duration(to: .now))
          Console.standard.writeError(state.renderer.update(progress))
          return true
        }
      })
  }

  private func finish(
    _ partial: Partial, _ transfer: Result<Void, CommandError>, _ temporary: String
  ) throws(CommandError) {
    let (received, hash, failure) = partial.state.withLock { ($0.received, $0.hash, $0.failure) }
    do throws(System.Failure) {
      try System.close(checking: partial.descriptor)
      if let failure { throw failure }
    } catch {
      throw CommandError("cannot write \(temporary): \(error)")
    }
    try transfer.get()
    if let expectedBytes, expectedBytes != received {
      throw CommandError("\(path): \(received) of \(expectedBytes) bytes came")
    }
    if let expectedSHA256, Hex.encode(hash.finalize().span) != expectedSHA256 {
      throw CommandError("\(path): what came is not what the server saved: the SHA-256 differs")
    }
    do throws(System.Failure) {
      try System.rename(temporary, to: path)
    } catch {
      throw CommandError("cannot write \(path): \(error)")
    }
  }
}

/// The outcome of a call as a value, for what must be done after it in either case.
private func result(
  _ body: () async throws(CommandError) -> Void
) async -> Result<Void, CommandError> {
  do throws(CommandError) {
    return .success(try await body())
  } catch {
    return .failure(error)
  }
}
