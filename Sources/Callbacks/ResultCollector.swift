// SPDX-License-Identifier: Apache-2.0

import JSON

/// Gathers what a task made, from all the places where a product of the provider may put it. Keeps its buffers.
struct ResultCollector: ~Copyable {
  private var tape = JSONTape()
  private var text: [UInt8] = []

  /// Adds the results below `data` to the report.
  mutating func collect(
    _ data: Fields, _ outer: borrowing JSONTape, in bytes: Span<UInt8>, into report: inout TaskReport
  ) {
    if let result = data[.resultJSON] { collectResult(result, outer, in: bytes, into: &report) }
    report.addResults(data, outer, in: bytes)
    if let info = data[.info] { report.addResults(Fields(of: info, outer, in: bytes), outer, in: bytes) }
    if let response = data[.response] { report.addResults(Fields(of: response, outer, in: bytes), outer, in: bytes) }
  }

  /// `resultJson` is documented as JSON in a string; an object, null and an empty string have been seen as well.
  private mutating func collectResult(
    _ result: JSONNode, _ outer: borrowing JSONTape, in bytes: Span<UInt8>, into report: inout TaskReport
  ) {
    text.removeAll(keepingCapacity: true)
    guard outer.appendString(result, in: bytes, to: &text) else {
      report.addResult(result, outer, in: bytes)
      return
    }
    if !text.isEmpty { Self.collectResult(text, with: &tape, into: &report) }
  }

  private static func collectResult(
    _ text: [UInt8], with tape: inout JSONTape, into report: inout TaskReport
  ) {
    do throws(JSONError) {
      try tape.parse(text.span)
      report.addResult(tape.root, tape, in: text.span)
    } catch {
      report.hasMalformedResult = true
    }
  }
}

extension TaskReport {
  /// Far above what any product returns, and few enough that looking for repetitions stays cheap.
  private static let maxURLs = 256

  fileprivate mutating func addResult(_ result: JSONNode, _ tape: borrowing JSONTape, in bytes: Span<UInt8>) {
    switch tape.kind(of: result) {
    case .null: break
    case .object: addResults(Fields(of: result, tape, in: bytes), tape, in: bytes)
    case .array: Self.addURLs(result, tape, in: bytes, to: &urls)
    case .bool, .number, .string: hasMalformedResult = true
    }
  }

  fileprivate mutating func addResults(_ fields: Fields, _ tape: borrowing JSONTape, in bytes: Span<UInt8>) {
    Self.addURLs(fields[.resultURLs], tape, in: bytes, to: &urls)
    Self.addURLs(fields[.firstFrame], tape, in: bytes, to: &urls)
    Self.addURLs(fields[.lastFrame], tape, in: bytes, to: &urls)
    Self.addURLs(fields[.images], tape, in: bytes, to: &urls)
    Self.addURLs(fields[.image4o], tape, in: bytes, to: &urls)
    Self.addURLs(fields[.imageFlux], tape, in: bytes, to: &urls)
    Self.addURLs(fields[.videoRunway], tape, in: bytes, to: &urls)
    Self.addURLs(fields[.videoAleph], tape, in: bytes, to: &urls)
    Self.addURLs(fields[.watermarkedURLs], tape, in: bytes, to: &watermarkURLs)
    if let value = fields[.object] { addObject(value, tape, in: bytes) }
    if let list = fields[.data] { addTracks(list, tape, in: bytes) }
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
