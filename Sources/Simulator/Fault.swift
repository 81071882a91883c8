// SPDX-License-Identifier: Apache-2.0

/// What can go wrong with a task on purpose. Each strikes a task with its own rate, decided when the task is created;
/// several may strike the same one.
package enum Fault: String, CaseIterable, Hashable, Sendable {
  case unsigned
  case wrongKey = "wrong-key"
  case stale
  case duplicate
  case early
  case late
  case lost
  case outOfOrder = "out-of-order"
  case conflictingIDs = "conflicting-ids"
  case changedBody = "changed-body"
  case taskID = "task_id"
  case noURLs = "no-urls"
  case lateFail = "late-fail"
  case lostAnswer = "lost-answer"
  case badGateway = "http-502"
  case rateLimited = "429"
  case insufficientCredits = "402"
  case expiredLinks = "expired-links"
  case malformed

  /// One line for help.
  package var summary: String {
    switch self {
    case .unsigned: "callbacks come without signature headers"
    case .wrongKey: "callbacks are signed with another key"
    case .stale: "callbacks are rightly signed, with a timestamp one hour old"
    case .duplicate: "each callback comes three times"
    case .early: "the task ends, and its completion callback comes, before createTask is answered"
    case .late: "callbacks take twenty times as long; the record is on time"
    case .lost: "no callback at all"
    case .outOfOrder: "the completion callback comes first, the progress callbacks after it"
    case .conflictingIDs: "callbacks name another task at the top level than in data"
    case .changedBody: "the completion callback is rightly signed, but its links are not those of the record"
    case .taskID: "callbacks have the task id only as data.task_id"
    case .noURLs: "the first completion callback tells success without a link; the record has them"
    case .lateFail: "after success, a second completion callback tells failure; the record stays at success"
    case .lostAnswer: "the task is created and charged, but the connection dies before or within the answer"
    case .badGateway: "createTask is answered with HTTP 502 and an HTML page; no task, no charge"
    case .rateLimited: "createTask is answered with code 429; no task, no charge"
    case .insufficientCredits: "createTask is answered with code 402; no task, no charge"
    case .expiredLinks: "a result link breaks off halfway and is 404 from then on; download-url gives one that works"
    case .malformed: "the first recordInfo answer is not JSON, and param in callbacks is cut short"
    }
  }
}

/// A fault and how often it strikes.
package struct FaultRate: Hashable, Sendable {
  package let fault: Fault
  /// Probability for a task, 0 ... 1.
  package let rate: Double

  /// Reads `NAME` (always) or `NAME=RATE`.
  package init(_ text: String) throws(FaultRateError) {
    let name = text.prefix { $0 != "=" }
    guard let fault = Fault(rawValue: String(name)) else { throw .unknownFault(String(name)) }
    self.fault = fault
    guard name.endIndex < text.endIndex else {
      rate = 1
      return
    }
    let number = text[text.index(after: name.endIndex)...]
    guard let rate = Double(number), (0...1).contains(rate) else {
      throw .invalidRate(fault: fault, text: String(number))
    }
    self.rate = rate
  }
}

/// Why a text is no fault with a rate.
package enum FaultRateError: Error, Hashable, Sendable, CustomStringConvertible {
  case unknownFault(String)
  case invalidRate(fault: Fault, text: String)

  package var description: String {
    switch self {
    case .unknownFault(let name):
      "there is no fault \"\(name)\"; there are: \(Fault.allCases.map(\.rawValue).joined(separator: ", "))"
    case .invalidRate(let fault, let text):
      "the rate \"\(text)\" of the fault \(fault.rawValue) is not a number from 0 to 1"
    }
  }
}
