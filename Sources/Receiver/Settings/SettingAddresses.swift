// SPDX-License-Identifier: Apache-2.0

package import JSON

/// Where a listener binds: an address literal and a port, `127.0.0.1:8081`, `[::1]:8081`, or a port alone for every address.
package struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
  /// An IPv4 or IPv6 literal, without brackets.
  package let host: String
  /// The port; 0 lets the kernel choose.
  package let port: UInt16

  package init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  package var isIPv6: Bool { host.utf8.contains(UInt8(ascii: ":")) }

  /// Whether only this machine reaches the address (RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3).
  package var isLoopback: Bool {
    host == "::1" || (!isIPv6 && host.hasPrefix("127."))
  }

  /// The address under which this machine reaches the listener: loopback where the listener takes every address.
  package var local: ListenAddress {
    switch host {
    case "0.0.0.0": ListenAddress(host: "127.0.0.1", port: port)
    case "::": ListenAddress(host: "::1", port: port)
    default: self
    }
  }

  package var description: String {
    isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}

extension ListenAddress: SettingValue {
  package static func parse(_ text: String) throws(SettingValueError) -> ListenAddress {
    guard let address = address(in: text) else {
      throw .notA("an address and port such as 127.0.0.1:8081 or [::1]:8081", text)
    }
    return address
  }

  package var shown: JSON { .string(description) }

  private static func address(in text: String) -> ListenAddress? {
    guard let colon = text.lastIndex(of: ":") else {
      return portNumber(text[...]).map { ListenAddress(host: "0.0.0.0", port: $0) }
    }
    guard let port = portNumber(text[text.index(after: colon)...]) else { return nil }
    let host = text[..<colon]
    switch host {
    case "": return ListenAddress(host: "0.0.0.0", port: port)
    case "localhost": return ListenAddress(host: "127.0.0.1", port: port)
    default: break
    }
    if host.hasPrefix("["), host.hasSuffix("]") {
      let literal = host.dropFirst().dropLast().lowercased()
      return isIPv6Literal(literal[...]) ? ListenAddress(host: literal, port: port) : nil
    }
    return isIPv4Literal(host) ? ListenAddress(host: String(host), port: port) : nil
  }
}

/// A port in decimal, without sign.
func portNumber(_ text: Substring) -> UInt16? {
  text.utf8.allSatisfy(isDigit) ? UInt16(text) : nil
}

/// Four decimal octets without leading zeros (RFC 3986 section 3.2.2).
func isIPv4Literal(_ text: Substring) -> Bool {
  let octets = text.split(separator: ".", omittingEmptySubsequences: false)
  return octets.count == 4
    && octets.allSatisfy { octet in
      octet.utf8.allSatisfy(isDigit) && UInt8(octet).map { String($0) == octet } == true
    }
}

/// Eight groups of up to four hexadecimal digits, one run of them shortened to `::` (RFC 4291 section 2.2).
func isIPv6Literal(_ text: Substring) -> Bool {
  let halves = split(text, at: "::")
  guard let groups = groupCount(halves.head) else { return false }
  guard let tail = halves.tail else { return groups == 8 }
  guard let tailGroups = groupCount(tail) else { return false }
  return groups + tailGroups < 8
}

private func split(_ text: Substring, at separator: String) -> (head: Substring, tail: Substring?) {
  guard let range = text.firstRange(of: separator) else { return (text, nil) }
  return (text[..<range.lowerBound], text[range.upperBound...])
}

private func groupCount(_ text: Substring) -> Int? {
  guard !text.isEmpty else { return 0 }
  let groups = text.split(separator: ":", omittingEmptySubsequences: false)
  let areHex = groups.allSatisfy { group in
    (1...4).contains(group.utf8.count) && group.utf8.allSatisfy { Character(UnicodeScalar($0)).isHexDigit }
  }
  return areHex ? groups.count : nil
}

/// The name of a host, in lower case; compared whole.
package struct HostName: Hashable, Sendable, CustomStringConvertible {
  package let description: String

  package init(_ name: String) {
    description = name.lowercased()
  }
}

extension HostName: SettingValue {
  package static func parse(_ text: String) throws(SettingValueError) -> HostName {
    guard isHostName(text[...]) else { throw .notA("a host name such as media.example.com", text) }
    return HostName(text)
  }

  package var shown: JSON { .string(description) }
}

/// A name of letters, digits, hyphens and dots (RFC 1123 section 2.1; the underscore for container names), or an IPv6 literal.
func isHostName(_ text: Substring) -> Bool {
  if text.utf8.contains(UInt8(ascii: ":")) { return isIPv6Literal(text) }
  let labels = text.split(separator: ".", omittingEmptySubsequences: false)
  return text.utf8.count <= 253
    && labels.allSatisfy { label in
      (1...63).contains(label.utf8.count)
        && label.utf8.allSatisfy { byte in
          isDigit(byte) || isLetter(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        }
    }
}

private func isLetter(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
}
