// SPDX-License-Identifier: Apache-2.0

/// Names that recur, each kept once.
struct Names {
  private(set) var all: [String] = []
  private var numbers: [String: UInt16] = [:]
  /// The number that was asked for last: mostly it is the next one too, or the one before it is.
  private var recent: UInt16 = 0
  private var previous: UInt16 = 0

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
    if Int(recent) < all.count, all[Int(recent)] == name { return recent }
    if Int(previous) < all.count, all[Int(previous)] == name {
      swap(&recent, &previous)
      return recent
    }
    previous = recent
    recent = numbers[name] ?? add(name)
    return recent
  }

  /// The same for a name in UTF-8.
  mutating func number(of name: Span<UInt8>) -> UInt16 {
    if Int(recent) < all.count, isSame(all[Int(recent)], name) { return recent }
    return number(of: text(name))
  }

  private mutating func add(_ name: String) -> UInt16 {
    guard all.count < Int(UInt16.max) else { return UInt16(all.count - 1) }
    all.append(name)
    numbers[name] = UInt16(all.count - 1)
    return UInt16(all.count - 1)
  }
}
