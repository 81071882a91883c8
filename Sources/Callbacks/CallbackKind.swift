// SPDX-License-Identifier: Apache-2.0

/// Which of the two callback addresses of a task was called (`callBackUrl` or `progressCallBackUrl`).
package enum CallbackKind: String, CaseIterable, Hashable, Sendable {
  /// `callBackUrl`: the task has ended.
  case completion
  /// `progressCallBackUrl`: the task is under way.
  case progress
}
