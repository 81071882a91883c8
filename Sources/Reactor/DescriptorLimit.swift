// SPDX-License-Identifier: Apache-2.0

import Glibc

/// How many descriptors this process may have open (getrlimit(2)).
package enum DescriptorLimit {
  /// Raises the limit to what the system allows and answers it. The usual one, 1024, is for programs that use select(2).
  package static func raise() -> Int {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard unsafe getrlimit(resource, &limit) == 0 else { return 1024 }
    let soft = limit.rlim_cur
    limit.rlim_cur = limit.rlim_max
    guard unsafe setrlimit(resource, &limit) == 0 else { return Int(clamping: soft) }
    return Int(clamping: limit.rlim_cur)
  }
}
