// SPDX-License-Identifier: Apache-2.0

/// In which order wanted names came last. Bodies of one sender have the same members in the same order, so that the next
/// name can be compared with the one that is expected, before it is looked for.
///
/// What is remembered lies outside, in a list with a place for every number of a name: there is the number of the name that
/// came behind it, and first of all the number of the first name in a text; 0 where there was none.
struct NameOrder {
  private var last: UInt8 = 0

  /// The number of the name that is expected; 0 if none is.
  @inline(__always)
  func expected(_ following: borrowing MutableSpan<UInt8>) -> UInt8 {
    Int(last) < following.count ? following[Int(last)] : 0
  }

  /// A name is there; 0 if it is not wanted, and then it is as if it were not there.
  @inline(__always)
  mutating func pass(_ number: UInt8, _ following: inout MutableSpan<UInt8>) {
    guard number != 0 else { return }
    following[Int(last)] = number
    last = number
  }
}
