// SPDX-License-Identifier: Apache-2.0

/// What connections may cost. The limits of single messages are `HTTPLimits`.
package struct ServerLimits: Hashable, Sendable {
  /// Open connections on all listeners together; more wait in the kernel's queue.
  package var connections = 10_000
  /// Open connections of one client address, for IPv6 of one /64; more are closed at once. Loopback is free of it: there
  /// stands the reverse proxy, behind which all clients have one address. A proxy elsewhere has to keep within it.
  package var connectionsPerAddress = 5_000
  /// Bytes of incomplete requests, and of those sent ahead of their turn, on all connections of one listener together.
  /// Who needs more than there is gets 503. Requests that come whole in one read need none.
  package var requestBytes = 64 * 1024 * 1024
  /// For the whole TLS handshake, from the beginning of the connection.
  package var handshakeTime = Duration.seconds(10)
  /// For the whole head of a request, from its first byte.
  package var headTime = Duration.seconds(10)
  /// For the whole body of a request, from the end of its head.
  package var bodyTime = Duration.seconds(15)
  /// For the first byte of a request.
  package var idleTime = Duration.seconds(75)
  /// For every 256 KiB of an answer, and for its rest, that the client does not take at once.
  package var writeTime = Duration.seconds(30)
  /// For the client to finish after the last answer, so that it can read that answer in peace.
  package var lingerTime = Duration.seconds(2)
  /// Bytes of answers to one connection that may wait for the client before its next request is looked at.
  package var outputBytes = 256 * 1024
  /// Bytes of a stream that may wait for the client; one that falls behind further is cut off.
  package var streamBytes = 1024 * 1024

  package init() {}

  /// 10,000 connections; 10 s for a head, 15 s for a body, 75 s idle, 30 s for writing.
  package static var standard: ServerLimits { ServerLimits() }
}
