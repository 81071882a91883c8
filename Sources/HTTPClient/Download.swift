// SPDX-License-Identifier: Apache-2.0

/// Where the body of a download goes. Both closures run on the client's thread, one at a time and in order; while they
/// run, no other exchange of this client moves. Give downloads to slow disks a client of their own.
package struct DownloadSink: Sendable {
  /// Called once, before the first byte, for a status of 200 or 206 only. `offset` is where the bytes that follow belong in
  /// the file: the asked one for 206, 0 for 200 (the peer ignored the range: start over). `false` ends the download.
  package let head: @Sendable (_ head: HTTPClientResponseHead, _ offset: Int64) -> Bool
  /// The next bytes, and how many have come so far, these included. `false` ends the download.
  package let bytes: @Sendable (_ piece: Span<UInt8>, _ received: Int64) -> Bool

  package init(
    head: @escaping @Sendable (_ head: HTTPClientResponseHead, _ offset: Int64) -> Bool,
    bytes: @escaping @Sendable (_ piece: Span<UInt8>, _ received: Int64) -> Bool
  ) {
    self.head = head
    self.bytes = bytes
  }
}

/// A sink together with the place where it wants to begin.
struct Download: Sendable {
  let sink: DownloadSink
  let offset: Int64

  /// Where the body of an answer belongs; `nil` when it is not the body that was asked for.
  func placement(of head: HTTPClientResponseHead) -> Int64? {
    guard head.status == 206 else { return 0 }
    return head.header("content-range").flatMap(firstByte(ofContentRange:)) == offset ? offset : nil
  }
}

/// RFC 9110, 14.4: `bytes 100-199/200`.
private func firstByte(ofContentRange value: String) -> Int64? {
  let words = value.split(separator: " ", maxSplits: 1)
  guard words.count == 2, words[0] == "bytes", let dash = words[1].firstIndex(of: "-") else { return nil }
  return Int64(words[1][..<dash])
}
