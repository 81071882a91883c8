// SPDX-License-Identifier: Apache-2.0

package import CLinux
private import Glibc

/// The system has no room for another thread.
package struct ThreadError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What pthread_create(3) answered: a value of `errno`.
  package let code: Int32

  package init(code: Int32) {
    self.code = code
  }

  /// What the code means, in words.
  package var reason: String {
    guard let text = unsafe strerror(code) else { return "error \(code)" }
    return unsafe String(cString: text)
  }

  package var description: String { "pthread_create: \(reason) (\(code))" }
}

/// Runs `body` on a new thread.
///
/// - Parameter name: The thread's name in process lists, cut to 15 bytes (pthread_setname_np(3)).
/// - Returns: the thread, for pthread_join(3).
package func startThread(name: String, _ body: @escaping @Sendable () -> Void) throws(ThreadError) -> pthread_t {
  var thread = pthread_t()
  let box = unsafe Unmanaged.passRetained(ThreadBody(name: name, run: body))
  let code = unsafe pthread_create(
    &thread, nil,
    { argument in
      guard let argument = unsafe argument else { return nil }
      let body = unsafe Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue()
      unsafe hookledger_name_thread(String(decoding: body.name.utf8.prefix(15), as: UTF8.self))
      body.run()
      return nil
    }, box.toOpaque())
  if code != 0 {
    unsafe box.release()
    throw ThreadError(code: code)
  }
  return thread
}

private final class ThreadBody: Sendable {
  let name: String
  let run: @Sendable () -> Void

  init(name: String, run: @escaping @Sendable () -> Void) {
    self.name = name
    self.run = run
  }
}
