// SPDX-License-Identifier: Apache-2.0

import Glibc
import JSON
import Testing

@testable import Submitter

@Suite("Embedded profiles") struct ProfileFileTests {
  /// This file is Tests/SubmitterTests/… of the package.
  private static let folder =
    "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/config/models"

  @Test("are the files of config/models, all of them, byte for byte")
  func sameAsFiles() throws {
    let names = filesIn(Self.folder).filter { $0.hasSuffix(".json") }.sorted()
    #expect(embeddedProfiles.map(\.file) == names, "run Tests/Scripts/embed-models")
    for (file, text) in embeddedProfiles {
      #expect(try contents(of: "\(Self.folder)/\(file)") == text, "\(file): run Tests/Scripts/embed-models")
    }
  }

  @Test("describe the Sora 2 family")
  func models() {
    #expect(
      ModelProfiles.embedded.models == [
        "sora-2-characters", "sora-2-characters-pro", "sora-2-image-to-video", "sora-2-image-to-video-stable",
        "sora-2-pro-image-to-video", "sora-2-pro-storyboard", "sora-2-pro-text-to-video", "sora-2-text-to-video",
        "sora-2-text-to-video-stable", "sora-watermark-remover",
      ])
  }

  @Test("agree with themselves", arguments: embeddedProfiles.map(\.file))
  func consistency(file: String) throws {
    let text = try #require(embeddedProfiles.first { $0.file == file }?.text)
    let json = try JSON.parse(text)
    let profile = try ModelProfile(json)
    let schema = try ProfileSchema(profile.request, at: "")
    #expect(file == profile.model + ".json")
    #expect(schema.property("model")?.choices == [.string(profile.model)])
    #expect((schema.property("progressCallBackUrl") != nil) == profile.hasProgressCallback)
    #expect(schema.property("callBackUrl") != nil)
    #expect(profile.result != .unknown)
    for schema in everySchema(in: schema) {
      for name in schema.required { #expect(schema.property(name) != nil, "\(name)") }
      if let value = schema.defaultValue {
        var errors = ValidationErrors()
        schema.validate(value, at: "", into: &errors)
        #expect(errors.all.isEmpty)
      }
    }
  }

  @Test("know which models report progress")
  func progress() {
    let reporting = ModelProfiles.embedded.models.filter { ModelProfiles.embedded.profile(for: $0).hasProgressCallback }
    #expect(
      reporting == [
        "sora-2-image-to-video", "sora-2-pro-image-to-video", "sora-2-pro-text-to-video", "sora-2-text-to-video",
      ])
  }

  @Test("a model without a profile takes any object and nothing else")
  func unknownModel() throws {
    let profile = ModelProfiles.embedded.profile(for: "some/new-model")
    #expect(profile.model == "some/new-model")
    #expect(!profile.hasProgressCallback)
    #expect(profile.result == .unknown)
    #expect(profile.validate(input: ["anything": 1]).isEmpty)
    #expect(profile.validate(input: [:]).isEmpty)
    #expect(profile.validate(input: "text") == [ValidationError(pointer: "/input", message: "must be an object")])
    #expect(profile.validate(input: nil) == [ValidationError(pointer: "/input", message: "is required")])
  }

  @Test("give way to the operator's own")
  func overriding() throws {
    let own = try ModelProfile(
      JSON.parse(
        #"{"model":"sora-2-characters","title":"Own","capabilities":{"progressCallback":true,"result":"files"},"#
          + #""request":{"properties":{"input":{"type":"object"}}}}"#))
    let profiles = ModelProfiles.embedded.overridden(by: [own])
    #expect(profiles.profile(for: "sora-2-characters") == own)
    #expect(profiles.models == ModelProfiles.embedded.models)
    #expect(ModelProfiles.embedded.profile(for: "sora-2-characters") != own)
  }
}

private func everySchema(in schema: ProfileSchema) -> [ProfileSchema] {
  [schema] + (schema.properties.map(\.schema) + schema.items).flatMap(everySchema)
}

private func filesIn(_ folder: String) -> [String] {
  guard let stream = opendir(folder) else { return [] }
  defer { closedir(stream) }
  var names: [String] = []
  while let entry = readdir(stream) {
    names.append(
      withUnsafePointer(to: &entry.pointee.d_name) { tuple in
        tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      })
  }
  return names
}

private func contents(of path: String) throws -> String {
  let file = try #require(fopen(path, "r"))
  defer { fclose(file) }
  var bytes = [UInt8](repeating: 0, count: 1 << 20)
  let count = fread(&bytes, 1, bytes.count, file)
  return String(decoding: bytes.prefix(count), as: UTF8.self)
}
