// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A system call that failed: which one, and its `errno`.
package struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The call's name as in its man page.
  package let call: String
  /// The `errno` value the call left.
  package let code: Int32

  package init(call: String, code: Int32) {
    self.call = call
    self.code = code
  }

  package var description: String {
    guard let text = unsafe strerror(code) else { return "\(call): error \(code)" }
    return unsafe "\(call): \(String(cString: text)) (\(code))"
  }
}

/// Runs a system call that answers -1 on failure; a call that a signal interrupted is run again.
///
/// `EBADF` and `EFAULT` are bugs of ours, never the peer's doing, and trap.
func systemCall<Value: SignedInteger>(_ name: String, _ body: () -> Value) throws(SystemError) -> Value {
  while true {
    let value = body()
    if value != -1 { return value }
    let code = errno
    if code == EINTR { continue }
    precondition(code != EBADF && code != EFAULT, "\(name) on a descriptor or memory that is not ours")
    throw SystemError(call: name, code: code)
  }
}

/// As `systemCall`, for a non-blocking descriptor: `nil` when the call would have to wait.
func nonBlockingCall<Value: SignedInteger>(_ name: String, _ body: () -> Value) throws(SystemError) -> Value? {
  do {
    return try systemCall(name, body)
  } catch {
    if error.code == EAGAIN || error.code == EWOULDBLOCK { return nil }
    throw error
  }
}
