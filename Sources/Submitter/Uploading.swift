// SPDX-License-Identifier: Apache-2.0

internal import HTTPClient
internal import OpenSSL
package import Provider

/// A file that the provider should be able to read.
package enum UploadSource: Sendable {
  /// The bytes, and the name that the user gave them.
  case file([UInt8], name: String?)
  /// The provider fetches it itself.
  case link(String)
}

/// What became of an upload.
package enum UploadOutcome: Sendable {
  case uploaded(UploadedFile)
  /// Longer than ``Uploads/maxBytes``.
  case tooLarge
  /// Neither a picture nor a film that a model takes; what it seems to be.
  case unsupported(type: String)
  /// Not an address that could be fetched.
  case notALink
  /// A setting is missing, in plain words.
  case notPossible(String)
  case refused(ProviderRefusal)
  /// The provider gave no usable answer, in plain words.
  case failed(String)
}

/// What is uploaded, and under which names.
package enum Uploads {
  /// 10 MiB: what the models take at most (the provider's page of each model).
  package static let maxBytes = 10 << 20
  /// Where the provider puts the files.
  static let folder = "hookledger"
  /// Of the models' inputs; the pages name jpeg, png and webp, and mp4, webm and avi.
  static let types: Set = [
    "image/jpeg", "image/png", "image/webp", "image/gif", "video/mp4", "video/quicktime", "video/webm", "video/vnd.avi",
  ]

  /// The hash in the name makes it belong to this content alone: at the provider the same name overwrites.
  static func name(_ given: String?, _ kind: FileKind, _ bytes: [UInt8]) -> String {
    let digest = Hex.encode(SHA256.hash(bytes.span).span).prefix(16)
    let base = given?.split(separator: "/").last.map(String.init) ?? ""
    let stem = base.lastIndex(of: ".").map { base[..<$0] } ?? base[...]
    let plain = stem.unicodeScalars.map { isPlain($0) ? Character($0) : "-" }.prefix(60)
    return "\(plain.isEmpty ? "" : String(plain) + "-")\(digest).\(kind.fileExtension)"
  }

  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
    default: false
    }
  }
}

extension Submitter {
  /// Puts a file where the provider can read it. What no model could take is turned away before anything is sent.
  package func upload(_ source: UploadSource) async -> UploadOutcome {
    guard let provider = current.provider else {
      return .notPossible("no API key of the provider is set: provider.apiKey")
    }
    do throws(ProviderError) {
      switch source {
      case .link(let url):
        guard HTTPURL(url) != nil else { return .notALink }
        return .uploaded(try await provider.uploadURL(url, folder: Uploads.folder, fileName: nil))
      case .file(let bytes, let name):
        guard bytes.count <= Uploads.maxBytes else { return .tooLarge }
        let kind = FileKind(of: bytes)
        guard Uploads.types.contains(kind.type) else { return .unsupported(type: kind.type) }
        return .uploaded(
          try await provider.uploadStream(
            bytes, folder: Uploads.folder, fileName: Uploads.name(name, kind, bytes), mimeType: kind.type))
      }
    } catch .refused(let refusal) {
      return .refused(refusal)
    } catch {
      return .failed("\(error)")
    }
  }
}
