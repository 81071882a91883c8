// SPDX-License-Identifier: Apache-2.0

internal import HTTPClient
internal import JSON

/// A file that the provider keeps for us (for three days, or one, as its pages disagree) and can read as an input.
package struct UploadedFile: Hashable, Sendable {
  /// The address to put into a task's input.
  package let url: String
  package let fileName: String?
  package let bytes: Int64?
  package let mimeType: String?
}

extension Provider {
  /// `POST /api/file-base64-upload`, meant for up to 10 MB.
  ///
  /// - Parameters:
  ///   - base64: base64 text or a `data:` URL.
  ///   - folder: where the provider puts the file.
  ///   - fileName: the provider makes one up when it is left out; the same name overwrites.
  package func uploadBase64(
    _ base64: String, folder: String, fileName: String?
  ) async throws(ProviderError) -> UploadedFile {
    try await upload("/api/file-base64-upload", "base64Data", base64, folder: folder, fileName: fileName)
  }

  /// `POST /api/file-url-upload`: the provider fetches the file itself, within 30 s; meant for up to 100 MB.
  package func uploadURL(_ url: String, folder: String, fileName: String?) async throws(ProviderError) -> UploadedFile {
    try await upload("/api/file-url-upload", "fileUrl", url, folder: folder, fileName: fileName)
  }

  /// `POST /api/file-stream-upload`: the bytes as they are, in a multipart form.
  package func uploadStream(
    _ file: [UInt8], folder: String, fileName: String, mimeType: String?
  ) async throws(ProviderError) -> UploadedFile {
    var form = MultipartForm()
    form.append(field: "uploadPath", folder)
    form.append(field: "fileName", fileName)
    form.append(file: "file", name: fileName, type: mimeType ?? "application/octet-stream", file)
    return try await upload("/api/file-stream-upload", type: form.contentType, form.encoded())
  }

  private func upload(
    _ path: String, _ key: String, _ value: String, folder: String, fileName: String?
  ) async throws(ProviderError) -> UploadedFile {
    var body: JSONObject = [:]
    body[key] = .string(value)
    body["uploadPath"] = .string(folder)
    body["fileName"] = fileName.map(JSON.string)
    return try await upload(path, type: "application/json", JSON.object(body).compact())
  }

  private func upload(_ path: String, type: String, _ body: [UInt8]) async throws(ProviderError) -> UploadedFile {
    let data = try await data(
      HTTPClientRequest(
        method: .post, url: joined(configuration.uploadURL, path),
        headers: [authorization, (name: "Content-Type", value: type)], body: body,
        timeouts: configuration.uploadTimeouts, maxResponseBytes: maxAnswerBytes))
    // The quickstart page prints another form than the one that was recorded.
    guard let url = data?["downloadUrl"]?.string ?? data?["fileUrl"]?.string, !url.isEmpty else {
      throw .malformed("no address of the uploaded file")
    }
    return UploadedFile(
      url: url, fileName: data?["fileName"]?.string, bytes: data?["fileSize"]?.int, mimeType: data?["mimeType"]?.string)
  }
}
