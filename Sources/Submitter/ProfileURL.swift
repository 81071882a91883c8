// SPDX-License-Identifier: Apache-2.0

/// An absolute `http` or `https` URL by the grammar of RFC 3986, as far as a profile needs it.
struct ProfileURL: Hashable, Sendable {
  /// Lower case, brackets included.
  let host: String

  init?(_ text: String) {
    guard text.utf8.allSatisfy(isURLByte), hasGoodEscapes(text),
      let separator = text.firstRange(of: "://"),
      ["http", "https"].contains(text[..<separator.lowerBound].lowercased())
    else { return nil }
    let authority = text[separator.upperBound...].prefix { !"/?#".contains($0) }
    var host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? authority
    // A colon after the last bracket begins the port, which may be empty (RFC 3986, 3.2.3).
    if let colon = host.lastIndex(of: ":"), !host[colon...].contains("]") {
      guard host[colon...].dropFirst().utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
      host = host[..<colon]
    }
    let isLiteral = host.hasPrefix("[") && host.hasSuffix("]")
    guard !host.isEmpty, isLiteral || !host.contains(where: { "[]:".contains($0) }) else { return nil }
    self.host = host.lowercased()
  }
}

/// RFC 3986, 2: unreserved, reserved and the percent sign.
private func isURLByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"):
    true
  default: "-._~:/?#[]@!$&'()*+,;=%".utf8.contains(byte)
  }
}

private func hasGoodEscapes(_ text: String) -> Bool {
  text.split(separator: "%", omittingEmptySubsequences: false).dropFirst().allSatisfy { part in
    part.utf8.count >= 2 && part.prefix(2).allSatisfy { $0.isHexDigit }
  }
}
