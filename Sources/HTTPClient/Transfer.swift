// SPDX-License-Identifier: Apache-2.0

internal import CCurl

/// One running exchange: libcurl's easy handle and what has arrived so far. Lives on the worker's thread only.
@safe final class Transfer {
  let exchange: Exchange
  let easy: UnsafeMutableRawPointer
  /// libcurl writes the last error's text here.
  let errorText: UnsafeMutablePointer<CChar>
  /// Header fields for the request; must outlive the handle.
  var requestFields: UnsafeMutablePointer<curl_slist>?

  /// The pre-request callback ran: from here on the peer may have seen the request.
  private(set) var mayHaveLeft = false
  private var head = HTTPClientResponseHead(status: 0)
  private var headBytes = 0
  private var isHeadComplete = false
  private var body: [UInt8] = []
  private var received: Int64 = 0
  private var refusedAddress: IPAddress?
  /// Why one of our callbacks ended the transfer.
  private var ownReason: HTTPClientError.Reason?

  init?(_ exchange: Exchange, configuration: HTTPClientConfiguration) {
    guard let easy = unsafe curl_easy_init() else { return nil }
    self.exchange = exchange
    unsafe self.easy = easy
    unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    guard configure(with: configuration) else { return nil }
  }

  deinit {
    unsafe curl_easy_cleanup(easy)
    unsafe curl_slist_free_all(requestFields)
    unsafe errorText.deallocate()
  }

  /// Distinguishes the running transfers of one worker.
  var id: UInt { unsafe UInt(bitPattern: easy) }

  func error(_ reason: HTTPClientError.Reason) -> HTTPClientError {
    mayHaveLeft ? .answerLost(reason) : .notSent(reason)
  }

  func result(of code: CURLcode) -> Result<Exchange.Answer, HTTPClientError> {
    if let ownReason { return .failure(error(ownReason)) }
    guard code == CURLE_OK || hasEnoughOfError else {
      if code == CURLE_COULDNT_CONNECT, let refusedAddress {
        return .failure(error(.addressRefused(refusedAddress.description)))
      }
      let detail =
        unsafe errorText.pointee == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: errorText)
      return .failure(
        error(.init(code, detail: detail, mayHaveLeft: mayHaveLeft, usesProxy: exchange.proxy != nil)))
    }
    // A head that ends within its fields is a good answer without a body to libcurl.
    guard isHeadComplete else { return .failure(error(.truncated)) }
    let response = HTTPClientResponse(
      head: head, body: body, effectiveURL: exchange.url.text, remoteAddress: text(CURLINFO_PRIMARY_IP) ?? "")
    return .success(Exchange.Answer(response: response, redirectTarget: text(CURLINFO_REDIRECT_URL)))
  }

  private func text(_ info: CURLINFO) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard unsafe hookledger_easy_get_string(easy, info, &text) == CURLE_OK, let text = unsafe text else { return nil }
    return unsafe String(cString: text)
  }
}

// What libcurl's callbacks do. Each returns whether the transfer goes on.
extension Transfer {
  func requestIsAboutToLeave() {
    mayHaveLeft = true
  }

  /// Judges the address about to be connected to. The proxy's own address is the operator's choice; behind it, only a host
  /// that is written as an address can be judged.
  func permits(_ address: IPAddress) -> Bool {
    let judged = exchange.proxy == nil ? address : IPAddress(exchange.url.host)
    guard let judged, !exchange.request.addressPolicy.permits(judged, host: exchange.url.host) else { return true }
    refusedAddress = judged
    return false
  }

  /// Takes one line of a head: a status line starts afresh (interim answers), an empty line ends it. What comes after the
  /// end of the final head is trailers, which nobody asked for.
  func receive(headerLine line: Span<UInt8>) -> Bool {
    guard !isHeadComplete else { return true }
    headBytes += line.count
    guard headBytes <= maxHeadBytes else { return stop(.tooLarge(limit: maxHeadBytes)) }
    let text = trimmed(line)
    if text.hasPrefix("HTTP/") {
      head = HTTPClientResponseHead(status: 0)
    } else if text.isEmpty {
      return endHead()
    } else if let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) {
      head.headers.append(
        (name: String(text[..<colon]), value: trimmed(text.utf8[text.utf8.index(after: colon)...].span)))
    }
    return true
  }

  private func endHead() -> Bool {
    var status = 0
    guard unsafe hookledger_easy_get_long(easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK else {
      return stop(.malformedAnswer("no status"))
    }
    guard status >= 200 else { return true }
    head.status = status
    isHeadComplete = true
    guard let download = exchange.download, isDownloading else { return true }
    guard let offset = download.placement(of: head) else { return stop(.malformedAnswer("another range than asked")) }
    if let length = head.contentLength, length > exchange.request.maxResponseBytes {
      return stop(.tooLarge(limit: exchange.request.maxResponseBytes))
    }
    return download.sink.head(head, offset) || stop(.sinkRefused)
  }

  func receive(body piece: Span<UInt8>) -> Bool {
    received += Int64(piece.count)
    if exchange.download != nil, !isDownloading { return keepForDiagnosis(piece) }
    guard received <= exchange.request.maxResponseBytes else {
      return stop(.tooLarge(limit: exchange.request.maxResponseBytes))
    }
    if let download = exchange.download { return download.sink.bytes(piece, received) || stop(.sinkRefused) }
    append(piece)
    return true
  }

  private var isDownloading: Bool { head.status == 200 || head.status == 206 }

  /// The body of a refused download is worth its first part only.
  private func keepForDiagnosis(_ piece: Span<UInt8>) -> Bool {
    append(piece.extracting(first: max(0, min(piece.count, maxDiagnosisBytes - body.count))))
    return !hasEnoughOfError
  }

  private var hasEnoughOfError: Bool { exchange.download != nil && !isDownloading && received > maxDiagnosisBytes }

  private func append(_ piece: Span<UInt8>) {
    body.reserveCapacity(body.count + piece.count)
    for index in piece.indices { body.append(piece[index]) }
  }

  private func stop(_ reason: HTTPClientError.Reason) -> Bool {
    ownReason = reason
    return false
  }
}

private let maxHeadBytes = 64 * 1024
private let maxDiagnosisBytes = 64 * 1024

/// Without the white space and line end around it.
private func trimmed(_ bytes: Span<UInt8>) -> String {
  var range = 0..<bytes.count
  while let last = range.last, bytes[last] <= 0x20 { range = range.lowerBound..<last }
  while let first = range.first, bytes[first] <= 0x20 { range = (first + 1)..<range.upperBound }
  return String(decoding: range.map { bytes[$0] }, as: UTF8.self)
}
