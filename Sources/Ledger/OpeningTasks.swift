// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// Tasks of which a replay has come across some callbacks and not yet across the end. What these make of the index is
/// plain enough to be done without the fold, so that the states of tasks that end later in the same replay are never
/// made: their lines are left in the journal. At the end of the replay what is still open is folded.
typealias OpeningTasks = NumberedValues<OpeningTask>

struct OpeningTask {
  /// So many callbacks may be known of one: each new one is held against all of them.
  private static let limit = 64

  /// Number of its lines among the deferred tasks.
  var lines = 0
  private let name: ShortName
  private(set) var hasModel: Bool
  private let firstDigest: UInt64
  private var otherDigests: [UInt64] = []

  /// `nil` if the name is too long.
  init?(_ news: CallbackGlance, _ piece: [UInt8]) {
    guard let name = ShortName(piece, news.name) else { return nil }
    self.name = name
    hasModel = news.model.map { !$0.isEmpty } ?? false
    firstDigest = news.end.digest
  }

  /// Whether the callback is about this task, beyond the hash of its name, and certainly no repetition.
  func isNews(_ news: CallbackGlance, _ piece: [UInt8]) -> Bool {
    news.end.digest != firstDigest && !otherDigests.contains(news.end.digest) && otherDigests.count < Self.limit - 1
      && ShortName(piece, news.name) == name
  }

  mutating func add(_ news: CallbackGlance) {
    if let model = news.model, !model.isEmpty { hasModel = true }
    otherDigests.append(news.end.digest)
  }
}

/// A name of up to 32 bytes, in place.
struct ShortName: Equatable {
  private let words: InlineArray<4, UInt64>
  private let count: Int

  /// `nil` if the name in the range is longer.
  init?(_ bytes: [UInt8], _ name: Range<Int>) {
    // There is more of the line behind it, so that it is read in words.
    guard name.count <= 32,
      let words = LineReader.read(bytes, 0..<bytes.count, { $0.words(name.lowerBound, count: name.count) })
    else { return nil }
    self.words = words
    count = name.count
  }

  static func == (a: ShortName, b: ShortName) -> Bool {
    a.count == b.count && a.words[0] == b.words[0] && a.words[1] == b.words[1] && a.words[2] == b.words[2]
      && a.words[3] == b.words[3]
  }
}

extension Book {
  /// Enters what a callback on the shared address tells, while its line and those before it stay in the journal.
  ///
  /// - Parameter place: where the line stands, which is in `piece`.
  /// - Returns: false, and nothing is changed, if the event must be folded: it is about a task that is known otherwise, or
  ///   may be a repetition.
  mutating func enter(
    _ id: TaskID, _ news: CallbackGlance, _ piece: [UInt8], seq: UInt64, at place: JournalPlace
  ) -> Bool {
    if let known = index.ordinal(ofKey: news.end.providerKey) { return goOn(known, news, piece, seq: seq, at: place) }
    if case .end = news.told {
      let ordinal = index.enter(id, news, piece, seq: seq)
      index.setDeferral(ordinal, deferred.add(place))
      unwritten.append(ordinal)
    } else {
      guard var task = OpeningTask(news, piece) else { return false }
      task.lines = deferred.add(place)
      let ordinal = index.enter(id, news, piece, seq: seq)
      index.setOpening(ordinal, opening.add(task))
      unwritten.append(ordinal)
    }
    return true
  }

  private mutating func goOn(
    _ ordinal: Int, _ news: CallbackGlance, _ piece: [UInt8], seq: UInt64, at place: JournalPlace
  ) -> Bool {
    guard let number = index.entries[ordinal].opening, opening[number].isNews(news, piece) else { return false }
    index.goOn(ordinal, news, piece, seq: seq, takesModel: !opening[number].hasModel)
    let lines = deferred.add(place, to: opening[number].lines)
    if case .end = news.told {
      opening.remove(number)
      index.setDeferral(ordinal, lines)
    } else {
      opening[number].lines = lines
      opening[number].add(news)
    }
    return true
  }
}
