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
    /// For a joined entry: the ordinal of the task that it turned out to be. Else the task's slot in memory + 1, or 0.
    var link: UInt32
    /// What the task cost; `nil` until it has ended and the provider has named a number.
    var charge: Charge?

    /// Where the task stands in memory; `nil` if it does not.
    var slot: Int? { flags.contains(.joined) || link == 0 ? nil : Int(link) - 1 }

    /// The ordinal of the task that this one turned out to be.
    var joinedTo: UInt32 { flags.contains(.joined) ? link : 0 }
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

  private(set) var entries: [Entry] = []
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

  private func ordinal(ofKey key: UInt64) -> Int? {
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
    append(Entry(id: id, seq: 0, providerKey: 0, endDigest: 0, stage: 0, model: 0, flags: [], link: 0, charge: nil))
  }

  private mutating func append(_ entry: Entry) -> Int {
    let ordinal = entries.count
    entries.append(entry)
    byID.insert(ordinal, hash: Self.hash(entry.id)) { [entries] in Self.hash(entries[$0].id) }
    return ordinal
  }

  mutating func setSlot(_ ordinal: Int, _ slot: Int?) {
    entries[ordinal].link = slot.map { UInt32($0 + 1) } ?? 0
  }

  /// Takes from an event what the entry owes to the event alone, whatever the task makes of it. So a replay that finds
  /// the task's file ahead learns names in the same order as the first time: in between, another task may have stood
  /// under a name.
  mutating func note(_ event: Event, _ ordinal: Int) {
    switch event.what {
    case .own(.accepted(_, let provider)): name(ordinal, provider)
    case .own(.joined(_, let provider, _)):
      if entries[ordinal].providerKey == 0 { name(ordinal, provider) }
    case .own(.record(_, let report)):
      if entries[ordinal].providerKey == 0 { name(ordinal, report.providerTaskID) }
    case .own(.reparsed(let rereading)):
      if entries[ordinal].providerKey == 0 { name(ordinal, rereading.news.report.providerTaskID) }
    case .own: break
    case .callback(let news):
      if entries[ordinal].providerKey == 0 { name(ordinal, news.report.providerTaskID) }
      if news.kind == .completion { noteEnd(ordinal, news.digest, isSigned: news.trust != .hint) }
    }
  }

  private mutating func noteEnd(_ ordinal: Int, _ digest: UInt64, isSigned: Bool) {
    if entries[ordinal].endDigest != digest { entries[ordinal].flags.remove(.signedEnd) }
    entries[ordinal].endDigest = digest
    if isSigned { entries[ordinal].flags.insert(.signedEnd) }
  }

  /// Brings the entry up to date with the task's state.
  mutating func update(_ ordinal: Int, _ task: borrowing TaskState) {
    let old = entries[ordinal]
    entries[ordinal].seq = task.seq
    stages.renumber(&entries[ordinal].stage, task.state.rawValue)
    models.renumber(&entries[ordinal].model, task.model)
    var flags = entries[ordinal].flags.intersection([.shadowed, .signedEnd])
    if task.state.isTerminal { flags.insert(.terminal) }
    if task.trust == .confirmed { flags.insert(.confirmed) }
    if task.awaitsResult { flags.insert(.awaitsResult) }
    entries[ordinal].flags = flags
    entries[ordinal].charge = task.charge
    costs.replace(old.charge, old.model, by: entries[ordinal].charge, entries[ordinal].model)
  }

  /// Makes the task be found under the provider's id, and no longer under another that it may have had.
  private mutating func name(_ ordinal: Int, _ provider: String) {
    let key = Self.key(provider)
    guard entries[ordinal].providerKey != key else { return }
    let isTaken = self.ordinal(ofKey: key) != nil
    entries[ordinal].providerKey = key
    entries[ordinal].flags.remove(.shadowed)
    // Who was first stays first, in every replay: so it is kept rather than left to the order in the table.
    guard !isTaken else { return entries[ordinal].flags.formUnion(.shadowed) }
    byProvider.insert(ordinal, hash: key) { [entries] in entries[$0].providerKey }
  }

  /// Marks `ordinal` as having turned out to be `target`; its provider id is the target's from now on.
  mutating func join(_ ordinal: Int, to target: Int) {
    let joined = entries[ordinal]
    if joined.endDigest != 0 { noteEnd(target, joined.endDigest, isSigned: joined.flags.contains(.signedEnd)) }
    costs.replace(joined.charge, joined.model, by: nil, joined.model)
    entries[ordinal].charge = nil
    entries[ordinal].flags = .joined
    entries[ordinal].link = UInt32(target)
  }

  /// An entry as a checkpoint kept it.
  mutating func restore(_ entry: Entry) {
    let ordinal = append(entry)
    costs.replace(nil, entry.model, by: entry.charge, entry.model)
    if entry.providerKey != 0, entry.flags.isDisjoint(with: [.joined, .shadowed]) {
      byProvider.insert(ordinal, hash: entry.providerKey) { [entries] in entries[$0].providerKey }
    }
  }

  mutating func restore(stages: [String], models: [String]) {
    self.stages = Names(stages)
    self.models = Names(models)
  }

  mutating func reserve(_ count: Int) {
    entries.reserveCapacity(count)
    byID.reserve(count)
    byProvider.reserve(count)
  }

  // MARK: - Hashes

  private static func hash(_ id: TaskID) -> UInt64 {
    mix(id.low ^ id.high &* 0x9E37_79B9_7F4A_7C15)
  }

  /// 64 bits of a provider's id (FNV-1a, then mixed); the same in every run, for it is kept in checkpoints.
  static func key(_ providerTaskID: String) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    let utf8 = providerTaskID.utf8
    let bytes = utf8.span
    for place in bytes.indices { hash = (hash ^ UInt64(bytes[place])) &* 0x100_0000_01B3 }
    return max(1, mix(hash))
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var mixed = value
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

/// Names that recur, each kept once.
struct Names {
  private(set) var all: [String] = []
  private var numbers: [String: UInt16] = [:]

  init(_ names: [String] = []) {
    for name in names { _ = number(of: name) }
  }

  subscript(_ number: UInt16) -> String { all[Int(number)] }

  func find(_ name: String) -> UInt16? { numbers[name] }

  /// Makes `number` that of the name; cheap when it is already.
  mutating func renumber(_ number: inout UInt16, _ name: String) {
    if Int(number) < all.count, all[Int(number)] == name { return }
    number = self.number(of: name)
  }

  /// The name's number, new or old. Beyond 65,535 different names all further ones share the last number.
  mutating func number(of name: String) -> UInt16 {
    if let known = numbers[name] { return known }
    guard all.count < Int(UInt16.max) else { return UInt16(all.count - 1) }
    all.append(name)
    numbers[name] = UInt16(all.count - 1)
    return UInt16(all.count - 1)
  }
}
