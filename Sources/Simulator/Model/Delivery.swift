// SPDX-License-Identifier: Apache-2.0

import Callbacks

/// How one try to deliver a callback ended.
package enum DeliveryOutcome: Hashable, Sendable {
  /// With this HTTP status. Only 200 is good.
  case answered(Int)
  /// Without an answer, for this reason.
  case failed(String)
}

/// One callback and what became of it.
struct Delivery {
  struct Attempt {
    let sent: Timestamp
    var outcome: DeliveryOutcome?
  }

  let task: Int
  let kind: CallbackKind
  let url: String
  let signature: SignatureForm
  /// Empty once there is nothing more to try.
  var body: [UInt8]
  var attempts: [Attempt] = []
}

/// A callback to be sent now, once, with at most 15 s for the answer.
struct Outgoing {
  /// To be told to `ProviderModel.deliveryEnded`.
  let delivery: Int
  let url: String
  let headers: [(name: String, value: String)]
  let body: [UInt8]
}
