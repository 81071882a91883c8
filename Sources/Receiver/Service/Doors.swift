// SPDX-License-Identifier: Apache-2.0

internal import HTTP1
internal import OpenSSL
internal import Reactor
internal import Server

/// The two listeners, each on the sockets that the service manager has opened for it, or else on one of our own.
struct Doors {
  /// What each listener is for.
  static var open: ListenerTag { ListenerTag(0) }
  static var local: ListenerTag { ListenerTag(1) }

  /// For a browser that comes by. No Strict-Transport-Security: that would speak for every port of the host.
  private static let encrypted = StandingFields([ResponseHead.Field("X-Content-Type-Options", "nosniff")])

  /// Connections that are the local API's alone, on top of those that are set, whatever comes from outside.
  static let reserve = 64

  /// Where callbacks arrive, with the port that the kernel chose; the first of several.
  let publicAddress: SocketAddress
  let apiAddress: SocketAddress
  /// Whether only this machine can reach the local API.
  let isAPILocal: Bool

  init(_ server: HTTPServer, _ settings: Settings, _ tls: TLSContext?, _ sockets: [InheritedSocket]) throws {
    for socket in sockets where socket.name != "public" && socket.name != "local" {
      throw StartError(
        "the service manager hands over a socket with the name \(socket.name.debugDescription): "
          + "FileDescriptorName= must be public or local")
    }
    func listen(_ name: String, _ address: ListenAddress, _ body: (Socket) throws -> SocketAddress) throws
      -> [SocketAddress]
    {
      let own = sockets.filter { $0.name == name }
      return own.isEmpty ? [try body(.address(try Self.address(address)))] : try own.map { try body(.inherited($0)) }
    }
    let limits = HTTPLimits(settings.limits)
    // Who ends TLS here speaks to the internet; before a proxy, such fields are the proxy's.
    let standing = tls == nil ? StandingFields.none : Self.encrypted
    let open = try listen("public", settings.public.listen) { socket in
      switch socket {
      case .address(let address):
        try server.listen(on: address, tag: Self.open, limits: limits, tls: tls, standing: standing)
      case .inherited(let socket):
        try server.listen(adopting: socket.adopt(), tag: Self.open, limits: limits, tls: tls, standing: standing)
      }
    }
    var localLimits = limits
    localLimits.body = max(limits.body, LocalAPI.bodyBytes)
    let local = try listen("local", settings.api.listen) { [localLimits] socket in
      switch socket {
      case .address(let address):
        try server.listen(
          on: address, tag: Self.local, limits: localLimits, reserve: Self.reserve, standing: APIFields.standing)
      case .inherited(let socket):
        try server.listen(
          adopting: socket.adopt(), tag: Self.local, limits: localLimits, reserve: Self.reserve,
          standing: APIFields.standing)
      }
    }
    isAPILocal = local.allSatisfy(\.isLoopback)
    guard isAPILocal || settings.api.token != nil else {
      throw StartError("the local API is on \(local[0]), which is reachable from outside: set api.token")
    }
    publicAddress = open[0]
    apiAddress = local[0]
  }

  private enum Socket {
    case address(SocketAddress)
    case inherited(InheritedSocket)
  }

  private static func address(_ listen: ListenAddress) throws -> SocketAddress {
    guard let address = SocketAddress(listen.description) else {
      throw StartError("\(listen) is no address to listen on")
    }
    return address
  }
}

extension HTTPLimits {
  fileprivate init(_ limits: LimitSettings) {
    self.init(head: limits.headBytes.bytes, fields: limits.fields, body: limits.bodyBytes.bytes)
  }
}
