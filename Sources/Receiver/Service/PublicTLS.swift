// SPDX-License-Identifier: Apache-2.0

internal import Callbacks
internal import Logging
internal import OpenSSL

/// The certificate of the public listener: read at the start, and again with SIGHUP.
enum PublicTLS {
  private static let day: Int64 = 86_400
  /// A certificate that ends sooner than this is worth a warning each time it is read.
  private static let notice: Int64 = 14 * day

  /// `nil` when none is set: then the listener speaks plain HTTP.
  /// - Throws: `StartError` when the two files are not a pair that can be used.
  static func load(_ settings: TLSSettings, now: Int64, logger: Logger) throws(StartError) -> TLSContext? {
    guard let certificate = settings.certificate, let privateKey = settings.privateKey else { return nil }
    do {
      let context = try TLSContext.load(certificate: certificate, privateKey: privateKey)
      warn(about: context.validity, certificate, now, logger)
      return context
    } catch {
      throw StartError("public.tls: \(error)")
    }
  }

  /// What to show from now on; `nil` keeps what is in use, and the log says why.
  /// - Parameter had: Whether the listener speaks TLS, which takes a restart to change.
  static func reload(_ settings: TLSSettings, had: Bool, now: Int64, logger: Logger) -> TLSContext? {
    guard had == (settings.certificate != nil) else {
      logger.warning("public.tls turned on or off takes effect with the next start")
      return nil
    }
    do {
      guard let context = try load(settings, now: now, logger: logger) else { return nil }
      logger.notice("certificate read again", metadata: ["validUntil": "\(text(context.validity.upperBound))"])
      return context
    } catch {
      logger.error("the certificate in use stays", metadata: ["reason": "\(error)"])
      return nil
    }
  }

  private static func warn(about validity: ClosedRange<Int64>, _ path: String, _ now: Int64, _ logger: Logger) {
    let message: Logger.Message
    if now > validity.upperBound {
      message = "the certificate has expired: clients will not connect"
    } else if now < validity.lowerBound {
      message = "the certificate is not valid yet: clients will not connect"
    } else if validity.upperBound - now < notice {
      message = "the certificate expires soon"
    } else {
      return
    }
    logger.warning(
      message,
      metadata: [
        "certificate": "\(path)", "validFrom": "\(text(validity.lowerBound))",
        "validUntil": "\(text(validity.upperBound))",
      ])
  }

  private static func text(_ seconds: Int64) -> String {
    "\(Timestamp(milliseconds: seconds * 1000))"
  }
}
