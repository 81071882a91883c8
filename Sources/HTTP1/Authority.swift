// SPDX-License-Identifier: Apache-2.0

/// uri-host [ ":" port ], as in Host and in request targets (RFC 9110, 4.2.1 and 7.2; RFC 3986, 3.2).
///
/// Narrower than the generic grammar on purpose: the host is not empty (RFC 9110, 4.2.1) and has no comma, which is how
/// an intermediary joins two Host fields into one; the port is at most 65535. There is no userinfo.
enum Authority {
  enum Port {
    case optional, required
  }

  static func isValid(_ range: Range<Int>, in bytes: Span<UInt8>, port: Port) -> Bool {
    guard !range.isEmpty else { return false }
    var index = range.lowerBound
    if bytes[index] == UInt8(ascii: "[") {
      while index < range.upperBound, bytes[index] != UInt8(ascii: "]") { index += 1 }
      let literal = range.lowerBound + 1..<index
      guard index < range.upperBound, isIPv6(literal, in: bytes) || isIPvFuture(literal, in: bytes) else {
        return false
      }
      index += 1
    } else {
      guard let end = endOfName(range, in: bytes), end > range.lowerBound else { return false }
      index = end
    }
    guard index < range.upperBound else { return port == .optional }
    guard bytes[index] == UInt8(ascii: ":") else { return false }
    return isPort(index + 1..<range.upperBound, in: bytes, port)
  }

  /// `reg-name`: stands behind it, or nil for a "%" without two hexadecimal digits.
  private static func endOfName(_ range: Range<Int>, in bytes: Span<UInt8>) -> Int? {
    var index = min(bytes.first(from: range.lowerBound) { $0.notOfHost }, range.upperBound)
    while index < range.upperBound {
      if ByteSet.registeredName.contains(bytes[index]) {
        index &+= 1
        continue
      }
      guard bytes[index] == UInt8(ascii: "%") else { break }
      guard
        index + 2 < range.upperBound, bytes[index + 1].hexValue != nil, bytes[index + 2].hexValue != nil
      else { return nil }
      index += 3
    }
    return index
  }

  /// `port = *DIGIT`: it may be empty where the scheme has a default.
  private static func isPort(_ range: Range<Int>, in bytes: Span<UInt8>, _ port: Port) -> Bool {
    guard range.count <= 5, port == .optional || !range.isEmpty else { return false }
    var number = 0
    for index in range {
      guard bytes[index].isDigit else { return false }
      number = number * 10 + Int(bytes[index] &- 0x30)
    }
    return number <= 65535
  }

  /// `IPv6address` of RFC 3986, 3.2.2: eight groups, one "::" for at least one of them, the last two perhaps as IPv4.
  private static func isIPv6(_ range: Range<Int>, in bytes: Span<UInt8>) -> Bool {
    var groups = 0
    var isCompressed = false
    var index = range.lowerBound
    if bytes.matches(index..<min(index + 2, range.upperBound), "::") {
      isCompressed = true
      index += 2
    }
    while index < range.upperBound {
      let first = index
      while index < range.upperBound, bytes[index].hexValue != nil { index += 1 }
      if index < range.upperBound, bytes[index] == UInt8(ascii: ".") {
        guard isIPv4(first..<range.upperBound, in: bytes) else { return false }
        groups += 2
        break
      }
      guard 1...4 ~= index - first else { return false }
      groups += 1
      guard index < range.upperBound else { break }
      guard bytes[index] == UInt8(ascii: ":"), index + 1 < range.upperBound else { return false }
      index += 1
      if bytes[index] == UInt8(ascii: ":") {
        guard !isCompressed else { return false }
        isCompressed = true
        index += 1
      }
    }
    return isCompressed ? groups <= 7 : groups == 8
  }

  /// IPvFuture = "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )
  private static func isIPvFuture(_ range: Range<Int>, in bytes: Span<UInt8>) -> Bool {
    guard let first = range.first, bytes[first].lowercased == UInt8(ascii: "v") else { return false }
    var index = first + 1
    while index < range.upperBound, bytes[index].hexValue != nil { index += 1 }
    guard index > first + 1, index < range.upperBound, bytes[index] == UInt8(ascii: ".") else { return false }
    let address = index + 1..<range.upperBound
    return !address.isEmpty
      && address.allSatisfy { bytes[$0] == UInt8(ascii: ":") || ByteSet.registeredName.contains(bytes[$0]) }
  }

  /// Four decimal octets without leading zeros.
  private static func isIPv4(_ range: Range<Int>, in bytes: Span<UInt8>) -> Bool {
    var octets = 0
    var index = range.lowerBound
    while true {
      let first = index
      var number = 0
      while index < range.upperBound, bytes[index].isDigit, index - first < 3 {
        number = number * 10 + Int(bytes[index] &- 0x30)
        index += 1
      }
      guard index > first, number <= 255, index - first == 1 || bytes[first] != UInt8(ascii: "0") else { return false }
      octets += 1
      guard index < range.upperBound else { return octets == 4 }
      guard octets < 4, bytes[index] == UInt8(ascii: ".") else { return false }
      index += 1
    }
  }
}
