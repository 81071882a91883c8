// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The folder of JSONTestSuite: below `$HOOKLEDGER_TESTDATA`, or else below `../shared/testdata` beside the package.
enum Corpus {
  struct File {
    let name: String
    let bytes: [UInt8]
  }

  struct Unreadable: Error {
    let path: String
  }

  static let folder: String? = {
    let package = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    let roots = [environment("HOOKLEDGER_TESTDATA"), package + "/../shared/testdata"].compactMap { $0 }
    let found = roots.map { $0 + "/JSONTestSuite" }.first { access($0, R_OK) == 0 }
    if found == nil {
      print("JSONTests: no JSONTestSuite, its tests are SKIPPED. Set HOOKLEDGER_TESTDATA to its parent.")
    }
    return found
  }()

  static var isPresent: Bool { folder != nil }

  static func files(prefix: String) throws -> [File] {
    guard let folder, let directory = opendir(folder) else { throw Unreadable(path: folder ?? "") }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasPrefix(prefix), name.hasSuffix(".json") { names.append(name) }
    }
    return try names.sorted().map { File(name: $0, bytes: try read("\(folder)/\($0)")) }
  }

  private static func read(_ path: String) throws -> [UInt8] {
    guard let file = fopen(path, "rb") else { throw Unreadable(path: path) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
    return bytes
  }

  private static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }
}
