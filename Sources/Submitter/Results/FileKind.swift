// SPDX-License-Identifier: Apache-2.0

/// What a file is, told from its first bytes: neither the link's ending nor the server's word is believed.
package struct FileKind: Hashable, Sendable {
  /// Media type (IANA registry).
  package let type: String
  /// Without its dot.
  package let fileExtension: String

  /// Bytes that decide; fewer are enough for most kinds.
  package static let prefixLength = 64

  /// A file that nothing is known of.
  package static let unknown = FileKind("application/octet-stream", "bin")
  /// A web page: what a link that has ended often leads to, and never a result.
  package static let webPage = FileKind("text/html", "html")

  init(_ type: String, _ fileExtension: String) {
    self.type = type
    self.fileExtension = fileExtension
  }

  /// The kind of the file that begins so.
  package init(of start: some Sequence<UInt8>) {
    let bytes = Array(start.prefix(Self.prefixLength))
    self = Self.withSignature(bytes) ?? Self.ofText(bytes) ?? .unknown
  }

  // MARK: - Signatures

  private static func withSignature(_ bytes: [UInt8]) -> FileKind? {
    if bytes.has("ftyp", at: 4) { return ofISOBrand(bytes) }
    if bytes.has("RIFF") { return ofRIFF(bytes) }
    if bytes.starts(with: [0x1A, 0x45, 0xDF, 0xA3]) {
      let isWebM = bytes.indices.contains { bytes.has("webm", at: $0) }
      return isWebM ? FileKind("video/webm", "webm") : FileKind("video/matroska", "mkv")
    }
    if let known = signatures.first(where: { bytes.starts(with: $0.bytes) }) { return known.kind }
    return ofFrame(bytes)
  }

  private static let signatures: [(bytes: [UInt8], kind: FileKind)] = [
    ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], FileKind("image/png", "png")),
    ([0xFF, 0xD8, 0xFF], FileKind("image/jpeg", "jpg")),
    (Array("GIF87a".utf8), FileKind("image/gif", "gif")),
    (Array("GIF89a".utf8), FileKind("image/gif", "gif")),
    (Array("ID3".utf8), FileKind("audio/mpeg", "mp3")),
    (Array("fLaC".utf8), FileKind("audio/flac", "flac")),
    (Array("OggS".utf8), FileKind("audio/ogg", "ogg")),
    (Array("MThd".utf8), FileKind("audio/midi", "mid")),
    (Array("glTF".utf8), FileKind("model/gltf-binary", "glb")),
    (Array("%PDF-".utf8), FileKind("application/pdf", "pdf")),
    ([0x50, 0x4B, 0x03, 0x04], FileKind("application/zip", "zip")),
  ]

  /// ISO base media files name their brand (ISO/IEC 14496-12, 4.3).
  private static func ofISOBrand(_ bytes: [UInt8]) -> FileKind {
    if bytes.has("qt  ", at: 8) { return FileKind("video/quicktime", "mov") }
    if bytes.has("M4A ", at: 8) { return FileKind("audio/mp4", "m4a") }
    if bytes.has("avif", at: 8) || bytes.has("avis", at: 8) { return FileKind("image/avif", "avif") }
    if bytes.has("hei", at: 8) || bytes.has("mif1", at: 8) { return FileKind("image/heic", "heic") }
    return FileKind("video/mp4", "mp4")
  }

  private static func ofRIFF(_ bytes: [UInt8]) -> FileKind? {
    if bytes.has("WEBP", at: 8) { return FileKind("image/webp", "webp") }
    if bytes.has("WAVE", at: 8) { return FileKind("audio/wav", "wav") }
    if bytes.has("AVI ", at: 8) { return FileKind("video/vnd.avi", "avi") }
    return nil
  }

  /// Audio without a container begins with a frame: eleven bits set, then version and layer (ISO/IEC 11172-3, 2.4.1.3).
  private static func ofFrame(_ bytes: [UInt8]) -> FileKind? {
    guard bytes.count > 1, bytes[0] == 0xFF, bytes[1] & 0xE0 == 0xE0 else { return nil }
    switch bytes[1] & 0x06 {
    case 0x02: return FileKind("audio/mpeg", "mp3")
    case 0x00 where bytes[1] & 0xF0 == 0xF0: return FileKind("audio/aac", "aac")
    default: return nil
    }
  }

  // MARK: - Texts

  private static func ofText(_ bytes: [UInt8]) -> FileKind? {
    var rest = bytes[...]
    if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
    rest = rest.drop { $0 == 0x20 || (0x09...0x0D).contains($0) }
    guard let first = rest.first else { return nil }
    if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") { return FileKind("application/json", "json") }
    let start = String(decoding: rest.prefix(14), as: UTF8.self).lowercased()
    if start.hasPrefix("<!doctype html") || start.hasPrefix("<html") { return .webPage }
    if start.hasPrefix("<?xml") || start.hasPrefix("<svg") { return FileKind("application/xml", "xml") }
    return nil
  }
}

extension [UInt8] {
  fileprivate func has(_ text: String, at place: Int = 0) -> Bool {
    dropFirst(place).starts(with: text.utf8)
  }
}
