// SPDX-License-Identifier: Apache-2.0

import Callbacks

/// The time as the model is told it: it has no clock of its own.
struct Moment: Hashable {
  /// Since the start, on a clock that never goes back; what is planned is planned by it.
  let elapsed: Duration
  /// What a wall clock says; written into bodies and headers.
  let unix: Timestamp
}
