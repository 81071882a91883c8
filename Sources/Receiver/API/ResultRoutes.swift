// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import HTTP1
internal import Ledger
internal import Reactor
internal import Server

/// `/api/v1/tasks/{id}/results/{n}`: the saved media.
extension LocalAPI {
  func getResult(_ asked: APIRequest, _ name: String, _ number: String) -> Response {
    guard let task = findTask(name) else { return asked.noTask(name) }
    guard let file = task.result?.files.first(where: { String($0.number) == number }) else {
      return asked.problem(404, task.wordsForMissingFile(number))
    }
    do throws(SystemError) {
      let descriptor = try Descriptor.openForReading("\(ledger.directory)/\(file.path)")
      return SavedFileAnswer(task: task.id, file: file).response(asked, OpenFile(descriptor))
    } catch {
      return asked.problem(410, "the file \(file.path) was saved, but cannot be opened now: \(error)")
    }
  }
}

extension TaskState {
  fileprivate func wordsForMissingFile(_ number: String) -> String {
    guard state == .success, let result else { return "the task has no result: its state is \(state.rawValue)" }
    guard let place = Int(number), result.urls.indices.contains(place), String(place) == number else {
      return "the task has \(result.urls.count) results, numbered from 0"
    }
    return result.isLost
      ? "this result could not be had from the provider; the task's alerts tell why" : "this result is not saved yet"
  }
}

/// A saved file as an answer, whole or a range of it (RFC 9110, 13 and 14). Its hash is its entity tag: the same tag
/// always means the same bytes.
struct SavedFileAnswer {
  let task: TaskID
  let file: SavedFile

  private var tag: String { "\"\(file.sha256)\"" }
  private var size: Int64 { Int64(file.bytes) }

  func response(_ asked: APIRequest, _ open: OpenFile) -> Response {
    if let answer = asked.precluded(tag, fields: fields) { return answer }
    guard let range = requestedRange(asked) else {
      return Response(status: 200, fields: fields, body: .file(open, range: 0..<size))
    }
    guard let part = range.resolved(size: size) else {
      return asked.problem(
        416, "the file has \(size) bytes", fields: [ResponseHead.Field("Content-Range", "bytes */\(size)")])
    }
    let place = ResponseHead.Field("Content-Range", "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(size)")
    return Response(status: 206, fields: fields + [place], body: .file(open, range: part))
  }

  /// Range is for GET alone (14.2), and counts only as long as `If-Range` names this very file (13.1.5).
  private func requestedRange(_ asked: APIRequest) -> ByteRange? {
    guard asked.method == .get, let range = asked.range, asked.ifRange.map({ $0 == tag }) ?? true else { return nil }
    let bytes = Array(range.utf8)
    return ByteRange(0..<bytes.count, in: bytes.span)
  }

  /// What came from outside is never taken for anything but what it is, and never acts: media may be shown in a
  /// browser, all else is only handed over.
  private var fields: [ResponseHead.Field] {
    let mayBeShown = ["video/", "image/", "audio/"].contains { file.type.hasPrefix($0) }
    let name = "\(task)-\(file.path.split(separator: "/").last ?? "file")"
    return [
      ResponseHead.Field("Content-Type", file.type),
      ResponseHead.Field("Content-Disposition", "\(mayBeShown ? "inline" : "attachment"); filename=\"\(name)\""),
      ResponseHead.Field("ETag", tag), ResponseHead.Field("Accept-Ranges", "bytes"),
      ResponseHead.Field("Cache-Control", "private, no-cache"),
      ResponseHead.Field("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'"),
    ]
  }
}

/// Entity tags as `If-Match` and `If-None-Match` compare them (RFC 9110, 8.8.3.2, 13.1.1 and 13.1.2).
enum EntityTag {
  /// - Parameter tag: a strong one.
  static func matches(_ tag: String, in list: String, weakly: Bool) -> Bool {
    list.split(separator: ",").contains { item in
      var known = item.drop { $0 == " " || $0 == "\t" }
      while let last = known.last, last == " " || last == "\t" { known.removeLast() }
      if weakly, known.hasPrefix("W/") { known = known.dropFirst(2) }
      return known == "*" || known == tag
    }
  }
}
