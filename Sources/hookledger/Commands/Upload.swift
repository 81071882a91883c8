// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import JSON
import Receiver

/// `hookledger upload`
struct UploadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "upload",
    abstract: "Put a local image, or one behind a link, where the provider can read it.",
    discussion: """
      Prints the address to give to a task; the provider deletes the file after a \
      day or a few. Images and short films up to 10 MiB.

        hookledger upload kite.png
        hookledger upload https://example.com/kite.png
      """)

  @Argument(help: ArgumentHelp("A file, - for standard input, or an http(s) address.", valueName: "file"))
  var source: String

  @OptionGroup var server: ServerOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard !source.isEmpty else { throw ValidationError("the file must not be empty") }
  }

  func run() async throws {
    output.show(try await LocalFile(source).upload(to: try server.api()), as: TextTable.init(members:))
  }
}

/// Something that the user named to be uploaded.
struct LocalFile {
  /// A path, `-`, or an address.
  let source: String

  init(_ source: String) {
    self.source = source
  }

  /// What the models take at most.
  private static let maxBytes = 10 << 20

  private var isLink: Bool {
    ["http://", "https://"].contains { source.lowercased().hasPrefix($0) }
  }

  /// What the server says of the uploaded file; its `url` is for the task's input.
  func upload(to api: LocalAPI) async throws(CommandError) -> JSON {
    guard !isLink else { return try await api.post(["uploads"], body: ["url": .string(source)]).json }
    return try await api.upload(try read(), name: source == "-" ? nil : source).json
  }

  /// The bytes of the file, if there are not too many.
  func read() throws(CommandError) -> [UInt8] {
    let bytes = try readBytes(source)
    guard !bytes.isEmpty else { throw CommandError("\(source) is empty") }
    guard bytes.count <= Self.maxBytes else {
      throw CommandError("\(source) has \(bytes.count) bytes; the models take \(Self.maxBytes) at most")
    }
    return bytes
  }
}
