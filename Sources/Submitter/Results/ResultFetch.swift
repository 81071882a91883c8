// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
package import HTTPClient
internal import Ledger
package import Provider

/// Fetches a body into a sink, from an offset on: the HTTP client, or a test's stand-in for it.
package typealias ResultTransport =
  @Sendable (HTTPClientRequest, _ offset: Int64, DownloadSink) async throws(HTTPClientError) -> HTTPClientResponse

/// What keeping results needs to know; may change while the server runs.
package struct ResultConfiguration: Sendable {
  /// Whether anything is fetched at all.
  package var isOn: Bool
  /// Hosts that media is fetched from, in lower case.
  package var hosts: Set<String>
  /// Those of them that may have a private address.
  package var privateHosts: Set<String>
  /// The largest file that is kept, in bytes.
  package var maxBytes: Int
  /// `nil` when no API key is set: then a signed callback is the best word there is.
  package var provider: Provider?

  package init(isOn: Bool, hosts: Set<String>, privateHosts: Set<String>, maxBytes: Int, provider: Provider?) {
    self.isOn = isOn
    self.hosts = hosts
    self.privateHosts = privateHosts
    self.maxBytes = maxBytes
    self.provider = provider
  }
}

/// One round of trying to get one result: its link, the rest of it after a cut, and a fresh link for one that has ended.
struct ResultFetch {
  let configuration: ResultConfiguration
  let transport: ResultTransport
  let clock: SubmitterClock
  let file: ResultFile

  /// Cuts after which a round is over, where the rest can be asked for and where all must be.
  private static let cutLimits = (resuming: 20, restarting: 2)
  private static let pauseAfterCut = Duration.seconds(1)
  /// Fewer bytes a second than this for a minute, and the connection is given up.
  private static let timeouts = HTTPClientTimeouts(
    connect: .seconds(10), total: nil, lowSpeed: .seconds(60), lowSpeedBytes: 1024)

  /// - Parameters:
  ///   - url: the link that the task's result has.
  ///   - number: the link's place in the result.
  /// - Returns: `nil` when the whole file has come.
  func run(_ url: String, number: Int, providerTaskID: String?) async -> ResultTrouble? {
    let first = await download(url)
    guard first.isEndOfLink, let provider = configuration.provider else { return first.trouble }
    var trouble = first.trouble
    switch await self.link(provider, for: url) {
    case .success(let fresh):
      let second = await download(fresh)
      guard second.isEndOfLink else { return second.trouble }
      // A link that still gives bytes is no link that has ended.
      if case .gone? = trouble { trouble = second.trouble }
    case .failure(.passing(let words)): return .passing(words)
    case .failure(.gone): break
    }
    guard let providerTaskID else { return trouble }
    switch await self.link(provider, in: providerTaskID, number: number) {
    case .success(let recorded) where recorded != url: return await download(recorded).trouble
    case .failure(.passing(let words)): return .passing(words)
    default: return trouble
    }
  }

  // MARK: - Fresh links

  /// `download-url`'s link, good for 20 minutes.
  private func link(_ provider: Provider, for url: String) async -> Result<String, ResultTrouble> {
    do throws(ProviderError) {
      return .success(try await provider.downloadURL(for: url))
    } catch {
      return .failure(error.trouble)
    }
  }

  /// The link that the provider's record has at that place.
  private func link(_ provider: Provider, in task: String, number: Int) async -> Result<String, ResultTrouble> {
    switch await provider.recordInfo(taskID: task) {
    case .record(let report, _):
      return report.urls.indices.contains(number)
        ? .success(report.urls[number]) : .failure(.gone("the provider's record has no link for this result"))
    case .notFound: return .failure(.gone("the provider no longer knows the task"))
    case .refused(let refusal): return .failure(ProviderError.refused(refusal).trouble)
    case .unparseable: return .failure(.passing("the provider's record cannot be read"))
    case .unavailable(let why): return .failure(.passing("the provider was not reached: \(why)"))
    }
  }

  // MARK: - One link

  /// How the tries of one link ended.
  private enum Ending {
    case whole
    case failed(ResultTrouble)
    /// It broke off again and again.
    case brokenOff(String)

    init(_ trouble: ResultTrouble?) { self = trouble.map { .failed($0) } ?? .whole }

    var trouble: ResultTrouble? {
      switch self {
      case .whole: nil
      case .failed(let trouble): trouble
      case .brokenOff(let words): .passing(words)
      }
    }

    /// Whether another link to the same file may do better.
    var isEndOfLink: Bool {
      switch self {
      case .brokenOff, .failed(.gone): true
      case .whole, .failed(.passing): false
      }
    }
  }

  /// Fetches until the file is whole or the link gives no more.
  private func download(_ url: String) async -> Ending {
    guard let link = HTTPURL(url) else { return .failed(.gone("the result's link is no http address")) }
    guard configuration.hosts.contains(link.host) else {
      return .failed(
        .passing("\(link.host) is not among the hosts that media is fetched from: results.allowHosts"))
    }
    var cuts = 0
    while true {
      let resumption = file.resumption()
      let request = HTTPClientRequest(
        url: url, headers: resumption.map { [(name: "If-Range", value: $0.tag)] } ?? [], timeouts: Self.timeouts,
        maxResponseBytes: configuration.maxBytes, followRedirects: true,
        addressPolicy: .publicOnly(exceptHosts: configuration.privateHosts), redirectHosts: configuration.hosts)
      let offset = Int64(resumption?.offset ?? 0)
      let error: HTTPClientError
      do throws(HTTPClientError) {
        let answer = try await transport(request, offset, file.sink())
        return Ending(verdict(answer.status))
      } catch let failure {
        error = failure
      }
      if let trouble = file.pause()?.trouble ?? error.reason.trouble { return .failed(trouble) }
      guard error.mayHaveReachedPeer else { return .failed(.passing("\(error)")) }
      cuts += 1
      let limit = file.resumption() == nil ? Self.cutLimits.restarting : Self.cutLimits.resuming
      guard cuts < limit else { return .brokenOff("\(error)") }
      guard (try? await clock.sleep(until: clock.now().advanced(by: Self.pauseAfterCut))) != nil else {
        return .failed(.passing("\(error)"))
      }
    }
  }

  private func verdict(_ status: Int) -> ResultTrouble? {
    if let fault = file.pause() { return fault.trouble }
    switch status {
    case 200, 206:
      guard let fault = file.fault else { return nil }
      file.discard()
      return .gone("\(fault)")
    case 416:
      file.discard()
      return .passing("the server no longer has the part that was asked for")
    case 400..<500 where ![408, 425, 429].contains(status):
      return .gone("the link has ended: HTTP status \(status)")
    default:
      return .passing("the server answers with HTTP status \(status)")
    }
  }
}

extension ResultFault {
  fileprivate var trouble: ResultTrouble {
    switch self {
    case .tooLarge: .gone("\(self)")
    case .noRoom, .disk, .unusable: .passing("\(self)")
    }
  }
}

extension HTTPClientError.Reason {
  /// What no second try in the same round can mend; `nil` for a cut or the like.
  fileprivate var trouble: ResultTrouble? {
    switch self {
    case .tooLarge(let limit): .gone("\(ResultFault.tooLarge(limit: limit))")
    case .invalidRequest: .gone("\(self)")
    case .redirectRefused, .addressRefused: .passing("\(self): results.allowHosts names the hosts that are trusted")
    case .cancelled, .stopped, .tlsFailed: .passing("\(self)")
    default: nil
    }
  }
}

extension ProviderError {
  /// A refusal to be repeated later says nothing about the link.
  fileprivate var trouble: ResultTrouble {
    switch self {
    case .refused(let refusal) where refusal.retry == .byUser && refusal.kind != .unauthorized: .gone("\(self)")
    default: .passing("\(self)")
    }
  }
}
