// SPDX-License-Identifier: Apache-2.0

import JSON

/// Gathers what a task made, from all the places where a product of the provider may put it, into the parts of a report
/// that say so. Keeps its buffers.
struct ResultCollector: ~Copyable {
  private var tape = JSONTape(names: Field.names)
  private var text: [UInt8] = []

  /// Adds the results below `data`.
  mutating func collect(
    _ data: borrowing Fields, _ outer: borrowing JSONTape, in bytes: Span<UInt8>, into report: inout TaskReport
  ) {
    if let result = data[.resultJSON] { collect(result, outer, in: bytes, into: &report) }
    report.addMembers(data, outer, in: bytes)
    if let info = data[.info] { report.addMembers(of: info, outer, in: bytes) }
    if let response = data[.response] { report.addMembers(of: response, outer, in: bytes) }
  }

  /// `resultJson` is documented as JSON in a string; an object, null and an empty string have been seen as well.
  private mutating func collect(
    _ result: JSONNode, _ outer: borrowing JSONTape, in bytes: Span<UInt8>, into report: inout TaskReport
  ) {
    guard let contents = outer.contents(of: result) else { return report.add(result, outer, in: bytes) }
    if contents.isEmpty || collect(inString: bytes.extracting(contents), into: &report) { return }
    text.removeAll(keepingCapacity: true)
    outer.appendString(result, in: bytes, to: &text)
    Self.collect(text, with: &tape, into: &report)
  }

  /// - Returns: whether that could be done without decoding the string.
  private mutating func collect(inString contents: Span<UInt8>, into report: inout TaskReport) -> Bool {
    guard tape.parse(inString: contents) else { return false }
    let members = Fields(of: tape.root, tape)
    // Of these a part may be kept as text, which must be JSON.
    guard members.present & (Field.object.bit | Field.data.bit) == 0 else { return false }
    report.add(tape.root, members, tape, in: contents)
    return true
  }

  private static func collect(_ text: [UInt8], with tape: inout JSONTape, into report: inout TaskReport) {
    do throws(JSONError) {
      try tape.parse(text.span)
      report.add(tape.root, tape, in: text.span)
    } catch {
      report.hasMalformedResult = true
    }
  }
}

extension TaskReport {
  /// Far above what any product returns, and few enough that looking for repetitions stays cheap.
  private static let maxURLs = 256

  fileprivate mutating func add(_ result: JSONNode, _ tape: borrowing JSONTape, in bytes: Span<UInt8>) {
    add(result, Fields(of: result, tape), tape, in: bytes)
  }

  /// - Parameter members: those of the result, if it is an object.
  fileprivate mutating func add(
    _ result: JSONNode, _ members: borrowing Fields, _ tape: borrowing JSONTape, in bytes: Span<UInt8>
  ) {
    switch tape.kind(of: result) {
    case .null: break
    case .object: addMembers(members, tape, in: bytes)
    case .array: Self.addURLs(result, tape, in: bytes, to: &urls)
    case .bool, .number, .string: hasMalformedResult = true
    }
  }

  fileprivate mutating func addMembers(of object: JSONNode, _ tape: borrowing JSONTape, in bytes: Span<UInt8>) {
    addMembers(Fields(of: object, tape), tape, in: bytes)
  }

  fileprivate mutating func addMembers(
    _ members: borrowing Fields, _ tape: borrowing JSONTape, in bytes: Span<UInt8>
  ) {
    if members.present & Field.urlBits != 0 {
      // In this order they are listed.
      Self.addURLs(members[.resultURLs], tape, in: bytes, to: &urls)
      Self.addURLs(members[.firstFrame], tape, in: bytes, to: &urls)
      Self.addURLs(members[.lastFrame], tape, in: bytes, to: &urls)
      Self.addURLs(members[.images], tape, in: bytes, to: &urls)
      Self.addURLs(members[.image4o], tape, in: bytes, to: &urls)
      Self.addURLs(members[.imageFlux], tape, in: bytes, to: &urls)
      Self.addURLs(members[.videoRunway], tape, in: bytes, to: &urls)
      Self.addURLs(members[.videoAleph], tape, in: bytes, to: &urls)
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
  @inline(__always)
  private static func addURLs(
    _ value: JSONNode?, _ tape: borrowing JSONTape, in bytes: Span<UInt8>, to urls: inout TextList
  ) {
    if let value { addURLs(value, tape, in: bytes, to: &urls) }
  }

  private static func addURLs(
    _ value: JSONNode, _ tape: borrowing JSONTape, in bytes: Span<UInt8>, to urls: inout TextList
  ) {
    guard tape.kind(of: value) == .array else { return addURL(value, tape, in: bytes, to: &urls) }
    var element = tape.firstChild(of: value)
    while let present = element {
      addURL(present, tape, in: bytes, to: &urls)
      element = tape.nextSibling(of: present, in: value)
    }
  }

  private static func addURL(
    _ value: JSONNode, _ tape: borrowing JSONTape, in bytes: Span<UInt8>, to urls: inout TextList
  ) {
    guard let url = tape.string(value, in: bytes), !url.isEmpty else { return }
    // Nearly every list has one address.
    if urls.isEmpty || (urls.count < maxURLs && !urls.contains(url)) { urls.append(url) }
  }
}

extension Field {
  /// The members with addresses of results.
  fileprivate static var urlBits: UInt64 {
    resultURLs.bit | firstFrame.bit | lastFrame.bit | images.bit | image4o.bit | imageFlux.bit | videoRunway.bit
      | videoAleph.bit
  }
}

/// The value without white space, numbers as written.
private func compactText(_ value: JSONNode, _ tape: borrowing JSONTape, in bytes: Span<UInt8>) -> String? {
  (try? JSON.parse(bytes.extracting(tape.range(of: value)))).map { String(decoding: $0.compact(), as: UTF8.self) }
}
