// SPDX-License-Identifier: Apache-2.0

/// The members of journal lines behind the first, each with the comma before it and the colon behind it, so that a
/// writer appends and a reader compares one piece. The order of members is that in which `EventEncoding` writes them.
enum JournalField {
  static let at: StaticString = #","at":"#
  static let type: StaticString = #","type":""#
  /// The types and the trust that nearly all entries have, whole.
  static let callback: StaticString = #","type":"callback""#
  static let progressCallback: StaticString = #","type":"progress""#
  static let hint: StaticString = #","trust":"hint""#
  static let signed: StaticString = #","trust":"signed""#
  static let confirmed: StaticString = #","trust":"confirmed""#

  static let task: StaticString = #","task":"#

  static let model: StaticString = #","model":"#
  static let input: StaticString = #","input":"#
  static let idempotencyKey: StaticString = #","idempotencyKey":"#
  static let bodyDigest: StaticString = #","bodyDigest":"#
  static let providerTaskID: StaticString = #","providerTaskId":"#
  static let code: StaticString = #","code":"#
  static let message: StaticString = #","message":"#
  static let reason: StaticString = #","reason":"#
  static let file: StaticString = #","file":"#
  static let proven: StaticString = #","proven":"#
  static let requestNumber: StaticString = #","request":"#
  static let kind: StaticString = #","kind":"#

  static let submission: StaticString = #","submission":"#
  static let trust: StaticString = #","trust":""#
  static let digest: StaticString = #","digest":""#
  static let signedAt: StaticString = #","signedAt":"#
  static let request: StaticString = #","request":{"target":"#
  static let fields: StaticString = #","fields":"#
  static let body: StaticString = #","body":"#
  static let bodyText: StaticString = #","bodyText":"#

  static let report: StaticString = #","report":{"providerTaskId":"#
  static let state: StaticString = #","state":"#
  static let progress: StaticString = #","progress":"#
  static let progressText: StaticString = #","progressText":"#
  static let urls: StaticString = #","urls":"#
  static let watermarkURLs: StaticString = #","watermarkUrls":"#
  static let object: StaticString = #","object":"#
  static let failCode: StaticString = #","failCode":"#
  static let failMessage: StaticString = #","failMessage":"#
  static let credits: StaticString = #","credits":"#
  static let createTime: StaticString = #","createTime":"#
  static let completeTime: StaticString = #","completeTime":"#
  static let costTime: StaticString = #","costTime":"#
  static let hasMalformedResult: StaticString = #","hasMalformedResult":true"#
}
