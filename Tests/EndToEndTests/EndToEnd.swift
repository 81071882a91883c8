// SPDX-License-Identifier: Apache-2.0

import Testing

/// The built program as processes of their own. One test after the other: each takes what the machine has.
@Suite(
  .serialized,
  .enabled(if: Program.binary != nil, "HOOKLEDGER_BINARY names no program: 'make test' builds one and sets it"))
enum EndToEnd {}
