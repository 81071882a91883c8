// SPDX-License-Identifier: Apache-2.0

internal import CCurl
internal import Glibc

extension Transfer {
  /// Sets every option of the handle.
  ///
  /// - Returns: `false` when libcurl has no memory or does not know an option (an older library).
  func configure(with configuration: HTTPClientConfiguration) -> Bool {
    setConnection(configuration) && setLimits() && setRequest(configuration) && setCallbacks()
  }

  private func setConnection(_ configuration: HTTPClientConfiguration) -> Bool {
    let request = exchange.request
    // A connection of its own: never shared, never kept. For requests that must not be repeated, and for those under an
    // address policy, since a kept connection would get around the check of its address.
    let isAlone = !request.isIdempotent || request.addressPolicy != .any
    let version = request.isIdempotent ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1
    return set(CURLOPT_URL, exchange.url.text)
      && set(CURLOPT_PROTOCOLS_STR, exchange.url.scheme.rawValue)
      && set(CURLOPT_FOLLOWLOCATION, 0)
      && set(CURLOPT_PROXY, exchange.proxy ?? "")
      && set(CURLOPT_NOPROXY, "")
      && set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
      && set(CURLOPT_HTTP_VERSION, version)
      && set(CURLOPT_FRESH_CONNECT, isAlone ? 1 : 0)
      && set(CURLOPT_FORBID_REUSE, isAlone ? 1 : 0)
      && set(CURLOPT_SSL_VERIFYPEER, 1)
      && set(CURLOPT_SSL_VERIFYHOST, 2)
      && set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
      && (configuration.caFile.map { set(CURLOPT_CAINFO, $0) } ?? true)
  }

  private func setLimits() -> Bool {
    let timeouts = exchange.request.timeouts
    return set(CURLOPT_NOSIGNAL, 1)
      && set(CURLOPT_CONNECTTIMEOUT_MS, timeouts.connect.wholeMilliseconds)
      && set(CURLOPT_TIMEOUT_MS, timeouts.total?.wholeMilliseconds ?? 0)
      && set(CURLOPT_LOW_SPEED_TIME, Int(timeouts.lowSpeed.components.seconds))
      && set(CURLOPT_LOW_SPEED_LIMIT, timeouts.lowSpeedBytes)
  }

  private func setRequest(_ configuration: HTTPClientConfiguration) -> Bool {
    let request = exchange.request
    var fields = request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
    // libcurl would wait a second for "100 Continue" before a large body.
    fields.append("Expect:")
    // Nor may it guess that a body of unknown type is a form.
    if !request.headers.contains(where: { equalsIgnoringCase($0.name, "content-type") }) {
      fields.append("Content-Type:")
    }
    if let offset = exchange.download?.offset, offset > 0 { fields.append("Range: bytes=\(offset)-") }
    // Ranges count encoded bytes, so a download is asked for as it is.
    let isEncodingWelcome = exchange.download == nil
    return setFields(fields)
      && set(CURLOPT_USERAGENT, configuration.userAgent)
      && (isEncodingWelcome ? set(CURLOPT_ACCEPT_ENCODING, "gzip") : true)
      && setMethod(request)
  }

  private func setMethod(_ request: HTTPClientRequest) -> Bool {
    if request.method == .head { return set(CURLOPT_NOBODY, 1) }
    if let body = request.body ?? (request.method == .get || request.method == .delete ? nil : []) {
      guard set(CURLOPT_POST, 1), setBody(body) else { return false }
    }
    return set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
  }

  /// libcurl copies the body, and the size must be known to it before.
  private func setBody(_ body: [UInt8]) -> Bool {
    guard unsafe hookledger_easy_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)) == CURLE_OK
    else { return false }
    return unsafe body.withUnsafeBytes { bytes in
      // An empty array may have no address, which libcurl would take for "no body given".
      guard !body.isEmpty, let address = bytes.baseAddress else { return set(CURLOPT_COPYPOSTFIELDS, "") }
      return unsafe hookledger_easy_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, .init(mutating: address)) == CURLE_OK
    }
  }

  private func setFields(_ fields: [String]) -> Bool {
    for field in fields {
      guard let list = unsafe curl_slist_append(requestFields, field) else { return false }
      unsafe requestFields = list
    }
    return unsafe hookledger_easy_set_headers(easy, requestFields) == CURLE_OK
  }

  private func setCallbacks() -> Bool {
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    return unsafe set(CURLOPT_ERRORBUFFER, pointer: errorText)
      && set(CURLOPT_WRITEDATA, pointer: context)
      && set(CURLOPT_HEADERDATA, pointer: context)
      && set(CURLOPT_OPENSOCKETDATA, pointer: context)
      && set(CURLOPT_PREREQDATA, pointer: context)
      && hookledger_easy_set_receiver(easy, CURLOPT_WRITEFUNCTION, receiveBody) == CURLE_OK
      && hookledger_easy_set_receiver(easy, CURLOPT_HEADERFUNCTION, receiveHeaderLine) == CURLE_OK
      && hookledger_easy_set_opensocket(easy, openSocket) == CURLE_OK
      && hookledger_easy_set_prerequest(easy, beforeRequest) == CURLE_OK
  }

  private func set(_ option: CURLoption, _ value: Int) -> Bool {
    unsafe hookledger_easy_set_long(easy, option, value) == CURLE_OK
  }

  private func set(_ option: CURLoption, _ value: String) -> Bool {
    unsafe hookledger_easy_set_string(easy, option, value) == CURLE_OK
  }

  private func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer) -> Bool {
    unsafe hookledger_easy_set_pointer(easy, option, pointer) == CURLE_OK
  }
}

extension Duration {
  /// Rounded up, at least 1: zero means "no limit" to libcurl.
  fileprivate var wholeMilliseconds: Int {
    let (seconds, attoseconds) = components
    return max(1, Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
  }
}

// The C callbacks. Each gets the transfer back from its context, which the worker keeps alive while libcurl runs it.

private func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
  unsafe context.map { unsafe Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
}

private func receiveBody(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let transfer = unsafe transfer(context) else { return 0 }
  let span = unsafe Span<UInt8>(_unsafeBytes: UnsafeRawBufferPointer(start: bytes, count: size * count))
  return transfer.receive(body: span) ? size * count : abortFromCallback
}

private func receiveHeaderLine(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let transfer = unsafe transfer(context) else { return 0 }
  let span = unsafe Span<UInt8>(_unsafeBytes: UnsafeRawBufferPointer(start: bytes, count: size * count))
  return transfer.receive(headerLine: span) ? size * count : abortFromCallback
}

/// CURL_WRITEFUNC_ERROR, which unlike 0 is an error for an empty piece too.
private let abortFromCallback = 0xFFFF_FFFF

private func beforeRequest(
  _ context: UnsafeMutableRawPointer?, _: UnsafeMutablePointer<CChar>?, _: UnsafeMutablePointer<CChar>?, _: Int32,
  _: Int32
) -> Int32 {
  guard let transfer = unsafe transfer(context) else { return CURL_PREREQFUNC_ABORT }
  transfer.requestIsAboutToLeave()
  return CURL_PREREQFUNC_OK
}

/// Also makes every socket close-on-exec, which libcurl would not.
private func openSocket(
  _ context: UnsafeMutableRawPointer?, _: curlsocktype, _ target: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
  guard let transfer = unsafe transfer(context), let target = unsafe target, let address = unsafe ipAddress(target),
    transfer.permits(address)
  else { return CURL_SOCKET_BAD }
  return unsafe socket(
    target.pointee.family, target.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue), target.pointee.protocol)
}

/// The address bytes: at 4 in `sockaddr_in`, at 8 in `sockaddr_in6`, which is longer than the `sockaddr` that libcurl
/// declares the field as.
private func ipAddress(_ target: UnsafeMutablePointer<curl_sockaddr>) -> IPAddress? {
  guard let start = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return nil }
  let length = unsafe Int(target.pointee.addrlen)
  let range: Range<Int>
  switch unsafe target.pointee.family {
  case AF_INET: range = 4..<8
  case AF_INET6: range = 8..<24
  default: return nil
  }
  guard length >= range.upperBound else { return nil }
  let bytes = unsafe UnsafeRawBufferPointer(start: UnsafeRawPointer(target) + start, count: length)
  return unsafe IPAddress(bytes: Array(bytes[range]))
}
