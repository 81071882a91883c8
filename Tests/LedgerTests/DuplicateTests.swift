// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing

@testable import Callbacks
@testable import Ledger

@Suite("Repetitions") struct DuplicateTests {
  @Test func `a repeated end is acknowledged, not written, and changes nothing`() async throws {
    let disk = MemoryDisk()
    let house = try House(disk)
    let id = try await house.submit()
    await house.deliver(callback(for: id))
    let before = house.all
    #expect(await house.deliver(callback(for: id)) == .duplicate)
    #expect(house.ledger.counts.durableSeq == 2)
    #expect(house.ledger.counts.duplicates == 1)
    #expect(house.all == before)
    house.ledger.close()

    let again = try House(disk)
    #expect(await again.deliver(callback(for: id)) == .duplicate)
    #expect(again.all == before)
  }

  @Test func `two of a kind in one batch are both acknowledged and folded once`() async throws {
    let house = try House(MemoryDisk())
    let results = Mutex<[House.Delivery]>([])
    for _ in 0..<2 { house.hand(callback()) { delivery in results.withLock { $0.append(delivery) } } }
    house.ledger.flush()
    await house.deliver(callback("p-2", digest: 2))
    #expect(results.withLock { $0.map(\.isAcknowledged) } == [true, true])
    #expect(house.ledger.task(providerTaskID: "p-1")?.history.count == 1)
  }

  @Test func `repeated progress is known while it is recent, and folded once after reopening`() async throws {
    let disk = MemoryDisk()
    let house = try House(disk)
    let progress = callback("p-1", .generating, kind: .progress, progress: 10)
    await house.deliver(progress)
    #expect(await house.deliver(progress) == .duplicate)
    house.ledger.close()
    let again = try House(disk)
    #expect(await again.deliver(progress) == .stored([]))
    #expect(again.ledger.task(providerTaskID: "p-1")?.history.count == 1)
  }

  @Test func `the same body as progress and as completion is news twice`() async throws {
    let house = try House(MemoryDisk())
    await house.deliver(callback("p-1", .success, kind: .progress))
    #expect(house.ledger.task(providerTaskID: "p-1")?.state == .waiting)
    #expect(await house.deliver(callback("p-1", .success)).changes.map(\.isEnd) == [true])
  }

  @Test(arguments: [true, false]) func `a signature lifts the trust in a body that came unsigned`(
    reopens: Bool
  ) async throws {
    let disk = MemoryDisk()
    var house = try House(disk)
    let id = try await house.submit()
    await house.deliver(callback(for: id, trust: .hint, digest: 7))
    #expect(house.ledger.task(id)?.trust == .hint)
    if reopens {
      house.ledger.close()
      house = try House(disk)
    }
    let delivery = await house.deliver(callback(for: id, trust: .signed, digest: 7))
    #expect(delivery.changes.count == 1)
    #expect(house.ledger.task(id)?.trust == .signed)
    #expect(await house.deliver(callback(for: id, trust: .hint, digest: 7)) == .duplicate)
    #expect(await house.deliver(callback(for: id, trust: .signed, digest: 7)) == .duplicate)
    #expect(house.ledger.task(id)?.trust == .signed)
  }

  @Test func `a repetition while the file of its task is being written does not drop the task`() {
    func event(_ seq: UInt64, _ digest: UInt64) -> Event {
      let at = Timestamp(milliseconds: House.epoch)
      return Event(seq: seq, at: at, what: .callback(callback(digest: digest).news))
    }
    var book = Book()
    let id = book.apply(event(1, 1)).task
    _ = book.apply(event(2, 2))
    let before = book.task(id)
    let taken = book.takeUnwritten(limit: 9).compactMap { if case .inMemory(let task) = $0 { task } else { nil } }
    #expect(taken == [before])
    #expect(book.apply(event(3, 1), prepared: [id: taken[0]]).effect == .none)
    #expect(book.task(id) == before)
    book.failedToWrite([id])
    #expect(book.unwritten.count == 1)
    _ = book.takeUnwritten(limit: 9)
    book.wrote(id, at: 2)
    #expect(book.loaded.count == 0)
    #expect(book.apply(event(4, 2), prepared: [id: taken[0]]).effect == .none)
    #expect(book.loaded.count == 0)
  }

  @Test func `room that many tasks took is given back, and those that are left stay where they can be found`() {
    func event(_ number: Int, _ state: ProviderState, _ digest: UInt64) -> Event {
      let news = callback("p-\(number)", state, digest: digest).news
      return Event(seq: digest, at: Timestamp(milliseconds: House.epoch), what: .callback(news))
    }
    var book = Book()
    for number in 0..<6000 {
      let isOpen = number.isMultiple(of: 100)
      _ = book.apply(event(number, isOpen ? .generating : .success, UInt64(number + 1)))
    }
    let open = book.loaded.all.filter { !$0.state.isTerminal }
    book.compact()
    #expect(book.loaded.slots.count == 6000, "nobody has left")
    for task in book.takeUnwritten(limit: 6000) {
      if case .inMemory(let task) = task { book.wrote(task.id, at: task.seq) }
    }
    book.compact()
    #expect(open.count == 60 && book.loaded.slots.count == 60 && book.loaded.count == 60)
    for task in open { #expect(book.task(task.id) == task) }
    _ = book.apply(event(6001, .generating, 7000))
    #expect(book.apply(event(100, .success, 7001)).task == open[1].id)
    #expect(book.loaded.count == 61 && book.unwritten.count == 2)
  }

  @Test func `the ring of recent digests forgets the oldest first`() {
    var recent = RecentDigests()
    func news(_ digest: Int) -> CallbackNews { callback(digest: UInt64(digest)).news }
    for digest in 0...RecentDigests.capacity { recent.insert(news(digest)) }
    #expect(!recent.contains(news(0)))
    #expect(recent.contains(news(1)))
    #expect(recent.contains(news(RecentDigests.capacity)))
    recent.insert(news(0))
    #expect(recent.contains(news(0)))
    #expect(!recent.contains(news(1)))
  }

  @Test func `recent digests that crowd together are told apart, and the gaps they leave are closed`() {
    var recent = RecentDigests()
    // Few homes, some of them at the end of the table, so that every key is pushed on by others, also round the end.
    let keys = (0..<3 * RecentDigests.capacity).map { number in
      UInt64(number % 3 == 0 ? 2 * RecentDigests.capacity - 2 : 40 * (number % 97)) | UInt64(number + 1) << 32
    }
    func news(_ place: Int) -> CallbackNews { callback(digest: keys[place]).news }
    for place in 0..<600 { recent.insert(news(place)) }
    for place in 0..<600 { #expect(recent.contains(news(place))) }
    #expect(!recent.contains(news(600)))
    // The rest spread out: until the first 600 have left, one after the other.
    func spread(_ number: Int) -> CallbackNews {
      callback(digest: UInt64(number + 1) &* 0x9E37_79B9_7F4A_7C15).news
    }
    for number in 0..<RecentDigests.capacity {
      recent.insert(spread(number))
      let gone = number - (RecentDigests.capacity - 600)
      guard gone >= 0 else { continue }
      #expect(!recent.contains(news(gone)))
      if gone + 1 < 600 { #expect(recent.contains(news(gone + 1))) }
    }
    for number in 0..<RecentDigests.capacity { #expect(recent.contains(spread(number))) }
  }
}
