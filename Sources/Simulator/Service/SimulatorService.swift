// SPDX-License-Identifier: Apache-2.0

import Callbacks
import HTTP1
import HTTPClient
import JSON
package import Reactor
import Server

/// The provider's stand-in: the paths of its API on our own server, and callbacks sent by our own client.
///
/// It stays on the loop's thread. It puts the model to sockets and clocks and decides nothing itself.
package final class SimulatorService {
  /// What it listens on, with the port chosen for port 0.
  package private(set) var address: SocketAddress

  let options: SimulatorOptions
  var model: ProviderModel
  var uploads = UploadShelf()
  private(set) var server: HTTPServer
  private let loop: Loop
  private let client: HTTPClient
  private let start: MonotonicTime
  private let alarm = Alarm()
  private var timer: Timer?
  private var mailbox: Mailbox<SimulatorService>?
  /// Answers to createTask that wait for a callback, by task.
  private var held: [Int: () -> Void] = [:]

  /// The provider gives up on an answer after this time, at any speed.
  private static let answerTime = Duration.seconds(15)
  /// Largest body of an upload.
  private static let uploadBytes = 32 << 20
  /// Bytes of a stream that may wait; a piece above it ends the connection.
  private static let streamBytes = 256 * 1024

  /// Begins to listen. The loop has to be run by the caller.
  package init(loop: Loop, options: SimulatorOptions) throws(SimulatorError) {
    guard options.speed > 0, options.speed.isFinite else { throw .invalidSpeed(options.speed) }
    guard let address = SocketAddress(options.listen) else { throw .invalidAddress(options.listen) }
    self.options = options
    self.loop = loop
    model = ProviderModel(options: options)
    start = loop.clock.monotonic()
    do {
      client = try HTTPClient(HTTPClientConfiguration(userAgent: "hookledger-simulator"))
    } catch {
      throw .client(error)
    }
    var limits = ServerLimits.standard
    limits.streamBytes = Self.streamBytes
    let frontDoor = FrontDoor()
    server = HTTPServer(loop: loop, limits: limits, handler: frontDoor)
    do {
      self.address = try server.listen(on: address, tag: ListenerTag(0), limits: Self.messageLimits)
    } catch {
      throw .system(error)
    }
    frontDoor.service = self
    alarm.service = self
    timer = loop.addTimer(alarm)
    mailbox = loop.mailbox(for: self)
    options.log("simulator on \(self.address), seed \(options.seed)")
  }

  private static var messageLimits: HTTPLimits {
    var limits = HTTPLimits.standard
    limits.body = uploadBytes
    return limits
  }

  /// What was done so far.
  package var book: SimulatorBook { model.book }

  /// Takes no more connections and sends no more callbacks; `whenEmpty` is called once the open ones have ended.
  package func drain(within time: Duration, whenEmpty: @escaping () -> Void) {
    if let timer { loop.removeTimer(timer) }
    timer = nil
    server.drain(within: time, whenEmpty: whenEmpty)
  }

  // MARK: Time

  var now: Moment {
    let nanoseconds = start.nanoseconds(until: loop.clock.monotonic())
    return Moment(elapsed: .nanoseconds(Int64(clamping: nanoseconds)), unix: .now())
  }

  /// Lets the model do what is due, sends what it wants sent, and sets the alarm for what comes next.
  func advance() {
    for outgoing in model.advance(to: now) { send(outgoing) }
    guard let timer else { return }
    loop.setDeadline(timer, to: model.nextTime.map { start.advanced(by: $0) })
  }

  /// Calls `answer` once the task's first completion callback has been tried.
  func hold(for task: Int, _ answer: @escaping () -> Void) {
    held[task] = answer
  }

  // MARK: Sending

  private func send(_ outgoing: Outgoing) {
    guard let mailbox else { return }
    let request = HTTPClientRequest(
      method: .post, url: outgoing.url, headers: outgoing.headers, body: outgoing.body,
      timeouts: HTTPClientTimeouts(connect: Self.answerTime, total: Self.answerTime), maxResponseBytes: 64 * 1024)
    Task { [client, delivery = outgoing.delivery] in
      let outcome: DeliveryOutcome
      do {
        outcome = .answered(try await client.send(request).status)
      } catch {
        outcome = .failed("\(error)")
      }
      mailbox.post { $0.ended(delivery, outcome) }
    }
  }

  private func ended(_ delivery: Int, _ outcome: DeliveryOutcome) {
    let task = model.deliveryEnded(delivery, outcome, at: now)
    if let task, let answer = held.removeValue(forKey: task) { answer() }
    advance()
  }

  /// Fetches what a client wants to be uploaded from elsewhere.
  func fetch(_ url: String, then use: @escaping @Sendable (SimulatorService, [UInt8]?) -> Void) {
    guard let mailbox else { return }
    let request = HTTPClientRequest(
      url: url, timeouts: HTTPClientTimeouts(total: .seconds(30)), maxResponseBytes: Self.uploadBytes,
      followRedirects: true)
    Task { [client] in
      let answer = try? await client.send(request)
      mailbox.post { use($0, answer?.status == 200 ? answer?.body : nil) }
    }
  }

  // MARK: Breaking connections

  /// Ends a connection on which an answer is due, or has been begun by `begin`, without another byte.
  func breakOff(_ exchange: Exchange, isBegun: Bool) {
    if !isBegun { server.respond(to: exchange, with: Response(status: 200, body: .stream)) }
    // More than may wait of a stream: the server cuts the connection off before it sends any of it.
    let tooMuch = [UInt8](repeating: 0, count: Self.streamBytes + 1)
    server.stream(exchange, tooMuch.span)
  }

  /// Sends the first half of a body and breaks off.
  func breakOff(_ exchange: Exchange, within body: [UInt8], contentType: String) {
    server.respond(
      to: exchange,
      with: Response(status: 200, fields: [ResponseHead.Field("Content-Type", contentType)], body: .stream))
    server.stream(exchange, body.span.extracting(first: body.count / 2))
    loop.after(.milliseconds(1)) { [weak self] in self?.breakOff(exchange, isBegun: true) }
  }

  /// Is silent for some of tasks' time and breaks off.
  func breakOff(_ exchange: Exchange, afterSilence time: Duration) {
    loop.after(model.real(time)) { [weak self] in self?.breakOff(exchange, isBegun: false) }
  }
}

/// Wakes the service when the model has something to do.
private final class Alarm: DeadlineHandler {
  weak var service: SimulatorService?

  func deadlineReached() {
    service?.advance()
  }
}
