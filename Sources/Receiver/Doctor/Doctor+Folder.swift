// SPDX-License-Identifier: Apache-2.0

internal import Ledger
internal import Submitter

extension Doctor {
  private static let check = "data folder"

  /// Whether the data folder takes writes, has room, and belongs to one server.
  func folder() -> [Finding] {
    let folder = settings.data.directory
    if let failure = inside?.ledger.counts.failure {
      return [
        .fault(
          Self.check, "the last write to the journal failed: \(failure)",
          remedy: "make room or mend the disk; callbacks are answered 503 until a write goes well again")
      ]
    }
    let disk = SystemDisk()
    do throws(DiskError) {
      try disk.makeDirectory(folder)
      try Self.tryWriting(disk, folder)
      return [try Self.room(disk, folder)] + (inside == nil ? [try Self.lock(disk, folder)] : [])
    } catch {
      return [
        .fault(
          Self.check, "\(folder) cannot be written: \(error)",
          remedy: "give the user that runs hookledger the right to write there, or set data.directory")
      ]
    }
  }

  private static func tryWriting(_ disk: SystemDisk, _ folder: String) throws(DiskError) {
    let path = "\(folder)/.doctor"
    let file = try disk.open(path, .replace)
    defer { disk.close(file) }
    try disk.write(Array("doctor\n".utf8), to: file, at: 0)
    try disk.synchronize(file)
    try disk.remove(path)
  }

  private static func room(_ disk: SystemDisk, _ folder: String) throws(DiskError) -> Finding {
    let space = try disk.space(of: folder)
    let words = "\(folder) can be written; \(inMiB(space.available)) of \(inMiB(space.total)) are free"
    let reserve = ResultRoom.reserve(of: space)
    guard space.available < 2 * reserve else { return .ok(check, words) }
    return .warning(
      check, words,
      remedy: "make room: media is not saved below \(inMiB(reserve)), and a full disk turns callbacks away")
  }

  private static func inMiB(_ bytes: Int) -> String { "\(bytes >> 20) MiB" }

  private static func lock(_ disk: SystemDisk, _ folder: String) throws(DiskError) -> Finding {
    guard let file = try disk.lock(DataPaths(root: folder).lock) else {
      return .warning(
        "server", "another process holds \(folder), but its local API was not reached",
        remedy: "point --server at that server's api.listen, and --token-file at its token")
    }
    disk.close(file)
    return .warning(
      "server", "no running server was reached, so the public address cannot be followed to its end",
      remedy: "start 'hookledger serve' and run the doctor again")
  }
}
