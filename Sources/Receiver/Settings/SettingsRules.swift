// SPDX-License-Identifier: Apache-2.0

extension Settings {
  /// What is wrong between values that are each fine: the server must not start with any of it.
  ///
  /// - Parameter broken: keys whose value could not be read; nothing is concluded from these.
  func serverProblems(without broken: Set<String>) -> [SettingsProblem] {
    var problems: [SettingsProblem] = []
    func refuse(_ key: String, considering other: String, when isBroken: Bool, _ message: String) {
      guard isBroken, !broken.contains(key), !broken.contains(other) else { return }
      problems.append(SettingsProblem(origin: origin(of: key), key: key, message: message))
    }
    let tls = `public`.tls
    refuse(
      "public.tls.certificate", considering: "public.tls.privateKey",
      when: tls.certificate != nil && tls.privateKey == nil, "needs public.tls.privateKey as well")
    refuse(
      "public.tls.privateKey", considering: "public.tls.certificate",
      when: tls.privateKey != nil && tls.certificate == nil, "needs public.tls.certificate as well")
    refuse(
      "api.listen", considering: "api.token", when: !api.listen.isLoopback && api.token == nil,
      "\(api.listen) is reachable from outside: set api.token, or listen on 127.0.0.1")
    refuse(
      "callbacks.hmacKeys", considering: "callbacks.allowUnsigned",
      when: callbacks.hmacKeys.isEmpty && !callbacks.allowUnsigned,
      "none set: give the webhook HMAC key of the provider's settings page, or set callbacks.allowUnsigned to count "
        + "unsigned callbacks, on per-task addresses only")
    return problems
  }
}
