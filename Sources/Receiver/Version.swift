// SPDX-License-Identifier: Apache-2.0

/// The version of this build: `hookledger --version`, `/version` and the `User-Agent` of outgoing requests.
package let hookledgerVersion = "0.1.0"
