// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// An IPv4 (4 bytes) or IPv6 (16 bytes) address in network order.
package struct IPAddress: Hashable, Sendable {
  package let bytes: [UInt8]

  /// - Parameter bytes: 4 or 16 of them; `nil` for any other number.
  package init?(bytes: [UInt8]) {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    self.bytes = bytes
  }

  /// Reads the numeric text forms that `inet_pton` takes; an IPv6 address may stand in brackets.
  package init?(_ text: String) {
    let isBracketed = text.hasPrefix("[") && text.hasSuffix("]")
    let bare = isBracketed ? String(text.dropFirst().dropLast()) : text
    let isIPv6 = bare.contains(":")
    var bytes = [UInt8](repeating: 0, count: isIPv6 ? 16 : 4)
    guard unsafe inet_pton(isIPv6 ? AF_INET6 : AF_INET, bare, &bytes) == 1 else { return nil }
    self.bytes = bytes
  }

  package var isLoopback: Bool {
    let v4 = embeddedIPv4 ?? self
    return v4.bytes.count == 4 ? v4.bytes[0] == 127 : bytes == [UInt8](repeating: 0, count: 15) + [1]
  }

  /// The IPv4 address inside an IPv4-mapped (`::ffff:0:0/96`) or NAT64 (`64:ff9b::/96`) address.
  var embeddedIPv4: IPAddress? {
    guard AddressRange.mapped.contains(self) || AddressRange.nat64.contains(self) else { return nil }
    return IPAddress(bytes: Array(bytes[12...]))
  }
}

extension IPAddress: CustomStringConvertible {
  package var description: String {
    let isIPv6 = bytes.count == 16
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    guard unsafe inet_ntop(isIPv6 ? AF_INET6 : AF_INET, bytes, &text, socklen_t(text.count)) != nil else { return "?" }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// A CIDR range.
struct AddressRange: Hashable, Sendable {
  let base: [UInt8]
  let prefixLength: Int

  static let mapped = AddressRange([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0], 96)
  static let nat64 = AddressRange([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 96)

  init(_ base: [UInt8], _ prefixLength: Int) {
    self.base = base
    self.prefixLength = prefixLength
  }

  /// Reads `address/length`; a bare address is a range of one.
  init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = IPAddress(String(parts[0])) else { return nil }
    let width = address.bytes.count * 8
    guard let length = parts.count == 2 ? Int(parts[1]) : width, (0...width).contains(length) else { return nil }
    self.init(address.bytes, length)
  }

  func contains(_ address: IPAddress) -> Bool {
    guard address.bytes.count == base.count else { return false }
    let whole = prefixLength / 8
    guard base[..<whole] == address.bytes[..<whole] else { return false }
    let rest = prefixLength % 8
    return rest == 0 || (base[whole] ^ address.bytes[whole]) >> (8 - rest) == 0
  }
}
