// SPDX-License-Identifier: Apache-2.0

import JSON

/// What a task made, as far as a body says.
struct ReportedResults {
  /// Far above what any product returns, and few enough that looking for repetitions stays cheap.
  private static let maxURLs = 256

  /// See ``TaskReport/urls``.
  var urls: [String] = []
  /// See ``TaskReport/watermarkURLs``.
  var watermarkURLs: [String] = []
  /// See ``TaskReport/object``.
  var object: String?
  /// See ``TaskReport/hasMalformedResult``.
  var isMalformed = false
}

/// Gathers what a task made, from all the places where a product of the provider may put it. Keeps its buffers.
struct ResultCollector: ~Copyable {
  private var tape = JSONTape()
  private var text: [UInt8] = []

  /// The results below `data`.
  mutating func collect(_ data: Fields, _ outer: borrowing JSONTape, in bytes: Span<UInt8>) -> ReportedResults {
    var results = ReportedResults()
    if let result = data[.resultJSON] { collect(result, outer, in: bytes, into: &results) }
    results.addMembers(data, outer, in: bytes)
    if let info = data[.info] { results.addMembers(Fields(of: info, outer, in: bytes), outer, in: bytes) }
    if let response = data[.response] { results.addMembers(Fields(of: response, outer, in: bytes), outer, in: bytes) }
    return results
  }

  /// `resultJson` is documented as JSON in a string; an object, null and an empty string have been seen as well.
  private mutating func collect(
    _ result: JSONNode, _ outer: borrowing JSONTape, in bytes: Span<UInt8>, into results: inout ReportedResults
  ) {
    text.removeAll(keepingCapacity: true)
    guard outer.appendString(result, in: bytes, to: &text) else { return results.add(result, outer, in: bytes) }
    if !text.isEmpty { Self.collect(text, with: &tape, into: &results) }
  }

  private static func collect(_ text: [UInt8], with tape: inout JSONTape, into results: inout ReportedResults) {
    do throws(JSONError) {
      try tape.parse(text.span)
      results.add(tape.root, tape, in: text.span)
    } catch {
      results.isMalformed = true
    }
  }
}

extension ReportedResults {
  /// Members with addresses of results, in the order in which these are listed.
  private static let urlFields: [Field] = [
    .resultURLs, .firstFrame, .lastFrame, .images, .image4o, .imageFlux, .videoRunway, .videoAleph,
  ]
  private static let fields = FieldSet((urlFields + [.watermarkedURLs, .object, .data]).map { FieldSet($0) })

  fileprivate mutating func add(_ result: JSONNode, _ tape: borrowing JSONTape, in bytes: Span<UInt8>) {
    switch tape.kind(of: result) {
    case .null: break
    case .object: addMembers(Fields(of: result, tape, in: bytes), tape, in: bytes)
    case .array: Self.addURLs(result, tape, in: bytes, to: &urls)
    case .bool, .number, .string: isMalformed = true
    }
  }

  fileprivate mutating func addMembers(_ members: Fields, _ tape: borrowing JSONTape, in bytes: Span<UInt8>) {
    guard !members.present.isDisjoint(with: Self.fields) else { return }
    for field in Self.urlFields where members.present.contains(FieldSet(field)) {
      Self.addURLs(members[field], tape, in: bytes, to: &urls)
    }
    Self.addURLs(members[.watermarkedURLs], tape, in: bytes, to: &watermarkURLs)
    if let value = members[.object] { addObject(value, tape, in: bytes) }
    if let list = members[.data] { addTracks(list, tape, in: bytes) }
  }

  private mutating func addObject(_ value: JSONNode, _ tape: borrowing JSONTape, in bytes: Span<UInt8>) {
    guard tape.kind(of: value) == .object else { return }
    object = compactText(value, tape, in: bytes)
    Self.addURLs(tape.member("mask_urls", of: value, in: bytes), tape, in: bytes, to: &urls)
  }

  /// Suno: a list of tracks, or of texts if lyrics were asked for.
  private mutating func addTracks(_ list: JSONNode, _ tape: borrowing JSONTape, in bytes: Span<UInt8>) {
    guard tape.kind(of: list) == .array else { return }
    var hasText = false
    var track = tape.firstChild(of: list)
    while let value = track {
      if let audio = tape.member("audio_url", of: value, in: bytes) {
        Self.addURLs(audio, tape, in: bytes, to: &urls)
      } else if tape.text(tape.member("text", of: value, in: bytes), in: bytes) != nil {
        hasText = true
      }
      track = tape.nextSibling(of: value, in: list)
    }
    if hasText { object = compactText(list, tape, in: bytes) }
  }

  /// Adds a string, or the strings of an array.
  private static func addURLs(
    _ value: JSONNode?, _ tape: borrowing JSONTape, in bytes: Span<UInt8>, to urls: inout [String]
  ) {
    guard let value else { return }
    guard tape.kind(of: value) == .array else { return addURL(value, tape, in: bytes, to: &urls) }
    var element = tape.firstChild(of: value)
    while let present = element {
      addURL(present, tape, in: bytes, to: &urls)
      element = tape.nextSibling(of: present, in: value)
    }
  }

  private static func addURL(
    _ value: JSONNode, _ tape: borrowing JSONTape, in bytes: Span<UInt8>, to urls: inout [String]
  ) {
    guard urls.count < maxURLs, let url = tape.string(value, in: bytes), !url.isEmpty, !urls.contains(url)
    else { return }
    urls.append(url)
  }
}

/// The value without white space, numbers as written.
private func compactText(_ value: JSONNode, _ tape: borrowing JSONTape, in bytes: Span<UInt8>) -> String? {
  (try? JSON.parse(bytes.extracting(tape.range(of: value)))).map { String(decoding: $0.compact(), as: UTF8.self) }
}
