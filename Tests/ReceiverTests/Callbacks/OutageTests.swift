// SPDX-License-Identifier: Apache-2.0

import Glibc
import Reactor
import Testing

@testable import Receiver

@Suite("A disk that takes nothing")
struct OutageTests {
  @Test("is told at its beginning and with each other error, and counts what it cost")
  func news() {
    var outage = Outage(at: MonotonicTime(nanoseconds: 5_000_000_000))
    let told = [ENOSPC, ENOSPC, EIO, EIO, ENOSPC].map { outage.fails($0, callbacks: 3) }
    #expect(told == [true, false, true, false, true])
    #expect(outage.refused == 15)
  }

  @Test(
    "is measured in tenths of a second", arguments: [(0, "0.0"), (99, "0.0"), (1_250, "1.2"), (3_600_000, "3600.0")])
  func seconds(milliseconds: UInt64, text: String) {
    let begin = MonotonicTime(nanoseconds: 7)
    #expect(Outage(at: begin).seconds(at: begin.advanced(byNanoseconds: milliseconds * 1_000_000)) == text)
  }
}
