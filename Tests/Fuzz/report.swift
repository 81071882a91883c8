// SPDX-License-Identifier: Apache-2.0

@testable import Callbacks
@testable import Ledger

/// A body is refused, or read within the bounds that `TaskReport` promises; and what was read survives the journal.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let body = input(start, count)
  var reader = TaskReportReader()
  for kind in CallbackKind.allCases {
    guard let report = try? reader.read(body.span, kind: kind) else { return 0 }
    let id = report.providerTaskID.unicodeScalars
    require(1...256 ~= report.providerTaskID.utf8.count, "an id of \(report.providerTaskID.utf8.count) bytes")
    require(!id.contains { $0.value < 0x20 || 0x7F...0x9F ~= $0.value }, "an id with control characters")
    require(report.progress.map { 0...100 ~= $0 } ?? true, "progress \(report.progress ?? 0)")
    require(report.urls.count <= 256 && report.watermarkURLs.count <= 256, "too many addresses")
    require(Set(report.urls.map { Array($0.utf8) }).count == report.urls.count, "an address twice")
    require((try? reader.read(body.span, kind: kind)) == report, "read again it is another report")
    let news = CallbackNews(
      kind: kind, report: report, submission: nil, trust: .signed, digest: UInt64(count) &* 0x9E37_79B9_7F4A_7C15,
      signedAt: 1_700_000_000)
    var request = RawRequest()
    request.body = body
    requireRoundTrip(
      Event(seq: 7, at: Timestamp(milliseconds: 1_700_000_000_000), what: .callback(news)), request)
  }
  return 0
}
