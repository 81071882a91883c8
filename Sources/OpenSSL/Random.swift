// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// Bytes from OpenSSL's generator, fit for keys (RAND_bytes(3)).
///
/// - Throws: if the generator could not be seeded.
package func randomBytes(_ count: Int) throws(OpenSSLError) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: count)
  try checked("RAND_bytes") {
    unsafe bytes.withUnsafeMutableBufferPointer { unsafe RAND_bytes($0.baseAddress, Int32($0.count)) }
  }
  return bytes
}
