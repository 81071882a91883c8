// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// The index at one moment, so that a start need not read the whole journal. It can always be made anew; a missing or
/// damaged one only makes the start slower.
///
/// Little-endian: magic, seq, the names of stages and models, the entries of eight words each, the idempotency keys, the
/// balances, CRC-32C of all before.
/// When it is written, the files of all tasks changed up to `seq` have been synced.
struct Checkpoint {
  var seq: UInt64
  var index: TaskIndex
  var idempotencyKeys: [String: TaskID]
  var balances: Balances

  private static let entrySize = 64
  private static let magic = Array("hookledger index 4\n".utf8)

  // MARK: - Writing

  func bytes() -> [UInt8] {
    var bytes = Self.magic
    bytes.reserveCapacity(index.count * Self.entrySize + 4096)
    bytes.appendInteger(seq)
    bytes.appendStrings(index.stages.all)
    bytes.appendStrings(index.models.all)
    bytes.appendInteger(UInt64(index.count))
    bytes.append(room: index.count * Self.entrySize) { writer in
      for entry in index.entries { writer.append(littleEndian: entry.words) }
    }
    bytes.appendInteger(UInt64(idempotencyKeys.count))
    for (key, task) in idempotencyKeys {
      bytes.appendString(key)
      bytes.appendInteger(task.high)
      bytes.appendInteger(task.low)
    }
    bytes.appendInteger(UInt64(balances.days.count))
    for day in balances.days.values {
      bytes.appendReading(day.first)
      bytes.appendReading(day.last)
    }
    bytes.appendInteger(checksum(bytes, 0..<bytes.count))
    return bytes
  }

  // MARK: - Reading

  /// What the book holds once everything up to `seq` has been folded.
  init(seq: UInt64, _ book: borrowing Book) {
    self.seq = seq
    index = book.index.listing
    idempotencyKeys = book.idempotencyKeys
    balances = book.balances
  }

  init?(_ bytes: [UInt8]) {
    guard bytes.count > Self.magic.count + 4, bytes.starts(with: Self.magic) else { return nil }
    var input = Input(bytes: bytes, place: bytes.count - 4)
    guard let sum: UInt32 = input.integer(), sum == checksum(bytes, 0..<bytes.count - 4) else { return nil }
    input.place = Self.magic.count
    guard let seq: UInt64 = input.integer(), let stages = input.strings(), let models = input.strings(),
      let count: UInt64 = input.integer(), count <= UInt64(bytes.count / Self.entrySize)
    else { return nil }
    self.seq = seq
    index = TaskIndex()
    index.restore(stages: stages, models: models)
    index.reserve(Int(count))
    for _ in 0..<count {
      guard let entry = input.entry() else { return nil }
      index.restore(entry)
    }
    idempotencyKeys = [:]
    guard let keys: UInt64 = input.integer() else { return nil }
    for _ in 0..<keys {
      guard let key = input.string(), let high: UInt64 = input.integer(), let low: UInt64 = input.integer() else {
        return nil
      }
      idempotencyKeys[key] = TaskID(high: high, low: low)
    }
    guard let readings = input.balances() else { return nil }
    balances = readings
  }

  private struct Input {
    let bytes: [UInt8]
    var place: Int

    mutating func integer<Value: FixedWidthInteger>() -> Value? {
      let width = Value.bitWidth / 8
      guard place + width <= bytes.count else { return nil }
      var value: Value = 0
      for byte in 0..<width { value |= Value(truncatingIfNeeded: bytes[place + byte]) << Value(byte * 8) }
      place += width
      return value
    }

    mutating func string() -> String? {
      guard let length: UInt32 = integer(), place + Int(length) <= bytes.count else { return nil }
      defer { place += Int(length) }
      return String(decoding: bytes[place..<place + Int(length)], as: UTF8.self)
    }

    mutating func strings() -> [String]? {
      guard let count: UInt32 = integer() else { return nil }
      var all: [String] = []
      for _ in 0..<count {
        guard let text = string() else { return nil }
        all.append(text)
      }
      return all
    }

    mutating func entry() -> TaskIndex.Entry? {
      guard place + Checkpoint.entrySize <= bytes.count else { return nil }
      defer { place += Checkpoint.entrySize }
      return TaskIndex.Entry(words: littleEndianWords(bytes, at: place))
    }

    mutating func balances() -> Balances? {
      guard let count: UInt64 = integer() else { return nil }
      var days: [UTCDay: Balances.Day] = [:]
      for _ in 0..<count {
        guard let first = reading(), let last = reading() else { return nil }
        days[UTCDay(first.at)] = Balances.Day(first: first, last: last)
      }
      return Balances(days: days)
    }

    private mutating func reading() -> BalanceReading? {
      guard let at: Int64 = integer(), let credits: Int128 = integer() else { return nil }
      return BalanceReading(at: Timestamp(milliseconds: at), credits: CreditAmount(millionths: credits))
    }
  }
}

extension [UInt8] {
  fileprivate mutating func appendInteger(_ value: some FixedWidthInteger) {
    for byte in 0..<value.bitWidth / 8 { append(UInt8(truncatingIfNeeded: value >> (byte * 8))) }
  }

  fileprivate mutating func appendString(_ text: String) {
    appendInteger(UInt32(text.utf8.count))
    append(contentsOf: text.utf8)
  }

  fileprivate mutating func appendStrings(_ texts: [String]) {
    appendInteger(UInt32(texts.count))
    for text in texts { appendString(text) }
  }

  fileprivate mutating func appendReading(_ reading: BalanceReading) {
    appendInteger(reading.at.milliseconds)
    appendInteger(reading.credits.millionths)
  }
}

extension TaskIndex.Entry {
  /// All that outlives the process. The other half of the word with the flags is free.
  fileprivate var words: InlineArray<8, UInt64> {
    let day = UInt64(UInt32(bitPattern: charge?.day.number ?? .min))
    let names = UInt64(stage) | UInt64(model) << 16 | UInt64(flags.rawValue) << 32
    return [
      id.high, id.low, seq, providerKey, endDigest, UInt64(joinedTo) | day << 32,
      UInt64(bitPattern: charge?.millionths ?? 0), names,
    ]
  }

  fileprivate init(words: InlineArray<8, UInt64>) {
    let day = Int32(bitPattern: UInt32(words[5] >> 32))
    self.init(
      id: TaskID(high: words[0], low: words[1]), seq: words[2], providerKey: words[3], endDigest: words[4],
      stage: UInt16(truncatingIfNeeded: words[7]), model: UInt16(truncatingIfNeeded: words[7] >> 16),
      flags: TaskIndex.Flags(rawValue: UInt8(truncatingIfNeeded: words[7] >> 32)),
      joinedTo: UInt32(truncatingIfNeeded: words[5]),
      charge: day == .min ? nil : Charge(day: UTCDay(number: day), millionths: Int64(bitPattern: words[6])))
  }
}

extension Disk {
  /// Replaces a file so that a crash at any moment leaves the old or the new one, and a power cut later the new one:
  /// write aside, sync, rename, sync the directory.
  func replace(_ path: String, in directory: String, with bytes: [UInt8]) throws(DiskError) {
    let draft = path + ".new"
    let file = try open(draft, .replace)
    do {
      try write(bytes, to: file, at: 0)
      try synchronize(file)
    } catch {
      close(file)
      throw error
    }
    close(file)
    try rename(draft, to: path)
    try synchronizeDirectory(directory)
  }
}
