// SPDX-License-Identifier: Apache-2.0

internal import Synchronization
internal import Threads

extension Ledger {
  /// Looks whether the disk works again after a write that failed, without an entry and without waiting: makes ready
  /// what the next batch needs. If that goes well, `counts.failure` is gone, and the observers are told of an empty commit;
  /// otherwise it tells the newest reason.
  ///
  /// A failed batch is not tried again by itself, for it was refused. So without this a ledger that nobody writes to
  /// would never hear that there is room again.
  package func probe() {
    guard core.withLock({ $0.counts.failure != nil && !$0.isClosed }) else { return }
    journal.async { self.retry() }
  }

  private func retry() {
    guard core.withLock({ $0.counts.failure != nil && !$0.isClosed }) else { return }
    // What is waiting already goes first; its numbers are then those of the segment.
    let firstSeq = intake.withLock { $0.batch.events.first?.seq ?? $0.nextSeq }
    do throws(DiskError) {
      try writer.withLock { (writer) throws(DiskError) in try writer.prepare(firstSeq: firstSeq) }
      core.withLock { $0.counts.failure = nil }
      for observer in observers.withLock({ $0 }) { observer.ledgerDid(Commit()) }
    } catch {
      core.withLock { $0.counts.failure = error }
    }
  }
}
