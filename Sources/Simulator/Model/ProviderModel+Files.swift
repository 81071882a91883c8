// SPDX-License-Identifier: Apache-2.0

import Callbacks
import JSON

/// What a request for a result file gets.
enum FileAnswer: Hashable {
  case notFound
  case whole
  /// The first half, then the end of the connection.
  case brokenOff
}

extension ProviderModel {
  private static var linkLife: Duration { .seconds(20 * 60) }

  /// Decides about a request for `/files/{id}/{number}.mp4`.
  /// - Parameter key: the query's `key`, which links of download-url have.
  mutating func requestFile(id: String, number: Int, key: String?, at now: Moment) -> FileAnswer {
    guard let index = taskIndex[id] else { return requestDecoy(id: id, number: number) }
    guard tasks[index].state == .success, tasks[index].files.contains(number) else { return .notFound }
    let earlier = tasks[index].fileRequests[number, default: 0]
    tasks[index].fileRequests[number] = earlier + 1
    if let key { return (linkKeys[key].map { now.elapsed < $0 } ?? false) ? .whole : .notFound }
    guard tasks[index].has(.expiredLinks) else { return .whole }
    return earlier == 0 ? .brokenOff : .notFound
  }

  private mutating func requestDecoy(id: String, number: Int) -> FileAnswer {
    let index = tasks.firstIndex { $0.has(.changedBody) && $0.fate.strangerID == id && $0.files.contains(number) }
    guard let index else { return .notFound }
    tasks[index].decoyRequests += 1
    return .whole
  }

  /// Answers download-url.
  mutating func downloadURL(_ body: [UInt8], at now: Moment) -> JSON {
    guard let url = (try? JSON.parse(body))?["url"]?.string, let link = link(url) else {
      options.log("download-url refused: code 422: not a link of ours")
      return Envelope.refusal(422, "url is wrong")
    }
    let key = keyGenerator.identifier()
    linkKeys = linkKeys.filter { now.elapsed < $0.value }
    linkKeys[key] = now.elapsed + Self.linkLife
    return Envelope.success(JSON("\(link)?key=\(key)"))
  }

  /// The link without its query, if it leads to a file of one of the tasks.
  private func link(_ url: String) -> Substring? {
    let link = url.prefix { $0 != "?" }
    let parts = link.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count >= 3, let index = taskIndex[String(parts[parts.count - 2])] else { return nil }
    let isOurs = tasks[index].files.contains { link == "\(tasks[index].baseURL)/files/\(tasks[index].id)/\($0).mp4" }
    return isOurs ? link : nil
  }
}
