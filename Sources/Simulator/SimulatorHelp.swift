// SPDX-License-Identifier: Apache-2.0

/// What the help of the command says about the stand-in's behaviour.
package enum SimulatorHelp {
  /// One line a fault: its name, padded, and what it does.
  package static var faults: String {
    let width = Fault.allCases.map(\.rawValue.count).max() ?? 0
    return Fault.allCases.map { fault in
      let padding = String(repeating: " ", count: width - fault.rawValue.count)
      return "\(fault.rawValue)\(padding)  \(fault.summary)"
    }
    .joined(separator: "\n")
  }

  /// What is not obvious.
  package static var notes: String {
    """
    Bodies have the shapes that the provider documents or that were recorded of it. Nobody has published a progress \
    callback: its shape and how often it comes are a guess (the record's shape with state "generating").
    A prompt that contains [fail] makes a task that fails.
    GET /simulator/book tells which tasks were created, what was charged, and every callback with its answers.
    """
  }
}
