// SPDX-License-Identifier: Apache-2.0

import Glibc

/// How many descriptors the process may have open at once (getrlimit(2), RLIMIT_NOFILE).
package enum DescriptorLimit {
  /// Raises the soft limit to the hard one, which any process may do, and tells what then holds. The soft limit is low
  /// on most systems for the sake of `select`, which nothing here uses.
  package static func raise() -> Int {
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard unsafe getrlimit(resource, &limit) == 0 else { return Int(FD_SETSIZE) }
    var raised = limit
    raised.rlim_cur = limit.rlim_max
    if unsafe setrlimit(resource, &raised) == 0 { limit = raised }
    return Int(clamping: limit.rlim_cur)
  }

  /// How many connections leave room for the files that answering them takes. Without it a flood of connections would
  /// leave the journal without a descriptor for its next segment.
  /// - Parameters:
  ///   - wanted: what the settings allow.
  ///   - limit: descriptors that there are.
  package static func connections(_ wanted: Int, of limit: Int) -> Int {
    max(1, min(wanted, limit - min(256, limit / 2)))
  }
}
