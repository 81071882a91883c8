// SPDX-License-Identifier: Apache-2.0

internal import Ledger
internal import OpenSSL

/// The key that signs our callback addresses: made at the first start and kept in the data folder, because the
/// addresses of running tasks must go on working after a restart.
enum TokenKey {
  private static let size = 32

  static func load(_ directory: String, disk: any Disk) throws -> [UInt8] {
    let path = directory + "/token-key"
    if let known = try disk.contents(of: path) {
      guard known.count == size else {
        throw StartError("\(path) should hold \(size) bytes and holds \(known.count): restore it from a backup")
      }
      return known
    }
    let key = try randomBytes(size)
    let file = try disk.open(path, .replace)
    defer { disk.close(file) }
    try disk.write(key, to: file, at: 0)
    try disk.synchronize(file)
    try disk.synchronizeDirectory(directory)
    return key
  }
}

/// Why the server does not start, in plain words.
package struct StartError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) {
    self.description = description
  }
}
