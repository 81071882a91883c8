// SPDX-License-Identifier: Apache-2.0

@testable import Callbacks
@testable import Ledger

/// Lines of the journal: any event is read back as what was written, and any line with a right checksum, whoever wrote
/// it, is an event or is none. What is no whole line is never taken for one.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = input(start, count)
  guard let choice = bytes.first else { return 0 }
  let rest = Array(bytes.dropFirst())
  _ = JournalLine.frame(rest, 0..<rest.count)
  if choice.isMultiple(of: 2) { readForeignLine(rest) } else { writeOwnEvent(choice, rest) }
  return 0
}

/// The bytes as the members of a line, behind a right number and before a right checksum.
private func readForeignLine(_ members: [UInt8]) {
  var written: [UInt8] = []
  let line = [UInt8(ascii: ",")] + members.filter { $0 != UInt8(ascii: "\n") }
  written.append(room: 64) { writer in
    JournalLine.begin(seq: 12, isBarrier: false, into: &writer)
    writer.append(copying: line.span)
    JournalLine.end(&writer)
  }
  let range = 0..<written.count - 1
  require(JournalLine.frame(written, range)?.seq == 12, "the line is not found whole")
  var decoder = EventDecoder()
  _ = decoder.parse(written.span.extracting(range), seq: 12)
  _ = decoder.decode(written, range, seq: 12)
  // One flipped bit, wherever it is, makes it no line.
  for place in stride(from: 0, to: range.count, by: max(1, range.count / 8)) {
    written[place] ^= 1 << (place % 8)
    require(JournalLine.frame(written, range) == nil, "a flipped bit at \(place) is not noticed")
    written[place] ^= 1 << (place % 8)
  }
}

/// The bytes, cut into pieces, as the texts and numbers of an event.
private func writeOwnEvent(_ choice: UInt8, _ bytes: [UInt8]) {
  let pieces = bytes.split(separator: 0, maxSplits: 5, omittingEmptySubsequences: false).map(Array.init)
  func text(_ index: Int) -> String { String(decoding: index < pieces.count ? pieces[index] : [], as: UTF8.self) }
  func number(_ index: Int) -> Int64 {
    (index < pieces.count ? pieces[index] : []).prefix(8).reduce(0) { $0 << 8 | Int64($1) }
  }
  let task = TaskID(high: UInt64(bitPattern: number(4)), low: UInt64(bitPattern: number(5)))
  let own: OwnEvent =
    switch choice / 2 % 8 {
    case 0: .accepted(task: task, providerTaskID: text(0))
    case 1: .refused(task: task, code: pieces.count > 1 ? Int(number(1)) : nil, message: text(0))
    case 2: .unknown(task: task, reason: text(0))
    case 3: .resultLost(task: task, reason: text(0))
    case 4: .joined(task: task, providerTaskID: text(0), isProven: pieces.count > 1)
    case 5:
      .submitted(
        Submission(
          task: task, model: text(0), input: #"{"prompt":"a \"}\\ b","n":[1,{}]}"#,
          idempotency: pieces.count > 1 ? Idempotency(key: text(1), bodyDigest: text(2)) : nil))
    case 6: .saved(task: task, file: SavedFile(number: 1, path: text(0), bytes: 7, sha256: text(1), type: text(2)))
    default: .record(task: task, report: report(text, number))
    }
  requireRoundTrip(Event(seq: 12, at: Timestamp(milliseconds: number(3)), what: .own(own)))
}

private func report(_ text: (Int) -> String, _ number: (Int) -> Int64) -> TaskReport {
  var report = TaskReport(providerTaskID: "t" + text(0))
  report.model = text(1)
  report.state = ProviderState(reading: text(2))
  report.progress = Int(number(1) & 63)
  report.urls = TextList([text(2), text(3)].filter { !$0.isEmpty })
  report.failureMessage = text(4)
  report.code = Int(number(2))
  report.createdMilliseconds = number(3)
  report.costTime = text(5)
  report.hasMalformedResult = number(0) & 1 == 1
  return report
}
