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
  /// Written in one piece: strings that are joined are looked through for what belongs together at every seam.
  private func path(of id: TaskID, before prefix: StaticString, behind suffix: StaticString) -> String {
    String(room: directory.utf8.count + 48) { path in
      appendFolder(of: id, to: &path)
      path.append(literal: prefix)
      path.append(literal: "tsk_")
      path.append(ulid: id)
      path.append(literal: suffix)
    }
  }

  private func appendFolder(of id: TaskID, to path: inout JSONWriter) {
    path.append(copying: directory)
    path.append(literal: "/")
    path.append(lowerCaseULIDEnd: id)
  }

  func write(_ task: TaskState) throws(DiskError) {
    let draft = draft(of: task.id)
    let file = try openDraft(draft, of: task.id)
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

  private func openDraft(_ path: String, of id: TaskID) throws(DiskError) -> DiskFile {
    do {
      return try disk.open(path, .replace)
    } catch {
      guard error.errno == SystemDisk.noSuchFile else { throw error }
      try disk.makeDirectory(String(room: directory.utf8.count + 8) { appendFolder(of: id, to: &$0) })
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
