// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// A failed call of OpenSSL and what its error queue said about it.
package struct OpenSSLError: Error, Equatable, CustomStringConvertible {
  /// The C function that failed.
  package let function: String
  /// The texts of the error queue, oldest first; empty if the library gave none.
  package let reasons: [String]

  package var description: String {
    reasons.isEmpty ? "\(function) failed" : "\(function) failed: \(reasons.joined(separator: "; "))"
  }
}

/// Makes one call of OpenSSL that returns 1 for success, and turns anything else into an error with its reasons.
///
/// The error queue belongs to the thread, so that clearing, calling and reading must not be separated by a suspension:
/// the call is synchronous.
func checked(_ function: String, _ call: () -> Int32) throws(OpenSSLError) {
  ERR_clear_error()
  guard call() != 1 else { return }
  throw OpenSSLError(function: function, reasons: takeReasons())
}

/// Empties the calling thread's error queue, oldest first.
func takeReasons() -> [String] {
  var reasons: [String] = []
  while case let code = ERR_get_error(), code != 0 {
    // ERR_error_string_n(3) always terminates the text; 256 bytes hold the longest.
    var text = [CChar](repeating: 0, count: 256)
    unsafe ERR_error_string_n(code, &text, 256)
    reasons.append(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }
  return reasons
}
