// SPDX-License-Identifier: Apache-2.0

/// Which resolved addresses a request may connect to. It is asked about the address that libcurl is about to connect
/// to, not about the name, so a name that resolves to a private address (or changes between check and use) gains nothing.
///
/// Behind a proxy the address connected to is the proxy's: a host that is written as an address is still judged, the
/// resolution of a name is the proxy's affair.
package enum AddressPolicy: Sendable, Hashable {
  /// Every address: for peers that the operator named, such as the provider and the user's own app.
  case any
  /// Globally reachable unicast only, except for the hosts named here (lower case, no trailing dot), which the operator
  /// trusts whatever they resolve to. For URLs that came from outside.
  case publicOnly(exceptHosts: Set<String>)

  func permits(_ address: IPAddress, host: String) -> Bool {
    switch self {
    case .any: true
    case .publicOnly(let exceptHosts): exceptHosts.contains(host) || address.isGloballyReachable
    }
  }
}

extension IPAddress {
  /// Whether the address is one of the public internet. IANA special-purpose registries (RFC 6890 and updates): what
  /// is not global unicast is refused, so ranges given out in future for special use in IPv6 are refused at first.
  package var isGloballyReachable: Bool {
    if let embedded = embeddedIPv4 { return embedded.isGloballyReachable }
    if bytes.count == 4 { return !specialIPv4.contains { $0.contains(self) } }
    return globalUnicastIPv6.contains(self) && !specialIPv6.contains { $0.contains(self) }
  }
}

private let specialIPv4 = [
  AddressRange([0, 0, 0, 0], 8),  // this network
  AddressRange([10, 0, 0, 0], 8),  // private
  AddressRange([100, 64, 0, 0], 10),  // carrier-grade NAT
  AddressRange([127, 0, 0, 0], 8),  // loopback
  AddressRange([169, 254, 0, 0], 16),  // link-local, cloud metadata
  AddressRange([172, 16, 0, 0], 12),  // private
  AddressRange([192, 0, 0, 0], 24),  // protocol assignments
  AddressRange([192, 0, 2, 0], 24),  // documentation
  AddressRange([192, 88, 99, 0], 24),  // 6to4 relays, withdrawn
  AddressRange([192, 168, 0, 0], 16),  // private
  AddressRange([198, 18, 0, 0], 15),  // benchmarks
  AddressRange([198, 51, 100, 0], 24),  // documentation
  AddressRange([203, 0, 113, 0], 24),  // documentation
  AddressRange([224, 0, 0, 0], 4),  // multicast
  AddressRange([240, 0, 0, 0], 4),  // reserved, broadcast
]

private let globalUnicastIPv6 = AddressRange([0x20] + [UInt8](repeating: 0, count: 15), 3)

private let specialIPv6 = [
  AddressRange([0x20, 0x01] + [UInt8](repeating: 0, count: 14), 23),  // protocol assignments, Teredo
  AddressRange([0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 12), 32),  // documentation
  AddressRange([0x20, 0x02] + [UInt8](repeating: 0, count: 14), 16),  // 6to4 wraps any IPv4 address
  AddressRange([0x3F, 0xFF] + [UInt8](repeating: 0, count: 14), 20),  // documentation
]
