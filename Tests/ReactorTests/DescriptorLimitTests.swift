// SPDX-License-Identifier: Apache-2.0

import Glibc
import Reactor
import Testing

struct DescriptorLimitTests {
  @Test func `the limit is raised to the hard one and stays there`() {
    let raised = DescriptorLimit.raise()
    var limit = rlimit()
    #expect(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
    #expect(limit.rlim_cur == limit.rlim_max)
    #expect(Int(clamping: limit.rlim_cur) == raised)
  }

  @Test(arguments: [
    (10_000, 1_048_576, 10_000), (10_000, 10_256, 10_000), (10_000, 10_255, 9_999), (10_000, 1_024, 768),
    (10_000, 64, 32), (10, 64, 10), (1, 1, 1), (5, 0, 1),
  ])
  func `connections leave room for files`(_ row: (wanted: Int, limit: Int, connections: Int)) {
    #expect(DescriptorLimit.connections(row.wanted, of: row.limit) == row.connections)
  }
}
