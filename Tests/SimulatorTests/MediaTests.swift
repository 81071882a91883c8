// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Simulator

@Suite("Media and uploads")
struct MediaTests {
  /// The boxes within a range, which they must fill.
  private static func boxes(_ file: [UInt8], _ range: Range<Int>) throws -> [(type: String, content: Range<Int>)] {
    var boxes: [(type: String, content: Range<Int>)] = []
    var position = range.lowerBound
    while position < range.upperBound {
      let size = word(file, position)
      try #require(size >= 8 && position + size <= range.upperBound)
      boxes.append((String(decoding: file[position + 4..<position + 8], as: UTF8.self), position + 8..<position + size))
      position += size
    }
    return boxes
  }

  private static func word(_ file: [UInt8], _ place: Int) -> Int {
    file[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
  }

  private static func box(_ file: [UInt8], _ path: String...) throws -> Range<Int> {
    var range = file.indices
    for type in path { range = try #require(try boxes(file, range).first { $0.type == type }).content }
    return range
  }

  @Test("a file is type, index and samples, and its index leads to every sample")
  func structure() throws {
    let file = MP4.file(name: "a/0.mp4")
    #expect(try Self.boxes(file, file.indices).map(\.type) == ["ftyp", "moov", "mdat"])
    let moov = try Self.box(file, "moov")
    #expect(try Self.boxes(file, moov).map(\.type) == ["mvhd", "trak"])
    #expect(Self.word(file, try Self.box(file, "moov", "mvhd").lowerBound + 12) == 6)
    let table = try Self.box(file, "moov", "trak", "mdia", "minf", "stbl")
    #expect(try Self.boxes(file, table).map(\.type) == ["stsd", "stts", "stsc", "stsz", "stco"])
    let sizes = try Self.box(file, "moov", "trak", "mdia", "minf", "stbl", "stsz").lowerBound
    let count = Self.word(file, sizes + 8)
    var position = Self.word(file, try Self.box(file, "moov", "trak", "mdia", "minf", "stbl", "stco").lowerBound + 8)
    let samples = try Self.box(file, "mdat")
    #expect(position == samples.lowerBound && count == TestVideo.frames)
    for index in 0..<count {
      let size = Self.word(file, sizes + 12 + 4 * index)
      #expect(Self.word(file, position) == size - 4)
      #expect(file[position + 4] == 0x65)
      position += size
    }
    #expect(position == samples.upperBound)
  }

  @Test("the headers whose size is fixed have it")
  func sizes() throws {
    let file = MP4.file(name: "")
    #expect(try Self.box(file, "moov", "mvhd").count == 100)
    #expect(try Self.box(file, "moov", "trak", "tkhd").count == 84)
    #expect(try Self.box(file, "moov", "trak", "mdia", "mdhd").count == 24)
    #expect(try Self.box(file, "moov", "trak", "mdia", "minf", "vmhd").count == 12)
  }

  @Test("the same name gives the same bytes, another gives others")
  func deterministic() {
    #expect(MP4.file(name: "a") == MP4.file(name: "a"))
    #expect(MP4.file(name: "a") != MP4.file(name: "b"))
  }

  @Test("no unit holds a start code")
  func emulationPrevention() {
    var writer = BitWriter()
    writer.append([0, 0, 0, 0, 0, 1, 0, 0, 3, 0, 0, 4])
    #expect(writer.unit(header: 9) == [9, 0, 0, 3, 0, 0, 3, 0, 1, 0, 0, 3, 3, 0, 0, 4])
    let picture = TestVideo(name: "x").picture(3)
    #expect(
      zip(picture, zip(picture.dropFirst(), picture.dropFirst(2))).allSatisfy {
        $0 != 0 || $1.0 != 0 || $1.1 > 2 || $1.1 == 3
      })
  }

  @Test(
    "numbers are written as Exp-Golomb codes",
    arguments: [(0, "1"), (1, "010"), (2, "011"), (3, "00100"), (7, "0001000"), (25, "000011010")])
  func golomb(value: Int, bits: String) {
    var writer = BitWriter()
    writer.golomb(value)
    let written = writer.bytes.map { byte in
      String(repeating: "0", count: byte.leadingZeroBitCount) + (byte == 0 ? "" : String(byte, radix: 2))
    }
    let padding = String(repeating: "0", count: (8 - bits.count % 8) % 8)
    #expect(written.joined() == bits + padding)
  }

  private static let form =
    "--b-1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"kite.png\"\r\nContent-Type: image/png\r\n\r\n"
    + "\u{1}\r\n--b\r\n\r\n--b-1\r\ncontent-disposition: form-data; name=uploadPath\r\n\r\nimages\r\n--b-1--\r\n"

  @Test("the parts of a form are found, whatever their content looks like")
  func multipart() throws {
    let body = Array(Self.form.utf8)
    let form = try #require(Multipart(body, contentType: "multipart/form-data; boundary=\"b-1\""))
    #expect(form.parts.keys.sorted() == ["file", "uploadPath"])
    #expect(form.parts["file"]?.fileName == "kite.png")
    #expect(form.text("file", in: body) == "\u{1}\r\n--b\r\n")
    #expect(form.text("uploadPath", in: body) == "images")
    #expect(form.text("other", in: body) == nil)
  }

  @Test("a form that is cut anywhere before its end is refused")
  func cutMultipart() {
    let body = Array(Self.form.utf8)
    for length in 0..<body.count - 2 {
      #expect(Multipart(Array(body.prefix(length)), contentType: "multipart/form-data; boundary=b-1") == nil)
    }
    #expect(Multipart(body, contentType: "multipart/form-data") == nil)
    #expect(Multipart(body, contentType: "multipart/form-data; boundary=other") == nil)
  }

  @Test("the oldest uploads make room, and the same name overwrites")
  func shelf() {
    var shelf = UploadShelf()
    let bench = Bench()
    func keep(_ name: String, _ size: Int, folder: String = "/a//b/") {
      _ = shelf.keep(
        [UInt8](repeating: 7, count: size), folder: folder, name: name, baseURL: "", at: bench.now.unix)
    }
    keep("1.png", 30 << 20)
    keep("2.JPG", 30 << 20)
    keep("1.png", 1)
    #expect(shelf.file("a/b/1.png")?.bytes == [7])
    keep("3", 30 << 20)
    #expect(shelf.file("a/b/2.JPG")?.type == "image/jpeg")
    keep("4", 30 << 20)
    #expect(shelf.file("a/b/2.JPG") == nil)
    #expect(shelf.file("a/b/4")?.type == "application/octet-stream")
    keep("../é?", 1, folder: "..")
    #expect(shelf.file("file/..____") != nil)
  }
}
