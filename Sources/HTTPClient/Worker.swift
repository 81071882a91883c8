// SPDX-License-Identifier: Apache-2.0

internal import CCurl

/// The thread that drives libcurl's multi handle. All of libcurl's handles live and die on it.
@safe struct Worker: ~Copyable {
  private let multi: UnsafeMutableRawPointer
  private let mailbox: Mailbox
  private let configuration: HTTPClientConfiguration
  private var transfers: [UInt: Transfer] = [:]

  /// Takes the multi handle over: it is freed at the end of ``run()``.
  init(multi: MultiHandle, mailbox: Mailbox, configuration: HTTPClientConfiguration) {
    unsafe self.multi = multi.pointer
    self.mailbox = mailbox
    self.configuration = configuration
  }

  /// Returns when the client was closed and the last exchange has been answered.
  mutating func run() {
    unsafe hookledger_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, configuration.maxConnections)
    unsafe hookledger_multi_set_long(multi, CURLMOPT_MAXCONNECTS, configuration.maxConnections)
    while true {
      let delivery = mailbox.take()
      for exchange in delivery.submitted { start(exchange) }
      if delivery.hasCancellations { abort(where: { $0.exchange.cancellation.isSet }, reason: .cancelled) }
      if delivery.closing == .aborting { abort(where: { _ in true }, reason: .stopped) }

      var running: Int32 = 0
      unsafe curl_multi_perform(multi, &running)
      finishDone()
      if delivery.closing > .open, transfers.isEmpty { break }
      unsafe curl_multi_poll(multi, nil, 0, idleMilliseconds, nil)
    }
    mailbox.end()
    unsafe curl_multi_cleanup(multi)
  }

  private mutating func start(_ exchange: Exchange) {
    guard !exchange.cancellation.isSet else { return exchange.complete(.failure(.notSent(.cancelled))) }
    guard let transfer = Transfer(exchange, configuration: configuration) else {
      return exchange.complete(.failure(.notSent(.other(code: 2, "no memory for the exchange"))))
    }
    let status = unsafe curl_multi_add_handle(multi, transfer.easy)
    guard status == CURLM_OK else {
      return exchange.complete(.failure(.notSent(.other(code: Int(status.rawValue), "exchange not accepted"))))
    }
    transfers[transfer.id] = transfer
  }

  /// Ends the exchanges that match, whatever they are doing.
  private mutating func abort(where matches: (Transfer) -> Bool, reason: HTTPClientError.Reason) {
    for transfer in transfers.values.filter(matches) {
      remove(transfer)
      transfer.exchange.complete(.failure(transfer.error(reason)))
    }
  }

  private mutating func finishDone() {
    var left: Int32 = 0
    while let message = unsafe curl_multi_info_read(multi, &left) {
      guard unsafe message.pointee.msg == CURLMSG_DONE, let easy = unsafe message.pointee.easy_handle,
        let transfer = transfers[UInt(bitPattern: easy)]
      else { continue }
      let result = unsafe transfer.result(of: message.pointee.data.result)
      remove(transfer)
      transfer.exchange.complete(result)
    }
  }

  private mutating func remove(_ transfer: Transfer) {
    transfers[transfer.id] = nil
    unsafe curl_multi_remove_handle(multi, transfer.easy)
  }
}

/// libcurl shortens the wait to its own deadlines, and every submission wakes it: this only bounds a lost wakeup.
private let idleMilliseconds: Int32 = 60_000
