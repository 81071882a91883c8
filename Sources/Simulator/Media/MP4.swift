// SPDX-License-Identifier: Apache-2.0

/// Wraps a test video into an MP4 file (ISO/IEC 14496-12 and -15), the index before the samples.
enum MP4 {
  /// The file of that name; the same bytes every time.
  static func file(name: String) -> [UInt8] {
    let video = TestVideo(name: name)
    let samples = (0..<TestVideo.frames).map { number -> [UInt8] in
      let unit = video.picture(number)
      return word(unit.count) + unit
    }
    let sizes = samples.map(\.count)
    let type = box("ftyp", Array("isom".utf8), word(0x200), Array("isomiso2avc1mp41".utf8))
    // The index has the place of the samples in it, but is as long wherever that is.
    let start = type.count + index(sizes, start: 0).count + 8
    return type + index(sizes, start: start) + box("mdat", samples.flatMap { $0 })
  }

  private static func index(_ sizes: [Int], start: Int) -> [UInt8] {
    let duration = word(TestVideo.frames)
    let scale = word(TestVideo.framesPerSecond)
    return box(
      "moov",
      box(
        "mvhd", zeros(12), scale, duration, word(0x1_0000), half(0x100), zeros(10), matrix, zeros(24), word(2)),
      box(
        "trak",
        box(
          "tkhd", word(3), zeros(8), word(1), zeros(4), duration, zeros(16), matrix, word(TestVideo.width << 16),
          word(TestVideo.height << 16)),
        box(
          "mdia",
          box("mdhd", zeros(12), scale, duration, half(0x55C4), half(0)),
          box("hdlr", zeros(8), Array("vide".utf8), zeros(12), Array("video".utf8), zeros(1)),
          box(
            "minf",
            box("vmhd", word(1), zeros(8)),
            box("dinf", box("dref", zeros(4), word(1), box("url ", word(1)))),
            sampleTable(sizes, start: start)))))
  }

  private static func sampleTable(_ sizes: [Int], start: Int) -> [UInt8] {
    box(
      "stbl",
      box("stsd", zeros(4), word(1), sampleEntry),
      box("stts", zeros(4), word(1), word(sizes.count), word(1)),
      box("stsc", zeros(4), word(1), word(1), word(sizes.count), word(1)),
      box("stsz", zeros(8), word(sizes.count), sizes.flatMap(word)),
      box("stco", zeros(4), word(1), word(start)))
  }

  private static var sampleEntry: [UInt8] {
    let sequence = TestVideo.sequenceParameters
    let picture = TestVideo.pictureParameters
    let configuration: [UInt8] =
      [1, sequence[1], sequence[2], sequence[3], 0xFF, 0xE1] + half(sequence.count) + sequence + [1]
      + half(picture.count) + picture
    return box(
      "avc1", zeros(6), half(1), zeros(16), half(TestVideo.width), half(TestVideo.height), word(0x48_0000),
      word(0x48_0000), zeros(4), half(1), zeros(32), half(24), half(0xFFFF), box("avcC", configuration))
  }

  private static var matrix: [UInt8] {
    [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000].flatMap(word)
  }

  private static func box(_ type: String, _ parts: [UInt8]...) -> [UInt8] {
    let size = parts.reduce(8) { $0 + $1.count }
    return parts.reduce(into: word(size) + Array(type.utf8)) { $0 += $1 }
  }

  private static func word(_ value: Int) -> [UInt8] {
    half(value >> 16 & 0xFFFF) + half(value & 0xFFFF)
  }

  private static func half(_ value: Int) -> [UInt8] {
    [UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)]
  }

  private static func zeros(_ count: Int) -> [UInt8] {
    [UInt8](repeating: 0, count: count)
  }
}
