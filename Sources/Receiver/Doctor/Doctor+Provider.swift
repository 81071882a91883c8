// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import HTTP1
internal import HTTPClient
internal import JSON
internal import Provider

extension Doctor {
  /// A clock that is off by more is a fault: signatures are judged by it, and the provider's may be off as well.
  private static let clockLimit: Int64 = 30
  private static let clockRemedy = "let the system set its clock from the network (timedatectl set-ntp true, or chrony)"
  static let timeouts = HTTPClientTimeouts(connect: .seconds(10), total: .seconds(15), lowSpeed: .seconds(15))

  /// Whether the provider answers, accepts the key, and agrees on the time.
  func provider() async -> [Finding] {
    let url = settings.provider.url.description
    let answer: HTTPClientResponse
    do throws(HTTPClientError) {
      answer = try await client.send(HTTPClientRequest(url: url + "/", timeouts: Self.timeouts))
    } catch {
      return [
        .fault(
          "provider", "\(url) was not reached: \(error.reason)",
          remedy: "check provider.url, the network, DNS and the proxy variables of this machine")
      ]
    }
    return [clock(answer), await account(url)]
  }

  private func clock(_ answer: HTTPClientResponse) -> Finding {
    let now = Timestamp.now().seconds
    let text = Array((answer.header("date") ?? "").utf8)
    guard let date = IMFDate(anyForm: text.span, 0..<text.count, now: now) else {
      return .warning("clock", "the provider's answer has no date to compare with", remedy: Self.clockRemedy)
    }
    return Self.judge(lead: now - date.unixSeconds, tolerance: settings.callbacks.tolerance)
  }

  /// - Parameters:
  ///   - lead: seconds by which our clock is ahead of the provider's.
  ///   - tolerance: how old a signature may be.
  static func judge(lead: Int64, tolerance: Duration) -> Finding {
    let words = "the clock is \(abs(lead)) s \(lead < 0 ? "behind" : "ahead of") the provider's"
    if abs(lead) > min(clockLimit, tolerance.components.seconds) {
      return .fault("clock", words + ", and signatures are judged by it", remedy: clockRemedy)
    }
    return abs(lead) > 5 ? .warning("clock", words, remedy: clockRemedy) : .ok("clock", words)
  }

  private func account(_ url: String) async -> Finding {
    guard let key = settings.provider.apiKey else { return .ok("provider", "\(url) answers") }
    var configuration = ProviderConfiguration(
      url: url, uploadURL: settings.provider.uploadURL.description, apiKey: key)
    configuration.timeouts = Self.timeouts
    do throws(ProviderError) {
      let credits = try await Provider(configuration, client: client).credits()
      return .ok("provider", "\(url) answers and accepts the key; \(credits.text) credits are left")
    } catch .refused(let refusal) where refusal.kind == .unauthorized {
      return .fault(
        "provider", "\(url) answers, but does not accept the API key",
        remedy: "copy the key from the provider's site to provider.apiKey once more; it may have been revoked")
    } catch {
      return .fault(
        "provider", "\(url) gives no balance: \(error)",
        remedy: "check that provider.url is the provider's API and not something in front of it, or wait")
    }
  }
}
