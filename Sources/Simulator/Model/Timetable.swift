// SPDX-License-Identifier: Apache-2.0

import Callbacks

/// A step of a task.
enum Turn: Hashable {
  case state(ProviderState)
  case progress(Int)
  case end
}

/// What a callback says.
enum Letter: Hashable {
  /// Under way, so many percent. What the provider really sends here, nobody has published.
  case progress(Int)
  /// Ended as the record says. `copy` counts the repetitions of the fault `duplicate` from 0.
  case completion(copy: Int)
  /// Failed, although the record says success.
  case belatedFailure

  var kind: CallbackKind {
    switch self {
    case .progress: .progress
    case .completion, .belatedFailure: .completion
    }
  }
}

/// When a task takes its steps and when its callbacks are written, from its creation on, at speed 1.
struct Timetable {
  private(set) var turns: [(time: Duration, turn: Turn)] = []
  private(set) var letters: [(time: Duration, letter: Letter)] = []

  private static let outOfOrderGap = Duration.milliseconds(200)
  private static let copyTimes: [Duration] = [.zero, .milliseconds(300), .milliseconds(900)]
  private static let failureDelay = Duration.seconds(2)
  private static let lateness = 20

  init(_ fate: Fate, _ profile: ModelProfile, fails: Bool) {
    var end = Duration.zero
    var steps: [(time: Duration, percent: Int)] = []
    if !fate.faults.contains(.early) {
      end = fate.waiting
      if let queuing = fate.queuing {
        turns.append((end, .state(.queuing)))
        end += queuing
      }
      if profile.isSora || !fate.isNeverGenerating { turns.append((end, .state(.generating))) }
      if profile.isSora {
        let gap = fate.generating / (fate.progress.count + 1)
        steps = fate.progress.enumerated().map { (end + gap * ($0.offset + 1), $0.element) }
      }
      end += fate.generating
    }
    turns += steps.map { ($0.time, .progress($0.percent)) }
    turns.append((end, .end))
    planLetters(fate, postsProgress: profile.postsProgress, steps, end: end, fails: fails)
  }

  private mutating func planLetters(
    _ fate: Fate, postsProgress: Bool, _ steps: [(time: Duration, percent: Int)], end: Duration, fails: Bool
  ) {
    guard !fate.faults.contains(.lost) else { return }
    if postsProgress {
      for (index, step) in steps.enumerated() {
        let time = fate.faults.contains(.outOfOrder) ? end + Self.outOfOrderGap * (index + 1) : step.time
        plan(.progress(step.percent), at: time, fate)
      }
    }
    plan(.completion(copy: 0), at: end, fate)
    if fate.faults.contains(.lateFail), !fails { plan(.belatedFailure, at: end + Self.failureDelay, fate) }
  }

  private mutating func plan(_ letter: Letter, at time: Duration, _ fate: Fate) {
    let time = fate.faults.contains(.late) ? time * Self.lateness : time
    let copies = fate.faults.contains(.duplicate) ? Self.copyTimes : [.zero]
    for (copy, delay) in copies.enumerated() {
      if case .completion = letter {
        letters.append((time + delay, .completion(copy: copy)))
      } else {
        letters.append((time + delay, letter))
      }
    }
  }
}
