// SPDX-License-Identifier: Apache-2.0

/// A short H.264 video of a moving pattern whose colour depends on its name. Every macroblock is written as raw samples
/// (I_PCM), so that no encoder is needed and any player shows it.
struct TestVideo {
  static let width = 80
  static let height = 48
  static let frames = 12
  static let framesPerSecond = 6

  private let phase: Int
  private let blue: UInt8
  private let red: UInt8

  init(name: String) {
    // FNV-1a, so that each name has its own bytes.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    var generator = SplitMix64(seed: hash)
    phase = generator.integer(in: 0...159)
    blue = UInt8(generator.integer(in: 48...208))
    red = UInt8(generator.integer(in: 48...208))
  }

  /// The sequence parameter set (7.3.2.1): constrained baseline profile, level 3.
  static var sequenceParameters: [UInt8] {
    var writer = BitWriter()
    writer.append([66, 0xC0, 30])
    writer.golomb(0)  // seq_parameter_set_id
    writer.golomb(0)  // log2_max_frame_num_minus4
    writer.golomb(2)  // pic_order_cnt_type: output in decoding order
    writer.golomb(1)  // max_num_ref_frames
    writer.bits(0, 1)  // gaps_in_frame_num_value_allowed_flag
    writer.golomb(width / 16 - 1)
    writer.golomb(height / 16 - 1)
    writer.bits(0b1100, 4)  // frames only, direct_8x8_inference; no cropping, no VUI
    writer.endPayload()
    return writer.unit(header: 0x67)
  }

  /// The picture parameter set (7.3.2.2).
  static var pictureParameters: [UInt8] {
    var writer = BitWriter()
    writer.golomb(0)  // pic_parameter_set_id
    writer.golomb(0)  // seq_parameter_set_id
    writer.bits(0, 2)  // CAVLC, no field order
    writer.golomb(0)  // one slice group
    writer.golomb(0)  // reference indices, list 0
    writer.golomb(0)  // reference indices, list 1
    writer.bits(0, 3)  // no weighted prediction
    for _ in 0..<3 { writer.golomb(0) }  // quantisation at its defaults
    writer.bits(0b100, 3)  // deblocking is told in slices
    writer.endPayload()
    return writer.unit(header: 0x68)
  }

  /// One picture as an IDR slice (7.3.3 to 7.3.5).
  func picture(_ number: Int) -> [UInt8] {
    var writer = BitWriter()
    writer.golomb(0)  // first_mb_in_slice
    writer.golomb(7)  // all slices are I
    writer.golomb(0)  // pic_parameter_set_id
    writer.bits(0, 4)  // frame_num
    writer.golomb(number % 2)  // idr_pic_id differs from its neighbours'
    writer.bits(0, 2)  // output prior pictures, no long-term reference
    writer.golomb(0)  // slice_qp_delta
    writer.golomb(1)  // no deblocking
    for row in 0..<Self.height / 16 {
      for column in 0..<Self.width / 16 {
        writer.golomb(25)  // I_PCM
        writer.append(samples(column: column, row: row, picture: number))
      }
    }
    writer.endPayload()
    return writer.unit(header: 0x65)
  }

  private func samples(column: Int, row: Int, picture: Int) -> [UInt8] {
    var samples: [UInt8] = []
    samples.reserveCapacity(384)
    for y in row * 16..<row * 16 + 16 {
      for x in column * 16..<column * 16 + 16 {
        samples.append(UInt8(48 + (2 * x + 3 * y + 8 * picture + phase) % 160))
      }
    }
    samples.append(contentsOf: repeatElement(blue, count: 64))
    samples.append(contentsOf: repeatElement(red, count: 64))
    return samples
  }
}
