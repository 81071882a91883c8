// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Callbacks

@Suite struct ProviderStateTests {
  @Test func `a word that is known by its bytes is known as the same by its text, and no other word is`() {
    let documented = ["success", "waiting", "queuing", "fail"]
    for word in documented {
      let bytes = Array(word.utf8)
      #expect(ProviderState(shortWord: bytes.span) == ProviderState(reading: word))
      for place in bytes.indices {
        for byte in UInt8.min...UInt8.max where byte != bytes[place] {
          var other = bytes
          other[place] = byte
          #expect(ProviderState(shortWord: other.span) == nil)
        }
      }
      for other in [Array(bytes.dropLast()), bytes + [0], bytes + bytes, []] {
        #expect(ProviderState(shortWord: other.span) == nil)
      }
    }
  }

  @Test(arguments: [
    ("waiting", ProviderState.waiting), ("queuing", .queuing), ("generating", .generating), ("success", .success),
    ("fail", .fail), ("failed", .fail), ("FAIL", .fail), ("Failed", .fail), ("SUCCESS", .success),
    ("Waiting", .waiting),
  ])
  func `known words are read in any case`(word: String, state: ProviderState) {
    #expect(ProviderState(reading: word) == state)
  }

  @Test(arguments: ["error", "succeeded", "completed", "TEXT_SUCCESS", "processing", "success ", "4"])
  func `an unknown word stays as it is and is not terminal`(word: String) {
    #expect(ProviderState(reading: word)?.rawValue == word)
    #expect(ProviderState(reading: word)?.isTerminal == false)
  }

  @Test func `an empty word is no state`() {
    #expect(ProviderState(reading: "") == nil)
  }

  @Test(arguments: ["waiting", "queuing", "generating", "success", "fail", "failed", "", "Success", "submitting"])
  func `a word is written as it was kept`(word: String) {
    #expect(ProviderState(rawValue: word).rawValue == word)
    let isDocumented = ["waiting", "queuing", "generating", "success", "fail"].contains(word)
    #expect((ProviderState(rawValue: word) == .other(word)) == !isDocumented)
  }

  @Test func `only success and fail are terminal`() {
    #expect(ProviderState.success.isTerminal && ProviderState.fail.isTerminal)
    #expect(![ProviderState.waiting, .queuing, .generating].contains { $0.isTerminal })
  }
}

@Suite struct TrustTests {
  @Test func `trust rises from hint to confirmed`() {
    #expect(Trust.allCases == Trust.allCases.sorted())
    #expect(Trust.hint < .signed && Trust.signed < .confirmed && !(Trust.signed < .signed))
  }
}

@Suite struct RejectionTests {
  @Test func `only what cannot be read answers 400`() {
    let unreadable: Set<Rejection> = [.notJSON, .noTaskID, .conflictingTaskIDs]
    for reason in Rejection.allCases { #expect(reason.status == (unreadable.contains(reason) ? 400 : 401)) }
  }

  @Test func `only a right signature of another time may trigger a query`() {
    for reason in Rejection.allCases {
      let rejected = Rejected(reason: reason, kind: .completion, taskID: "t", submission: nil)
      #expect(rejected.mayTriggerQuery == (reason == .stale || reason == .fromFuture))
    }
  }
}
