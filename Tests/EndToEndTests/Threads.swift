// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

private final class Work: Sendable {
  let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

/// A thread of its own for what blocks: pools have too few.
private func startThread(_ body: @escaping @Sendable () -> Void) -> pthread_t {
  var thread = pthread_t()
  let error = pthread_create(
    &thread, nil,
    { argument in
      guard let argument else { return nil }
      Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
      return nil
    }, Unmanaged.passRetained(Work(body)).toOpaque())
  precondition(error == 0, "no thread: \(error)")
  return thread
}

func onThread(_ body: @escaping @Sendable () -> Void) {
  pthread_detach(startThread(body))
}

private final class Answers<Answer: Sendable>: Sendable {
  let all: Mutex<[Result<Answer, any Error>?]>

  init(_ count: Int) { all = Mutex(Array(repeating: nil, count: count)) }
}

/// Does the work in each lane at the same time; what they answer, in the order of the lanes.
func inLanes<Answer: Sendable>(_ count: Int, _ work: @escaping @Sendable (Int) throws -> Answer) throws -> [Answer] {
  let answers = Answers<Answer>(count)
  let threads = (0..<count).map { lane in
    startThread {
      let answer = Result { try work(lane) }
      answers.all.withLock { $0[lane] = answer }
    }
  }
  for thread in threads { pthread_join(thread, nil) }
  return try answers.all.withLock { $0 }.compactMap { try $0?.get() }
}
