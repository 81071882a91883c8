// SPDX-License-Identifier: Apache-2.0

import JSON

/// The bytes of a file that was named on the command line, of standard input for `-`.
func readBytes(_ path: String) throws(CommandError) -> [UInt8] {
  do throws(System.Failure) {
    return try System.readFile(path)
  } catch {
    throw CommandError("cannot read \(path): \(error)")
  }
}

/// The JSON in a file that was named on the command line.
func readJSON(_ path: String) throws(CommandError) -> JSON {
  let bytes = try readBytes(path)
  do throws(JSONError) {
    return try JSON.parse(bytes)
  } catch {
    throw CommandError("\(path) is not JSON: \(error)")
  }
}
