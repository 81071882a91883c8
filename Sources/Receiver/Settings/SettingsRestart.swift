// SPDX-License-Identifier: Apache-2.0

extension Settings {
  /// What is read once, at the start. TLS on or off is too, and is told where certificates are read again.
  private static let fixed = ["public.listen", "api.listen", "data.", "limits.", "log."]

  /// The keys whose values differ from those that the server has started with and take effect with the next start.
  func keysThatNeedRestart(since started: Settings) -> [String] {
    Setting.all.filter { setting in
      Self.fixed.contains { setting.key.hasPrefix($0) } && setting.show(self) != setting.show(started)
    }.map(\.key)
  }
}
