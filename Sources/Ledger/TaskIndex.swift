// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// Where each task stands, in a few dozen bytes a task: what a list, a look-up and a repetition need without opening
/// the task's file.
///
/// Entries stand in the order in which the tasks became known and never move, so an entry's ordinal is a stable cursor.
struct TaskIndex {
  struct Entry: Equatable {
    var id: TaskID
    /// `TaskIndex.key` of the provider's id; 0 while there is none.
    var providerKey: UInt64
    /// Digest of the callback that ended the task; 0 while there is none.
    var endDigest: UInt64
    /// Place in `stages`.
    var stage: UInt16
    /// Place in `models`.
    var model: UInt16
    var flags: Flags
    /// For a joined entry: the ordinal of the task that it turned out to be.
    var joinedTo: UInt32
  }

  struct Flags: OptionSet {
    let rawValue: UInt8
    static let terminal = Flags(rawValue: 1)
    static let confirmed = Flags(rawValue: 2)
    /// A result file is still owed.
    static let awaitsResult = Flags(rawValue: 4)
    /// The task turned out to be another one.
    static let joined = Flags(rawValue: 8)
  }

  private(set) var entries: [Entry] = []
  private(set) var stages = Names()
  private(set) var models = Names()
  private var byID = HashTable()
  private var byProvider = HashTable()

  var count: Int { entries.count }

  // MARK: - Looking up

  func ordinal(of id: TaskID) -> Int? {
    byID.first(hash: Self.hash(id)) { entries[$0].id == id }
  }

  func ordinal(ofProviderTask id: String) -> Int? {
    let key = Self.key(id)
    return byProvider.first(hash: key) { entries[$0].providerKey == key && !entries[$0].flags.contains(.joined) }
  }

  /// The task that an entry stands for, after joins.
  func resolved(_ ordinal: Int) -> Int {
    var place = ordinal
    while entries[place].flags.contains(.joined) { place = Int(entries[place].joinedTo) }
    return place
  }

  func stage(_ ordinal: Int) -> TaskStage { TaskStage(rawValue: stages[entries[ordinal].stage]) }

  // MARK: - Changing

  /// Adds the task, or brings its entry up to date.
  mutating func put(_ task: TaskState) {
    let ordinal: Int
    if let known = self.ordinal(of: task.id) {
      ordinal = known
    } else {
      ordinal = entries.count
      entries.append(
        Entry(id: task.id, providerKey: 0, endDigest: 0, stage: 0, model: 0, flags: [], joinedTo: 0))
      byID.insert(ordinal, hash: Self.hash(task.id)) { [entries] in Self.hash(entries[$0].id) }
    }
    update(ordinal, task)
  }

  private mutating func update(_ ordinal: Int, _ task: TaskState) {
    let stage = stages.number(of: task.state.rawValue)
    let model = models.number(of: task.model)
    entries[ordinal].stage = stage
    entries[ordinal].model = model
    var flags: Flags = []
    if task.state.isTerminal { flags.insert(.terminal) }
    if task.trust == .confirmed { flags.insert(.confirmed) }
    if task.awaitsResult { flags.insert(.awaitsResult) }
    entries[ordinal].flags = flags
    if let end = task.history.last(where: { $0.type == .callback })?.digest { entries[ordinal].endDigest = end }
    guard entries[ordinal].providerKey == 0, let provider = task.providerTaskID else { return }
    let key = Self.key(provider)
    entries[ordinal].providerKey = key
    byProvider.insert(ordinal, hash: key) { [entries] in entries[$0].providerKey }
  }

  /// Marks `ordinal` as having turned out to be `target`; its provider id is the target's from now on.
  mutating func join(_ ordinal: Int, to target: Int) {
    entries[ordinal].flags = .joined
    entries[ordinal].joinedTo = UInt32(target)
  }

  /// An entry as a checkpoint kept it.
  mutating func restore(_ entry: Entry) {
    let ordinal = entries.count
    entries.append(entry)
    byID.insert(ordinal, hash: Self.hash(entry.id)) { [entries] in Self.hash(entries[$0].id) }
    if entry.providerKey != 0, !entry.flags.contains(.joined) {
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

  /// The name's number, new or old. Beyond 65,535 different names all further ones share the last number.
  mutating func number(of name: String) -> UInt16 {
    if let known = numbers[name] { return known }
    guard all.count < Int(UInt16.max) else { return UInt16(all.count - 1) }
    all.append(name)
    numbers[name] = UInt16(all.count - 1)
    return UInt16(all.count - 1)
  }
}
