// SPDX-License-Identifier: Apache-2.0

@testable import Callbacks
@testable import Ledger

/// The line of an event, with its line feed.
func line(_ event: Event, _ request: RawRequest) -> [UInt8] {
  var bytes: [UInt8] = []
  switch event.what {
  case .own(let own): EventEncoding.append(own, seq: event.seq, at: event.at, isBarrier: true, to: &bytes)
  case .callback(let news):
    EventEncoding.append(
      news, target: request.target.span, fields: request.fields.span, body: request.body.span, seq: event.seq,
      at: event.at, isBarrier: false, to: &bytes)
  }
  return bytes
}

/// What stands in a callback's line beside the event.
struct RawRequest {
  var target = Array("/callbacks".utf8)
  var fields = Array(#"[["Host","h"]]"#.utf8)
  var body = Array("{}".utf8)
}

/// The event, written as a line, is one whole line, and is read back by either reader as what it was.
func requireRoundTrip(_ event: Event, _ request: RawRequest = RawRequest()) {
  let written = line(event, request)
  let range = 0..<written.count - 1
  require(written.last == UInt8(ascii: "\n") && !written[range].contains(UInt8(ascii: "\n")), "not one line")
  require(JournalLine.frame(written, range)?.seq == event.seq, "the line is not found whole")
  var decoder = EventDecoder()
  guard let quick = decoder.decode(written, range, seq: event.seq) else { differ("the line is not read") }
  require(line(quick, request) == written, "read back it is another event")
  guard let careful = decoder.parse(written.span.extracting(range), seq: event.seq) else {
    differ("the parser does not read the line")
  }
  require(line(careful, request) == written, "parsed it is another event")
}
