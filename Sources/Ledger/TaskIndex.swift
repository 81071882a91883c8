// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// Where each task stands, in a few dozen bytes a task: what a list, a look-up and a repetition need without opening
/// the task's file.
///
/// Entries stand in the order in which the tasks became known and never move, so an entry's ordinal is a stable cursor.
struct TaskIndex {
  struct Entry: Equatable {
    var id: TaskID
    /// Number of the last event folded into the task: a file that is older is not the task's.
    var seq: UInt64
    /// `TaskIndex.key` of the provider's id; 0 while there is none.
    var providerKey: UInt64
    /// Digest of the last completion callback; 0 while there is none.
    var endDigest: UInt64
    /// Place in `stages`.
    var stage: UInt16
    /// Place in `models`.
    var model: UInt16
    var flags: Flags
    /// For a joined entry: the ordinal of the task that it turned out to be.
    var joinedTo: UInt32
    /// What the task cost; `nil` until it has ended and the provider has named a number.
    var charge: Charge?
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
    byProvider.first(hash: key) { entries[$0].providerKey == key && !entries[$0].flags.contains(.joined) }
  }

  /// The task that an entry stands for, after joins.
  func resolved(_ ordinal: Int) -> Int {
    var place = ordinal
    while entries[place].flags.contains(.joined) { place = Int(entries[place].joinedTo) }
    return place
  }

  // MARK: - Changing

  /// Adds the task, or brings its entry up to date.
  mutating func put(_ task: TaskState) {
    let ordinal = place(of: task.id)
    update(ordinal, task)
    if let provider = task.providerTaskID { name(ordinal, provider) }
  }

  /// Brings the entry up to date but for the provider's id.
  mutating func putUnnamed(_ task: TaskState) {
    update(place(of: task.id), task)
  }

  private mutating func place(of id: TaskID) -> Int {
    if let known = ordinal(of: id) { return known }
    let ordinal = entries.count
    entries.append(
      Entry(id: id, seq: 0, providerKey: 0, endDigest: 0, stage: 0, model: 0, flags: [], joinedTo: 0, charge: nil))
    byID.insert(ordinal, hash: Self.hash(id)) { [entries] in Self.hash(entries[$0].id) }
    return ordinal
  }

  private mutating func update(_ ordinal: Int, _ task: TaskState) {
    var entry = entries[ordinal]
    entry.seq = task.seq
    stages.renumber(&entry.stage, task.state.rawValue)
    models.renumber(&entry.model, task.model)
    entry.flags.formIntersection(.shadowed)
    if task.state.isTerminal { entry.flags.insert(.terminal) }
    if task.trust == .confirmed { entry.flags.insert(.confirmed) }
    if task.awaitsResult { entry.flags.insert(.awaitsResult) }
    if let end = task.history.last(where: { $0.type == .callback }), let digest = end.digest {
      entry.endDigest = digest
      if end.signedAt != nil { entry.flags.insert(.signedEnd) }
    }
    entry.charge = task.charge
    costs.replace(entries[ordinal].charge, entries[ordinal].model, by: entry.charge, entry.model)
    entries[ordinal] = entry
  }

  /// Makes the task be found under the provider's id, and no longer under another that it may have had.
  mutating func name(_ ordinal: Int, _ provider: String) {
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
    costs.replace(entries[ordinal].charge, entries[ordinal].model, by: nil, entries[ordinal].model)
    entries[ordinal].charge = nil
    entries[ordinal].flags = .joined
    entries[ordinal].joinedTo = UInt32(target)
  }

  /// An entry as a checkpoint kept it.
  mutating func restore(_ entry: Entry) {
    let ordinal = entries.count
    entries.append(entry)
    costs.replace(nil, entry.model, by: entry.charge, entry.model)
    byID.insert(ordinal, hash: Self.hash(entry.id)) { [entries] in Self.hash(entries[$0].id) }
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
    for byte in providerTaskID.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
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
