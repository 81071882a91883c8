// SPDX-License-Identifier: Apache-2.0

import HTTPClient
import JSON
import Testing

@testable import Provider

@Suite("Credits, links and uploads") struct SimpleCallTests {
  @Test("credits keep every digit", arguments: ["5916.25", "0", "100", "0.10", "\"5916.25\""])
  func credits(written: String) async throws {
    let stub = Stub(#"{"code":200,"msg":"success","data":\#(written)}"#)
    #expect(try await stub.provider().credits().text == written.filter { $0 != "\"" })
    #expect(stub.requests.first?.url == "https://api.example.test/api/v1/chat/credit")
  }

  @Test("credits that are no number are malformed", arguments: ["null", "true", "\"\"", "\"many\"", "{}", "[1]"])
  func noCredits(written: String) async {
    await #expect(throws: ProviderError.malformed("no number of credits")) {
      try await Stub(#"{"code":200,"data":\#(written)}"#).provider().credits()
    }
  }

  @Test("a link is the data")
  func link() async throws {
    let stub = Stub(#"{"code":200,"data":"https://files.example.test/x?sig=1"}"#)
    #expect(try await stub.provider().downloadURL(for: "https://a/\"b\"") == "https://files.example.test/x?sig=1")
    let request = try #require(stub.requests.first)
    #expect(request.url == "https://api.example.test/api/v1/common/download-url")
    #expect(text(request.body) == #"{"url":"https://a/\"b\""}"#)
  }

  @Test("a foreign URL is refused")
  func foreignLink() async throws {
    let stub = Stub(#"{"code":422,"msg":"url is wrong","data":null}"#)
    await #expect {
      try await stub.provider().downloadURL(for: "https://a/")
    } throws: {
      guard case ProviderError.refused(let refusal) = $0 else { return false }
      return refusal.code == 422 && refusal.message == "url is wrong"
    }
  }

  @Test("errors keep apart what refused, what is down, and what never answered")
  func errors() async {
    await #expect(throws: ProviderError.unavailable("HTTP 502, no JSON")) {
      try await Stub(html, status: 502).provider().credits()
    }
    await #expect(throws: ProviderError.unavailable("HTTP 200, code 503")) {
      try await Stub(#"{"code":503}"#).provider().credits()
    }
    await #expect(throws: ProviderError.transport(.notSent(.timedOut))) {
      try await Stub(.notSent(.timedOut)).provider().credits()
    }
    await #expect(throws: ProviderError.malformed("no link")) {
      try await Stub(#"{"code":200,"data":""}"#).provider().downloadURL(for: "x")
    }
  }

  @Test("an upload goes to the upload host and gives the address, in the recorded and in the printed form")
  func uploads() async throws {
    let recorded = Stub(
      #"{"success":true,"code":200,"msg":"ok","data":{"success":true,"fileName":"a.png","filePath":"p/a.png","#
        + #""downloadUrl":"https://u.example.test/a.png","fileSize":3,"mimeType":"image/png","uploadedAt":"x"}}"#)
    let file = try await recorded.provider().uploadBase64("AAAA", folder: "p", fileName: "a.png")
    #expect(
      file
        == UploadedFile(url: "https://u.example.test/a.png", fileName: "a.png", bytes: 3, mimeType: "image/png"))
    let request = try #require(recorded.requests.first)
    #expect(request.url == "https://upload.example.test/api/file-base64-upload")
    #expect(text(request.body) == #"{"base64Data":"AAAA","uploadPath":"p","fileName":"a.png"}"#)

    let printed = Stub(#"{"code":200,"data":{"fileId":"f","fileUrl":"https://u.example.test/b.png"}}"#)
    #expect(
      try await printed.provider().uploadURL("https://a/b.png", folder: "p", fileName: nil).url
        == "https://u.example.test/b.png")
    #expect(text(printed.requests.first?.body) == #"{"fileUrl":"https://a/b.png","uploadPath":"p"}"#)

    await #expect(throws: ProviderError.malformed("no address of the uploaded file")) {
      try await Stub(#"{"code":200,"data":{}}"#).provider().uploadURL("x", folder: "p", fileName: nil)
    }
  }

  @Test("a stream upload is a multipart form with the bytes as they are")
  func stream() async throws {
    let stub = Stub(#"{"code":200,"data":{"downloadUrl":"https://u.example.test/a"}}"#)
    _ = try await stub.provider().uploadStream(
      [0, 0xFF, 0x0D, 0x0A], folder: "p", fileName: "a\"\r\nb.png", mimeType: "image/png")
    let request = try #require(stub.requests.first)
    let type = try #require(request.headers.last)
    #expect(type.name == "Content-Type")
    let boundary = try #require(type.value.split(separator: "=").last)
    var expected = Array(
      ("--\(boundary)\r\nContent-Disposition: form-data; name=\"uploadPath\"\r\n\r\np\r\n"
        + "--\(boundary)\r\nContent-Disposition: form-data; name=\"fileName\"\r\n\r\na\"\r\nb.png\r\n"
        + "--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%22%0D%0Ab.png\"\r\n"
        + "Content-Type: image/png\r\n\r\n").utf8)
    expected += [0, 0xFF, 0x0D, 0x0A]
    expected += Array("\r\n--\(boundary)--\r\n".utf8)
    #expect(request.body == expected)
  }
}
