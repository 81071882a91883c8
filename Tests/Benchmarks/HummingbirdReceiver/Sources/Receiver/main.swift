// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import NIOPosix

// usage: hummingbird-receiver PORT KEY FOLDER
//
// Verifies a callback with swift-crypto and Foundation's JSONDecoder, keeps it as one synced file per task (temporary
// file, fsync, rename, fsync of the folder) on SwiftNIO's thread pool, and answers then.

struct Callback: Decodable {
  struct Content: Decodable {
    let taskId: String
    let state: String
    let resultJson: String?
  }

  let code: Int
  let data: Content
}

struct Storage: Sendable {
  let folder: String

  func keep(_ body: [UInt8], task: String) throws {
    let path = "\(folder)/\(task).json"
    let temporary = "\(path).tmp"
    let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw HTTPError(.serviceUnavailable) }
    let isWritten = body.withUnsafeBytes { write(file, $0.baseAddress, $0.count) == $0.count } && fsync(file) == 0
    close(file)
    guard isWritten, rename(temporary, path) == 0 else { throw HTTPError(.serviceUnavailable) }
    let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { close(directory) }
    guard fsync(directory) == 0 else { throw HTTPError(.serviceUnavailable) }
  }
}

let arguments = CommandLine.arguments
guard arguments.count == 4, let port = Int(arguments[1]) else {
  print("usage: hummingbird-receiver PORT KEY FOLDER")
  exit(2)
}
let key = SymmetricKey(data: Data(arguments[2].utf8))
let storage = Storage(folder: arguments[3])

let router = Router()
router.post("/callbacks") { request, _ -> Response in
  let buffer = try await request.body.collect(upTo: 1 << 20)
  let body = Array(buffer.readableBytesView)
  guard let callback = try? JSONDecoder().decode(Callback.self, from: Data(body)) else { throw HTTPError(.badRequest) }
  guard let timestampName = HTTPField.Name("X-Webhook-Timestamp"),
    let signatureName = HTTPField.Name("X-Webhook-Signature"),
    let timestamp = request.headers[timestampName], let seconds = Int(timestamp),
    abs(seconds - Int(Date().timeIntervalSince1970)) <= 300,
    let signature = request.headers[signatureName].flatMap({ Data(base64Encoded: $0) }),
    HMAC<SHA256>.isValidAuthenticationCode(
      signature, authenticating: Data("\(callback.data.taskId).\(timestamp)".utf8), using: key),
    callback.data.taskId.utf8.allSatisfy({ ($0 | 32 >= 97 && $0 | 32 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == 95 })
  else { throw HTTPError(.unauthorized) }
  try await NIOThreadPool.singleton.runIfActive { try storage.keep(body, task: callback.data.taskId) }
  return Response(
    status: .ok, headers: [.contentType: "application/json"],
    body: .init(byteBuffer: ByteBuffer(string: #"{"status":"received"}"#)))
}

let application = Application(
  router: router, configuration: .init(address: .hostname("127.0.0.1", port: port), serverName: nil))
try await application.runService()
