// SPDX-License-Identifier: Apache-2.0

extension String {
  /// Columns that the text takes on a terminal: two for East Asian wide characters and emoji (Unicode annex 11).
  var columns: Int {
    reduce(0) { $0 + $1.columns }
  }

  /// The text in at most `columns` columns, an ellipsis in place of what had to go.
  func truncated(toColumns columns: Int) -> String {
    guard self.columns > columns else { return self }
    var text = ""
    var used = 0
    for character in self {
      used += character.columns
      guard used < columns else { break }
      text.append(character)
    }
    return columns > 0 ? text + "…" : ""
  }

  /// The text with a space for every control character, so that what others wrote cannot steer the terminal.
  package var withoutControls: String {
    guard unicodeScalars.contains(where: \.isControl) else { return self }
    return String(String.UnicodeScalarView(unicodeScalars.map { $0.isControl ? " " : $0 }))
  }
}

extension Unicode.Scalar {
  /// C0, DEL and C1 controls, line separators, and the marks that turn the direction of writing.
  fileprivate var isControl: Bool {
    switch value {
    case 0..<0x20, 0x7f..<0xa0, 0x2028...0x202e, 0x2066...0x2069: true
    default: false
    }
  }
}

extension Character {
  fileprivate var columns: Int {
    guard let scalar = unicodeScalars.first else { return 0 }
    switch scalar.value {
    case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f,
      0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1f64f, 0x1f680...0x1f6ff, 0x1f900...0x1f9ff, 0x20000...0x3fffd:
      return 2
    default:
      return 1
    }
  }
}
