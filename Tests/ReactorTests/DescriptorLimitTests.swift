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
}
