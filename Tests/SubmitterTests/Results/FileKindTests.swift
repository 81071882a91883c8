// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Submitter

@Suite("The kind of a file")
struct FileKindTests {
  private static func bytes(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8($0.value) } }

  @Test(
    "follows from its first bytes",
    arguments: [
      ("\0\0\0\u{18}ftypisom", "video/mp4", "mp4"), ("\0\0\0\u{18}ftypmp42", "video/mp4", "mp4"),
      ("\0\0\0\u{14}ftypqt  ", "video/quicktime", "mov"), ("\0\0\0\u{14}ftypM4A ", "audio/mp4", "m4a"),
      ("\0\0\0\u{14}ftypavif", "image/avif", "avif"), ("\0\0\0\u{14}ftypheic", "image/heic", "heic"),
      ("\u{1A}\u{45}\u{DF}\u{A3}\u{9F}B\u{82}\u{84}webm", "video/webm", "webm"),
      ("\u{1A}\u{45}\u{DF}\u{A3}\u{9F}B\u{82}\u{88}matroska", "video/matroska", "mkv"),
      ("\u{89}PNG\r\n\u{1A}\n", "image/png", "png"), ("\u{FF}\u{D8}\u{FF}\u{E0}", "image/jpeg", "jpg"),
      ("GIF89a", "image/gif", "gif"), ("GIF87a", "image/gif", "gif"), ("RIFF....WEBPVP8 ", "image/webp", "webp"),
      ("RIFF....WAVEfmt ", "audio/wav", "wav"), ("RIFF....AVI LIST", "video/vnd.avi", "avi"),
      ("ID3\u{04}", "audio/mpeg", "mp3"), ("\u{FF}\u{FB}\u{90}", "audio/mpeg", "mp3"),
      ("\u{FF}\u{F1}\u{50}", "audio/aac", "aac"), ("fLaC", "audio/flac", "flac"), ("OggS", "audio/ogg", "ogg"),
      ("MThd", "audio/midi", "mid"), ("glTF", "model/gltf-binary", "glb"), ("%PDF-1.7", "application/pdf", "pdf"),
      ("PK\u{03}\u{04}", "application/zip", "zip"), ("{\"a\":1}", "application/json", "json"),
      (" \n[1]", "application/json", "json"), ("<?xml version", "application/xml", "xml"),
      ("<svg xmlns", "application/xml", "xml"), ("<!DOCTYPE html>", "text/html", "html"),
      ("\u{EF}\u{BB}\u{BF}\n <HTML>", "text/html", "html"), ("anything", "application/octet-stream", "bin"),
      ("", "application/octet-stream", "bin"), ("RIFF....ODD ", "application/octet-stream", "bin"),
      ("\u{FF}", "application/octet-stream", "bin"), ("ftyp", "application/octet-stream", "bin"),
    ])
  func table(start: String, type: String, ending: String) {
    let kind = FileKind(of: Self.bytes(start))
    #expect(kind.type == type)
    #expect(kind.fileExtension == ending)
  }

  @Test("every prefix of every file has a kind, and none is a web page by mistake")
  func prefixes() {
    for start in ["\0\0\0\u{18}ftypisom", "RIFF....WEBPVP8 ", "\u{89}PNG\r\n\u{1A}\n"] {
      let bytes = Self.bytes(start)
      for count in 0...bytes.count { #expect(FileKind(of: bytes.prefix(count)) != .webPage) }
    }
  }
}
