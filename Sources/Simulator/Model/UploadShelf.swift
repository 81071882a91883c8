// SPDX-License-Identifier: Apache-2.0

import Callbacks
import JSON
import OpenSSL

/// Uploaded files, kept in memory; the oldest go when there is no room. The same name overwrites.
struct UploadShelf {
  struct File: Hashable {
    let bytes: [UInt8]
    let type: String
  }

  private var files: [String: File] = [:]
  private var order: [String] = []
  private var size = 0

  private static let room = 64 << 20

  /// The file under this path, which has no slash at its ends.
  func file(_ path: String) -> File? { files[path] }

  /// Keeps a file and answers the recorded shape.
  mutating func keep(
    _ bytes: [UInt8], folder: String, name: String, baseURL: String, at now: Timestamp
  ) -> JSON {
    let name = Self.safe(name)
    let folder = folder.split(separator: "/").map { Self.safe(String($0)) }
    let path = (folder + [name]).joined(separator: "/")
    let file = File(bytes: bytes, type: Self.type(of: name))
    remove(path)
    while size + bytes.count > Self.room, let oldest = order.first { remove(oldest) }
    files[path] = file
    order.append(path)
    size += bytes.count
    let data: JSON = [
      "success": true, "fileName": JSON(name), "filePath": JSON(path),
      "downloadUrl": JSON("\(baseURL)/uploads/\(path)"), "fileSize": JSON(bytes.count), "mimeType": JSON(file.type),
      "uploadedAt": JSON(now.description),
    ]
    return ["success": true, "code": 200, "msg": "File uploaded successfully", "data": data]
  }

  static func refusal(_ code: Int, _ message: String) -> JSON {
    ["success": false, "code": JSON(code), "msg": JSON(message), "data": .null]
  }

  /// The bytes of `base64Data`, which may be a data URL.
  static func decode(_ text: String) -> [UInt8]? {
    let base64 = text.hasPrefix("data:") ? text.drop { $0 != "," }.dropFirst() : text[...]
    return Base64.standard.decode(Array(base64.utf8).span)
  }

  private mutating func remove(_ path: String) {
    guard let file = files.removeValue(forKey: path) else { return }
    size -= file.bytes.count
    order.removeAll { $0 == path }
  }

  /// Letters, digits, dots, hyphens and underscores, so that a name means the same in every URL.
  private static func safe(_ name: String) -> String {
    let bytes = name.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
        byte
      default: UInt8(ascii: "_")
      }
    }
    let text = String(decoding: bytes, as: UTF8.self)
    return text.isEmpty || text.utf8.allSatisfy { $0 == UInt8(ascii: ".") } ? "file" : text
  }

  private static func type(of name: String) -> String {
    switch name.split(separator: ".").last?.lowercased() {
    case "jpg", "jpeg": "image/jpeg"
    case "png": "image/png"
    case "webp": "image/webp"
    case "mp4": "video/mp4"
    default: "application/octet-stream"
    }
  }
}
