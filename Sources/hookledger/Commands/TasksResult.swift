// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import JSON
import Receiver

/// `hookledger tasks result`
struct TasksResultCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "result",
    abstract: "Copy the saved media of a task into a folder.",
    discussion: """
      The files are named after the task: tsk_01K…-0.mp4. Their paths are \
      printed, one a line. What arrives is held against the hash that was taken \
      when the server saved it.

        hookledger tasks result tsk_01K… --output ./videos
      """)

  @OptionGroup var task: TaskArgument

  @Option(help: ArgumentHelp("The folder; it is made if need be.", valueName: "folder"))
  var output = "."

  @OptionGroup var server: ServerOptions

  func run() async throws {
    let api = try server.api()
    let answer = try await api.get(["tasks", task.id]).json
    let files = answer["result"]?["files"]?.array ?? []
    guard !files.isEmpty else {
      throw CommandError(
        answer["result"]?["lost"]?.bool == true
          ? "the media of this task is lost; 'tasks get' shows why, under alerts"
          : "no media has been saved for this task; its state is \(answer.taskState)")
    }
    do throws(System.Failure) {
      try System.makeFolder(output)
    } catch {
      throw CommandError("cannot make the folder \(output): \(error)")
    }
    let id = answer["id"]?.string ?? task.id
    for file in files {
      guard let number = file["number"]?.int else { throw CommandError("the server named a file without a number") }
      let name = "\(id)-\(number)\(fileExtension(of: file))"
      guard !name.contains("/") else { throw CommandError("the server named a file that is none: \(name)") }
      let path = output.hasSuffix("/") ? output + name : "\(output)/\(name)"
      try await FileDownload(path: path, expectedBytes: file["bytes"]?.int, expectedSHA256: file["sha256"]?.string).run
      { sink throws(CommandError) in
        try await api.download(["tasks", id, "results", "\(number)"], into: sink)
      }
      Console.standard.write(path + "\n")
    }
  }

  /// `.mp4` of `results/tsk_…/0.mp4`.
  private func fileExtension(of file: JSON) -> String {
    guard let path = file["path"]?.string, let dot = path.lastIndex(of: ".") else { return "" }
    let suffix = path[path.index(after: dot)...]
    let isPlain =
      (1...8).contains(suffix.utf8.count) && suffix.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
    return isPlain ? ".\(suffix)" : ""
  }
}
