// SPDX-License-Identifier: Apache-2.0

package import HTTPClient
package import Reactor

/// Why the stand-in does not start.
package enum SimulatorError: Error, Sendable, CustomStringConvertible {
  /// `listen` is no address with a port.
  case invalidAddress(String)
  /// `speed` is not a number above 0.
  case invalidSpeed(Double)
  case system(SystemError)
  case client(HTTPClientError)

  package var description: String {
    switch self {
    case .invalidAddress(let text): "\"\(text)\" is not an address with a port, such as 127.0.0.1:8090"
    case .invalidSpeed(let speed): "the speed \(speed) is not a number above 0"
    case .system(let error): "\(error)"
    case .client(let error): "\(error)"
    }
  }
}
