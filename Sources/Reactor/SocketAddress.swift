// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

/// An IPv4 or IPv6 address with a TCP port.
package struct SocketAddress: Hashable, Sendable {
  /// The address's family.
  package enum Family: Hashable, Sendable {
    case ipv4
    case ipv6
  }

  package let family: Family
  /// The address in network order: 4 bytes in the first half's upper end for IPv4, all 16 for IPv6.
  let high: UInt64
  let low: UInt64
  /// The interface that a link-local IPv6 address belongs to; zero otherwise.
  let scope: UInt32
  /// The port; zero lets the kernel choose one on bind.
  package let port: UInt16

  init(family: Family, high: UInt64, low: UInt64, scope: UInt32, port: UInt16) {
    self.family = family
    self.high = high
    self.low = low
    self.scope = scope
    self.port = port
  }

  /// An IPv4 address, most significant byte first.
  package static func ipv4(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8, port: UInt16) -> SocketAddress {
    let word = UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d)
    return SocketAddress(family: .ipv4, high: UInt64(word) << 32, low: 0, scope: 0, port: port)
  }

  /// 127.0.0.1.
  package static func loopback(port: UInt16) -> SocketAddress {
    ipv4(127, 0, 0, 1, port: port)
  }

  /// What one party has at least to itself: a whole IPv4 address, of an IPv6 address the first 64 bits (RFC 4291, 2.5.4).
  package struct Network: Hashable, Sendable {
    let family: Family
    let prefix: UInt64
  }

  package var network: Network {
    isMapped ? Network(family: .ipv4, prefix: low << 32) : Network(family: family, prefix: high)
  }

  /// Whether it is an IPv4 address in an IPv6 one, as a socket for both has it (RFC 4291, 2.5.5.2).
  private var isMapped: Bool { family == .ipv6 && high == 0 && low >> 32 == 0xFFFF }

  /// Whether only this machine can reach it: 127.0.0.0/8, ::1, and the first as an IPv4-mapped IPv6 address.
  package var isLoopback: Bool {
    switch family {
    case .ipv4: high >> 56 == 127
    case .ipv6: (high == 0 && low == 1) || (high == 0 && low >> 24 == 0xFF_FF7F)
    }
  }
}

// MARK: - Text

extension SocketAddress: CustomStringConvertible {
  /// Reads `"192.0.2.1:8080"`, `"[2001:db8::1]:8080"`, `":8080"` (all IPv4 addresses) or `"localhost:8080"`
  /// (127.0.0.1). Other names are not looked up. `nil` when it is none of these or the port is not 0...65535.
  package init?(_ text: String) {
    guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
    let digits = text[text.index(after: colon)...]
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits)
    else { return nil }
    let host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      self.init(ipv6: String(host.dropFirst().dropLast()), port: port)
    } else {
      let name = host.isEmpty ? "0.0.0.0" : host == "localhost" ? "127.0.0.1" : String(host)
      self.init(ipv4: name, port: port)
    }
  }

  private init?(ipv4 text: String, port: UInt16) {
    var address = in_addr()
    guard unsafe inet_pton(AF_INET, text, &address) == 1 else { return nil }
    let word = UInt32(bigEndian: address.s_addr)
    self.init(family: .ipv4, high: UInt64(word) << 32, low: 0, scope: 0, port: port)
  }

  private init?(ipv6 text: String, port: UInt16) {
    var address = in6_addr()
    guard unsafe inet_pton(AF_INET6, text, &address) == 1 else { return nil }
    self.init(address, scope: 0, port: port)
  }

  /// The address without its port, without brackets.
  package var host: String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    switch family {
    case .ipv4:
      var address = ipv4Address
      unsafe inet_ntop(AF_INET, &address, &text, socklen_t(text.count))
    case .ipv6:
      var address = ipv6Address
      unsafe inet_ntop(AF_INET6, &address, &text, socklen_t(text.count))
    }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// `"192.0.2.1:8080"` or `"[2001:db8::1]:8080"`.
  package var description: String {
    family == .ipv4 ? "\(host):\(port)" : "[\(host)]:\(port)"
  }
}

// MARK: - The kernel's form

extension SocketAddress {
  private init(_ address: in6_addr, scope: UInt32, port: UInt16) {
    let halves = unsafe unsafeBitCast(address, to: (UInt64, UInt64).self)
    self.init(
      family: .ipv6, high: UInt64(bigEndian: halves.0), low: UInt64(bigEndian: halves.1), scope: scope, port: port)
  }

  private var ipv4Address: in_addr {
    in_addr(s_addr: UInt32(truncatingIfNeeded: high >> 32).bigEndian)
  }

  private var ipv6Address: in6_addr {
    unsafe unsafeBitCast((high.bigEndian, low.bigEndian), to: in6_addr.self)
  }

  /// Reads what the kernel wrote; `nil` for a family other than IPv4 and IPv6.
  init?(_ storage: sockaddr_storage) {
    switch Int32(storage.ss_family) {
    case AF_INET:
      let address = unsafe withUnsafeBytes(of: storage) { unsafe $0.loadUnaligned(as: sockaddr_in.self) }
      let word = UInt32(bigEndian: address.sin_addr.s_addr)
      self.init(family: .ipv4, high: UInt64(word) << 32, low: 0, scope: 0, port: UInt16(bigEndian: address.sin_port))
    case AF_INET6:
      let address = unsafe withUnsafeBytes(of: storage) { unsafe $0.loadUnaligned(as: sockaddr_in6.self) }
      self.init(address.sin6_addr, scope: address.sin6_scope_id, port: UInt16(bigEndian: address.sin6_port))
    default:
      return nil
    }
  }

  /// `AF_INET` or `AF_INET6`.
  var domain: Int32 { family == .ipv4 ? AF_INET : AF_INET6 }

  /// Calls `body` with the address in the kernel's form.
  func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    switch family {
    case .ipv4:
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr = ipv4Address
      return unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
    case .ipv6:
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = port.bigEndian
      address.sin6_scope_id = scope
      address.sin6_addr = ipv6Address
      return unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
        }
      }
    }
  }
}
