// SPDX-License-Identifier: Apache-2.0

import HTTP1
import JSON
import Server

extension SimulatorService {
  // MARK: Results

  /// `/files/{id}/{number}.mp4`
  func file(_ call: Call, _ exchange: Exchange) {
    let id = call.segments[1]
    let name = call.segments[2]
    guard name.hasSuffix(".mp4"), let number = Int(name.dropLast(4)), "\(number).mp4" == name else {
      return missing(exchange)
    }
    switch model.requestFile(id: id, number: number, key: call.parameter("key"), at: now) {
    case .notFound: missing(exchange)
    case .whole: content(MP4.file(name: "\(id)/\(name)"), type: "video/mp4", tag: "\"\(id)-\(number)\"", call, exchange)
    case .brokenOff:
      options.log("task \(id): file \(name) broken off, and gone from now on")
      breakOff(exchange, within: MP4.file(name: "\(id)/\(name)"), contentType: "video/mp4")
    }
  }

  private func missing(_ exchange: Exchange) {
    options.log("refused: HTTP 404: no such file, or its link has ended")
    answer(exchange, HTTPFailure.notFound)
  }

  /// Answers with a file or a range of it (RFC 9110, 14).
  private func content(_ bytes: [UInt8], type: String, tag: String?, _ call: Call, _ exchange: Exchange) {
    var fields = [ResponseHead.Field("Content-Type", type), ResponseHead.Field("Accept-Ranges", "bytes")]
    if let tag { fields.append(ResponseHead.Field("ETag", tag)) }
    guard let range = call.range, call.ifRange == nil || call.ifRange == tag else {
      return answer(exchange, Response(status: 200, fields: fields, body: .bytes(bytes)))
    }
    guard let part = range.resolved(size: Int64(bytes.count)) else {
      fields.append(ResponseHead.Field("Content-Range", "bytes */\(bytes.count)"))
      return answer(exchange, Response(status: 416, fields: fields))
    }
    fields.append(ResponseHead.Field("Content-Range", "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(bytes.count)"))
    let body = Array(bytes[Int(part.lowerBound)..<Int(part.upperBound)])
    answer(exchange, Response(status: 206, fields: fields, body: .bytes(body)))
  }

  // MARK: Uploads

  /// `/uploads/…`
  func uploadedFile(_ call: Call, _ exchange: Exchange) {
    guard let file = uploads.file(call.segments.dropFirst().joined(separator: "/")) else { return missing(exchange) }
    content(file.bytes, type: file.type, tag: nil, call, exchange)
  }

  func uploadBase64(_ call: Call, _ exchange: Exchange) {
    guard let order = UploadOrder(call.body) else { return refuseUpload(exchange) }
    guard let text = order.source("base64Data"), let bytes = UploadShelf.decode(text) else {
      return refuseUpload(exchange, "base64Data is not base64")
    }
    keep(bytes, order.folder, order.name ?? "file", baseURL(call), exchange)
  }

  func uploadURL(_ call: Call, _ exchange: Exchange) {
    guard let order = UploadOrder(call.body) else { return refuseUpload(exchange) }
    guard let url = order.source("fileUrl") else { return refuseUpload(exchange, "fileUrl is required") }
    let base = baseURL(call)
    let path = url.prefix { $0 != "?" && $0 != "#" }
    let name = order.name ?? path.split(separator: "/").last.map(String.init) ?? "file"
    fetch(url) { service, bytes in
      guard let bytes else { return service.refuseUpload(exchange, "the file at fileUrl could not be fetched") }
      service.keep(bytes, order.folder, name, base, exchange)
    }
  }

  func uploadStream(_ call: Call, _ exchange: Exchange) {
    guard
      let form = Multipart(call.body, contentType: call.contentType), let file = form.parts["file"],
      let folder = form.text("uploadPath", in: call.body)
    else { return refuseUpload(exchange) }
    let name = form.text("fileName", in: call.body) ?? file.fileName ?? "file"
    keep(Array(call.body[file.content]), folder, name, baseURL(call), exchange)
  }

  private func keep(_ bytes: [UInt8], _ folder: String, _ name: String, _ base: String, _ exchange: Exchange) {
    let body = uploads.keep(bytes, folder: folder, name: name, baseURL: base, at: now.unix)
    answer(exchange, json: body.compact())
  }

  private func refuseUpload(_ exchange: Exchange, _ reason: String = "uploadPath is required") {
    options.log("upload refused: code 400: \(reason)")
    answer(exchange, json: UploadShelf.refusal(400, reason).compact())
  }
}

/// What the JSON uploads have in common.
private struct UploadOrder {
  let folder: String
  let name: String?
  private let members: JSON

  init?(_ body: [UInt8]) {
    guard let members = try? JSON.parse(body, limits: .standard), let folder = members["uploadPath"]?.string,
      !folder.isEmpty
    else { return nil }
    self.members = members
    self.folder = folder
    name = members["fileName"]?.string
  }

  func source(_ key: String) -> String? {
    members[key]?.string
  }
}
