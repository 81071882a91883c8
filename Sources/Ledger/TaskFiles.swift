// SPDX-License-Identifier: Apache-2.0

internal import Callbacks

/// One JSON file a task, replaced atomically: `tasks/ab/tsk_….json`.
///
/// A file follows the journal, so it need not be synced by itself: a checkpoint syncs them all at once, and what a
/// power cut spoils before that is rebuilt from the journal.
struct TaskFiles: Sendable {
  let disk: any Disk
  /// The data folder's `tasks`.
  let directory: String

  func path(of id: TaskID) -> String { path(of: id, before: "/", behind: ".json") }

  /// The draft that becomes the file.
  private func draft(of id: TaskID) -> String { path(of: id, before: "/.", behind: "") }

  /// The folder is named by the last two characters of the id, which are random: at most 1,024 folders, evenly filled.
  ///
  /// Pieced together as bytes: strings that are joined are looked through for what belongs together at every seam.
  private func path(of id: TaskID, before prefix: StaticString, behind suffix: StaticString) -> String {
    var path: [UInt8] = []
    path.reserveCapacity(directory.utf8.count + 48)
    path.append(contentsOf: directory.utf8)
    path.append(contentsOf: "/..".utf8)
    let folderEnd = path.count
    path.append(room: 64) { writer in
      writer.append(literal: prefix)
      writer.append(literal: "tsk_")
      writer.append(copying: id.ulid.span)
    }
    // Digits have the bit that makes letters lower-case.
    for place in 1...2 { path[folderEnd - place] = path[path.count - place] | 0x20 }
    path.append(room: 8) { $0.append(literal: suffix) }
    return String(decoding: path, as: UTF8.self)
  }

  func write(_ task: TaskState) throws(DiskError) {
    let draft = draft(of: task.id)
    let file = try openDraft(draft)
    do {
      try disk.write(task.file(), to: file, at: 0)
    } catch {
      disk.close(file)
      try? disk.remove(draft)
      throw error
    }
    disk.close(file)
    try disk.rename(draft, to: path(of: task.id))
  }

  private func openDraft(_ path: String) throws(DiskError) -> DiskFile {
    do {
      return try disk.open(path, .replace)
    } catch {
      guard error.errno == SystemDisk.noSuchFile else { throw error }
      guard let folderEnd = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { throw error }
      try disk.makeDirectory(String(path[..<folderEnd]))
      return try disk.open(path, .replace)
    }
  }

  /// The task in its file; `nil` if there is none, or if it is torn or damaged.
  func read(_ id: TaskID) throws(DiskError) -> TaskState? {
    guard let bytes = try disk.contents(of: path(of: id)), let task = TaskState(file: bytes), task.id == id else {
      return nil
    }
    return task
  }

  func remove(_ id: TaskID) throws(DiskError) {
    try disk.remove(path(of: id))
  }

  /// The ids of all files, unordered.
  func all() throws(DiskError) -> [TaskID] {
    var ids: [TaskID] = []
    for folder in try disk.names(in: directory) where folder.utf8.count == 2 {
      for name in try disk.names(in: directory + "/" + folder) where name.hasSuffix(".json") {
        if let id = TaskID(String(name.dropLast(5))) { ids.append(id) }
      }
    }
    return ids
  }
}
