// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import JSON
import Receiver

/// `hookledger submit`
struct SubmitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit",
    abstract: "Create a task through a running server.",
    discussion: """
      The input of any model comes from a JSON file (--input); the flags of the \
      Sora profile are put on top of it.

        hookledger submit --prompt "A kite" --image-url https://a.test/1.png --wait
        hookledger submit --prompt "A kite" --image kite.png --wait
        hookledger submit --model sora-2-text-to-video --input input.json
        hookledger submit --model some/model --input - --dry-run < input.json

      A task that the provider took is charged. When its answer is lost the task \
      is kept in the state 'unknown' and is not sent again; give an \
      --idempotency-key to be able to repeat the command without paying twice.
      """)

  @Option(help: "The model.")
  var model = "sora-2-image-to-video"

  @Option(help: ArgumentHelp("A JSON file with the input object, - for standard input.", valueName: "file"))
  var input: String?

  @Option(help: "What is to be seen.")
  var prompt: String?

  @Option(help: ArgumentHelp("Address of the first frame; repeatable where the model takes several.", valueName: "url"))
  var imageUrl: [String] = []

  @Option(
    help: ArgumentHelp(
      "A local image: it is uploaded, and its address follows those of --image-url; repeatable.", valueName: "file"))
  var image: [String] = []

  @Option(help: ArgumentHelp("landscape or portrait.", valueName: "ratio"))
  var aspectRatio: String?

  @Option(help: ArgumentHelp("Length of the video: 10 or 15.", valueName: "frames"))
  var nFrames: String?

  @Flag(inversion: .prefixedNo, help: "Ask for a video without watermark.")
  var removeWatermark: Bool?

  @Option(help: ArgumentHelp("A character of sora-2-characters; repeatable.", valueName: "id"))
  var characterId: [String] = []

  @Option(
    help: ArgumentHelp(
      "A finished task of sora-2-characters, for the character that it made; repeatable.", valueName: "task"))
  var characterTask: [String] = []

  @Option(help: ArgumentHelp("The same key and request again give the same task again.", valueName: "key"))
  var idempotencyKey: String?

  @Flag(help: "Show the progress until the task ends; exit status 4 if it ends in failure.")
  var wait = false

  @Flag(help: "Check the request and print it; nothing is sent.")
  var dryRun = false

  @OptionGroup var waiting: WaitOptions
  @OptionGroup var server: ServerOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard !model.isEmpty else { throw ValidationError("--model must not be empty") }
    guard waiting.timeout == nil || wait else { throw ValidationError("--timeout needs --wait") }
  }

  func run() async throws {
    let files = image.map { LocalFile($0) }
    // All of them are looked at before the first is sent.
    for file in files { _ = try file.read() }
    guard !dryRun else {
      return Console.standard.show(try request(images: image.map { "upload:\($0)" }, characters: characterTask))
    }
    let api = try server.api()
    var characters: [String] = []
    for task in characterTask { characters.append(try await character(of: task, api)) }
    var images: [String] = []
    for file in files { images.append(try await address(of: file, api)) }
    let request = try request(images: images, characters: characters)
    let answer = try await api.post(["tasks"], body: request, idempotencyKey: idempotencyKey)
    var task = answer.json
    if answer.status == 202 {
      Console.standard.complain([
        "the provider's answer was lost: the task may or may not exist; it is kept as 'unknown' and not sent again"
      ])
    }
    if wait, let id = task["id"]?.string {
      task = try await TaskWatch(api: api, id: id, timeout: waiting.timeout).untilEnd()
    }
    output.show(task, as: TextTable.init(members:))
    try task.requireSuccess()
  }

  private func address(of file: LocalFile, _ api: LocalAPI) async throws(CommandError) -> String {
    guard let url = try await file.upload(to: api)["url"]?.string else {
      throw CommandError("the server did not tell where \(file.source) is now")
    }
    return url
  }

  /// The character that a finished task made (provider page "Sora2 - Characters": `resultObject.character_id`).
  private func character(of id: String, _ api: LocalAPI) async throws(CommandError) -> String {
    let task = try await api.get(["tasks", id]).json
    if let character = task["result"]?["object"]?["character_id"]?.string { return character }
    throw CommandError(
      task.taskState == "success"
        ? "the task \(id) made no character" : "the task \(id) has made no character: its state is \(task.taskState)")
  }

  /// `{"model":…, "input":{…}}`
  private func request(images: [String], characters: [String]) throws -> JSON {
    var object = try inputFile()
    if let prompt { object["prompt"] = .string(prompt) }
    let images = imageUrl + images
    if !images.isEmpty { object["image_urls"] = .array(images.map(JSON.string)) }
    if let aspectRatio { object["aspect_ratio"] = .string(aspectRatio) }
    if let nFrames { object["n_frames"] = .string(nFrames) }
    if let removeWatermark { object["remove_watermark"] = .bool(removeWatermark) }
    let characters = characterId + characters
    if !characters.isEmpty { object["character_id_list"] = .array(characters.map(JSON.string)) }
    guard !object.isEmpty else {
      throw CommandError("the input is empty: give --prompt and --image or --image-url, or --input", status: .usage)
    }
    return ["model": .string(model), "input": .object(object)]
  }

  private func inputFile() throws(CommandError) -> JSONObject {
    guard let input else { return [:] }
    guard case .object(let object) = try readJSON(input) else {
      throw CommandError("\(input) does not hold a JSON object")
    }
    return object
  }
}
