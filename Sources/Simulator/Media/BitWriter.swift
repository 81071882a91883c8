// SPDX-License-Identifier: Apache-2.0

/// Writes the bit strings of H.264, most significant bit first (ITU-T H.264, 7.2 and 9.1).
struct BitWriter {
  private(set) var bytes: [UInt8] = []
  private var free = 0

  /// The low `count` bits, u(n).
  mutating func bits(_ value: Int, _ count: Int) {
    for place in stride(from: count - 1, through: 0, by: -1) {
      if free == 0 {
        bytes.append(0)
        free = 8
      }
      free -= 1
      bytes[bytes.count - 1] |= UInt8(value >> place & 1) << UInt8(free)
    }
  }

  /// An Exp-Golomb code, ue(v).
  mutating func golomb(_ value: Int) {
    let width = Int.bitWidth - (value + 1).leadingZeroBitCount
    bits(0, width - 1)
    bits(value + 1, width)
  }

  /// Zeros up to the next byte.
  mutating func align() {
    free = 0
  }

  /// Whole bytes, behind an alignment.
  mutating func append(_ more: some Sequence<UInt8>) {
    align()
    bytes.append(contentsOf: more)
  }

  /// The stop bit and zeros up to the next byte, rbsp_trailing_bits().
  mutating func endPayload() {
    bits(1, 1)
    align()
  }

  /// The payload as a NAL unit, with emulation prevention (7.4.1).
  func unit(header: UInt8) -> [UInt8] {
    var unit = [header]
    var zeros = 0
    for byte in bytes {
      if zeros == 2, byte <= 3 {
        unit.append(3)
        zeros = 0
      }
      unit.append(byte)
      zeros = byte == 0 ? zeros + 1 : 0
    }
    return unit
  }
}
