// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// Where each task stands, in a few dozen bytes a task: what a list, a look-up and a repetition need without opening
/// the task's file.
///
/// Entries stand in the order in which the tasks became known and never move, so an entry's ordinal is a stable cursor.
struct TaskIndex {
  struct Entry {
    var id: TaskID
    /// Number of the last event folded into the task: a file that is older is not the task's.
    var seq: UInt64
    /// `TaskIndex.key` of the provider's id; 0 while there is none.
    var providerKey: UInt64
    /// Digest of the last completion callback for the task; 0 while there is none.
    var endDigest: UInt64
    /// Place in `stages`.
    var stage: UInt16
    /// Place in `models`.
    var model: UInt16
    var flags: Flags
    /// For a joined entry: the ordinal of the task that it turned out to be. Else where the task is besides in its file:
    /// 0 for nowhere, its slot in memory + 1, or, under one of the kinds in the two top bits, its number among others.
    private var link: UInt32 = 0
    /// Day of the charge; `noDay` while there is none.
    private var chargeDay = Self.noDay
    private var chargeMillionths: Int64 = 0

    private static let noDay = Int32.min

    /// What kind of number `link` is, in its two top bits.
    private enum Kind {
      static let unfolded: UInt32 = 1 << 30
      static let inJournal: UInt32 = 2 << 30
      static let opening: UInt32 = 3 << 30
    }

    init(
      id: TaskID, seq: UInt64 = 0, providerKey: UInt64 = 0, endDigest: UInt64 = 0, stage: UInt16 = 0, model: UInt16 = 0,
      flags: Flags = [], joinedTo: UInt32 = 0, charge: Charge? = nil
    ) {
      self.id = id
      self.seq = seq
      self.providerKey = providerKey
      self.endDigest = endDigest
      self.stage = stage
      self.model = model
      self.flags = flags
      if flags.contains(.joined) { link = joinedTo }
      self.charge = charge
    }

    /// Where the task stands in memory; `nil` if it does not.
    var slot: Int? {
      get { number(0).map { $0 - 1 } }
      set { link = newValue.map { UInt32($0 + 1) } ?? 0 }
    }

    /// The task's number among those that were left in the journal; `nil` if it is not one of them.
    var deferral: Int? {
      get { number(Kind.inJournal) }
      set { link = newValue.map { Kind.inJournal | UInt32($0) } ?? 0 }
    }

    /// The task's number among those that are not folded yet; `nil` if it is not one of them.
    var unfolded: Int? {
      get { number(Kind.unfolded) }
      set { link = newValue.map { Kind.unfolded | UInt32($0) } ?? 0 }
    }

    /// The task's number among those that a replay has not come to the end of; `nil` if it is not one of them.
    var opening: Int? {
      get { number(Kind.opening) }
      set { link = newValue.map { Kind.opening | UInt32($0) } ?? 0 }
    }

    private func number(_ kind: UInt32) -> Int? {
      flags.contains(.joined) || link == 0 || link & Kind.opening != kind ? nil : Int(link & ~Kind.opening)
    }

    /// Whether the task's state is at hand without its file.
    var isAtHand: Bool { !flags.contains(.joined) && link != 0 }

    /// The ordinal of the task that this one turned out to be.
    var joinedTo: UInt32 { flags.contains(.joined) ? link : 0 }

    /// The entry turned out to be another one.
    mutating func join(to ordinal: Int) {
      charge = nil
      flags = .joined
      link = UInt32(ordinal)
    }

    /// A completion callback came.
    mutating func noteEnd(_ digest: UInt64, isSigned: Bool) {
      if endDigest != digest { flags.remove(.signedEnd) }
      endDigest = digest
      if isSigned { flags.insert(.signedEnd) }
    }

    /// What the task cost; `nil` until it has ended and the provider has named a number.
    var charge: Charge? {
      get {
        chargeDay == Self.noDay ? nil : Charge(day: UTCDay(number: chargeDay), millionths: chargeMillionths)
      }
      set {
        chargeDay = newValue?.day.number ?? Self.noDay
        chargeMillionths = newValue?.millionths ?? 0
      }
    }
  }

  struct Flags: OptionSet {
    let rawValue: UInt8
    static let terminal = Flags(rawValue: 1)
    /// The task turned out to be another one.
    static let joined = Flags(rawValue: 2)
    /// The callback of `endDigest` was signed.
    static let signedEnd = Flags(rawValue: 4)
    /// The provider's own record confirmed the end.
    static let confirmed = Flags(rawValue: 8)
    /// A result file is still owed.
    static let awaitsResult = Flags(rawValue: 16)
    /// Another task stood under the provider's id when this one got it: who asks for that id finds the other.
    static let shadowed = Flags(rawValue: 32)
  }

  private(set) var entries = TaskEntries()
  private(set) var stages = Names()
  private(set) var models = Names()
  private(set) var costs = CostTotals()
  private var byID = HashTable()
  private var byProvider = HashTable()

  var count: Int { entries.count }

  // MARK: - Looking up

  func ordinal(of id: TaskID) -> Int? {
    byID.first(hash: Self.hash(id)) { entries[$0].id == id }
  }

  func ordinal(ofProviderTask id: String) -> Int? { ordinal(ofKey: Self.key(id)) }

  func ordinal(ofKey key: UInt64) -> Int? {
    // A task that was renamed still stands in the table where it was before, so being found there proves nothing.
    byProvider.first(hash: key) {
      entries[$0].providerKey == key && entries[$0].flags.isDisjoint(with: [.joined, .shadowed])
    }
  }

  /// The task that an entry stands for, after joins.
  func resolved(_ ordinal: Int) -> Int {
    var place = ordinal
    while entries[place].flags.contains(.joined) { place = Int(entries[place].joinedTo) }
    return place
  }

  // MARK: - Changing

  /// Adds a task that is not in it.
  ///
  /// - Returns: its ordinal.
  mutating func add(_ id: TaskID) -> Int {
    append(Entry(id: id))
  }

  private mutating func append(_ entry: Entry) -> Int {
    let ordinal = entries.count
    entries.append(entry)
    byID.insert(ordinal, hash: Self.hash(entry.id))
    return ordinal
  }

  mutating func setSlot(_ ordinal: Int, _ slot: Int?) {
    entries[ordinal].slot = slot
  }

  mutating func setDeferral(_ ordinal: Int, _ number: Int?) {
    entries[ordinal].deferral = number
  }

  mutating func setUnfolded(_ ordinal: Int, _ number: Int?) {
    entries[ordinal].unfolded = number
  }

  mutating func setOpening(_ ordinal: Int, _ number: Int?) {
    entries[ordinal].opening = number
  }

  /// A task of that id and provider's id will be looked for soon.
  func prefetch(_ id: TaskID, providerKey key: UInt64) {
    byID.prefetch(hash: Self.hash(id))
    byProvider.prefetch(hash: key)
  }

  // MARK: - Changing without the fold

  /// Adds a task that ended with the callback in which it is first named, as `note` and `update` would have it after the
  /// fold.
  mutating func enter(_ id: TaskID, _ end: CallbackEnd, model: String, seq: UInt64) -> Int {
    enter(id, end, models.number(of: model), seq)
  }

  /// Adds a task that nobody has heard of, as `note` and `update` would have it after the callback's fold.
  mutating func enter(_ id: TaskID, _ news: CallbackGlance, _ piece: [UInt8], seq: UInt64) -> Int {
    let model = models.number(of: piece.span.extracting(news.model ?? 0..<0))
    guard let stage = news.told.stage(after: .waiting) else { return enter(id, news.end, model, seq) }
    var entry = Entry(
      id: id, seq: seq, providerKey: news.end.providerKey, stage: stages.number(of: stage.rawValue), model: model)
    if news.isCompletion { entry.noteEnd(news.end.digest, isSigned: news.end.isSigned) }
    return enter(entry)
  }

  private mutating func enter(_ id: TaskID, _ end: CallbackEnd, _ model: UInt16, _ seq: UInt64) -> Int {
    var entry = Entry(id: id, seq: seq, providerKey: end.providerKey, model: model)
    entry.noteEnd(end.digest, isSigned: end.isSigned)
    finish(&entry, end)
    return enter(entry)
  }

  private mutating func enter(_ entry: Entry) -> Int {
    let ordinal = append(entry)
    byProvider.insert(ordinal, hash: entry.providerKey)
    return ordinal
  }

  /// Brings the entry of a task that was entered so, and has not ended, to where `note` and `update` would have it after
  /// the callback's fold.
  ///
  /// - Parameter takesModel: whether the task has no model yet.
  mutating func goOn(_ ordinal: Int, _ news: CallbackGlance, _ piece: [UInt8], seq: UInt64, takesModel: Bool) {
    var entry = entries[ordinal]
    entry.seq = seq
    if takesModel, let model = news.model { entry.model = models.number(of: piece.span.extracting(model)) }
    switch news.told {
    case .end: finish(&entry, news.end)
    case .state(let stage): entry.stage = stages.number(of: stage.rawValue)
    case .nothing: break
    }
    if news.isCompletion { entry.noteEnd(news.end.digest, isSigned: news.end.isSigned) }
    entries[ordinal] = entry
  }

  private mutating func finish(_ entry: inout Entry, _ end: CallbackEnd) {
    entry.flags.insert(.terminal)
    if end.isSuccess, end.hasURLs { entry.flags.insert(.awaitsResult) }
    entry.stage = stages.number(of: end.isSuccess ? TaskStage.success.rawValue : TaskStage.fail.rawValue)
    entry.charge = end.charge.map { Charge(day: UTCDay(end.at), millionths: Int64(clamping: $0.millionths)) }
    costs.replace(nil, entry.model, by: entry.charge, entry.model)
  }

  /// Takes from an event what the entry owes to the event alone, whatever the task makes of it. So a replay that finds
  /// the task's file ahead learns names in the same order as the first time: in between, another task may have stood
  /// under a name.
  mutating func note(_ event: Event, _ ordinal: Int) {
    switch event.what {
    case .own(.accepted(_, let provider)): name(ordinal, key: Self.key(provider))
    case .own(.joined(_, let provider, _)):
      if entries[ordinal].providerKey == 0 { name(ordinal, key: Self.key(provider)) }
    case .own(.record(_, let report)):
      if entries[ordinal].providerKey == 0 { name(ordinal, key: Self.key(report.providerTaskID)) }
    case .own(.reparsed(let rereading)):
      if entries[ordinal].providerKey == 0 { name(ordinal, key: rereading.news.providerKey) }
    case .own: break
    case .callback(let news):
      if entries[ordinal].providerKey == 0 { name(ordinal, key: event.providerKey) }
      if news.isCompletion { entries[ordinal].noteEnd(news.digest, isSigned: !news.isHint) }
    }
  }

  /// Brings the entry up to date with the task's state.
  mutating func update(_ ordinal: Int, _ task: borrowing TaskState) {
    let old = entries[ordinal]
    var entry = old
    entry.seq = task.seq
    stages.renumber(&entry.stage, task.state.rawValue)
    models.renumber(&entry.model, task.model)
    entry.flags.formIntersection([.shadowed, .signedEnd])
    if task.state.isTerminal { entry.flags.insert(.terminal) }
    if task.trust == .confirmed { entry.flags.insert(.confirmed) }
    if task.awaitsResult { entry.flags.insert(.awaitsResult) }
    entry.charge = task.charge
    costs.replace(old.charge, old.model, by: entry.charge, entry.model)
    entries[ordinal] = entry
  }

  /// Makes the task be found under the provider's id, and no longer under another that it may have had.
  private mutating func name(_ ordinal: Int, key: UInt64) {
    guard entries[ordinal].providerKey != key else { return }
    let isTaken = self.ordinal(ofKey: key) != nil
    entries[ordinal].providerKey = key
    entries[ordinal].flags.remove(.shadowed)
    // Who was first stays first, in every replay: so it is kept rather than left to the order in the table.
    guard !isTaken else { return entries[ordinal].flags.formUnion(.shadowed) }
    byProvider.insert(ordinal, hash: key)
  }

  /// Marks `ordinal` as having turned out to be `target`; its provider id is the target's from now on.
  mutating func join(_ ordinal: Int, to target: Int) {
    let joined = entries[ordinal]
    if joined.endDigest != 0 {
      entries[target].noteEnd(joined.endDigest, isSigned: joined.flags.contains(.signedEnd))
    }
    costs.replace(joined.charge, joined.model, by: nil, joined.model)
    entries[ordinal].join(to: target)
  }

  /// An entry as a checkpoint kept it.
  mutating func restore(_ entry: Entry) {
    let ordinal = append(entry)
    costs.replace(nil, entry.model, by: entry.charge, entry.model)
    if entry.providerKey != 0, entry.flags.isDisjoint(with: [.joined, .shadowed]) {
      byProvider.insert(ordinal, hash: entry.providerKey)
    }
  }

  /// The same without what only look-ups need, so that a checkpoint keeps no copy of it.
  var listing: TaskIndex {
    var copy = TaskIndex()
    (copy.entries, copy.stages, copy.models) = (entries, stages, models)
    return copy
  }

  mutating func restore(stages: [String], models: [String]) {
    self.stages = Names(stages)
    self.models = Names(models)
  }

  /// Makes room in the tables for `count` entries.
  mutating func reserve(_ count: Int) {
    byID.reserve(count)
    byProvider.reserve(count)
  }

  // MARK: - Hashes

  private static func hash(_ id: TaskID) -> UInt64 {
    mix(id.low ^ id.high &* 0x9E37_79B9_7F4A_7C15)
  }

  /// 64 bits of a provider's id (FNV-1a, then mixed); the same in every run, for it is kept in checkpoints.
  static func key(_ providerTaskID: String) -> UInt64 {
    withBytes(of: providerTaskID) { key($0) }
  }

  /// The same as `key` of the number's decimal digits.
  static func key(_ number: UInt64) -> UInt64 {
    guard number < 100_000_000 else { return key(digitByDigit: number) }
    let all = decimalDigits(number)
    let zeros = min(7, (all ^ every(UInt8(ascii: "0"))).trailingZeroBitCount >> 3)
    var digits = all >> UInt64(8 * zeros)
    var hash = firstHash
    for _ in zeros..<8 {
      add(digits & 0xFF, to: &hash)
      digits >>= 8
    }
    return max(1, mix(hash))
  }

  private static func key(digitByDigit number: UInt64) -> UInt64 {
    var digits = InlineArray<20, UInt8>(repeating: 0)
    var place = digits.count
    var rest = number
    repeat {
      place -= 1
      digits[place] = UInt8(ascii: "0") + UInt8(rest % 10)
      rest /= 10
    } while rest > 0
    return key(digits.span.extracting(place...))
  }

  static func key(_ bytes: Span<UInt8>) -> UInt64 {
    var hash = firstHash
    for place in bytes.indices { add(UInt64(bytes[place]), to: &hash) }
    return max(1, mix(hash))
  }

  /// Of no bytes (FNV-1a).
  private static var firstHash: UInt64 { 0xCBF2_9CE4_8422_2325 }

  @inline(__always)
  private static func add(_ byte: UInt64, to hash: inout UInt64) {
    hash = (hash ^ byte) &* 0x100_0000_01B3
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var mixed = value
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
