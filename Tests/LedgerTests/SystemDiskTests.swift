// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Ledger

/// What the kernel refuses comes back with the call, the file and the reason.
final class SystemDiskTests {
  private let disk = SystemDisk()
  private let folder: String

  init() throws {
    var template = Array("/tmp/hookledger-disk-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    disk.close(try disk.open(folder + "/file", .replace))
  }

  deinit {
    unlink(folder + "/file")
    rmdir(folder)
  }

  @Test func `a folder that is not there has no names, and a file is no folder`() throws {
    #expect(try disk.names(in: folder + "/absent").isEmpty)
    #expect(try disk.names(in: folder) == ["file"])
    #expect(throws: failure("opendir", "/file", ENOTDIR)) { try self.disk.names(in: self.folder + "/file") }
    #expect(throws: failure("mkdir", "/file/below", ENOTDIR)) {
      try self.disk.makeDirectory(self.folder + "/file/below")
    }
  }

  @Test func `a failing call on an open file names the file`() throws {
    let file = try disk.open(folder + "/file", .read)
    defer { disk.close(file) }
    #expect(throws: failure("pwrite", "/file", EBADF)) { try self.disk.write([1], to: file, at: 0) }
    #expect(throws: failure("ftruncate", "/file", EINVAL)) { try self.disk.truncate(file, to: 0) }
    #expect(throws: failure("pread", "/file", EINVAL)) { try self.disk.read(file, at: -1, count: 1) }
  }

  @Test func `a lock is held once, and can be had again when it is let go`() throws {
    let first = try #require(try disk.lock(folder + "/file"))
    #expect(try disk.lock(folder + "/file") == nil)
    disk.close(first)
    let second = try #require(try disk.lock(folder + "/file"))
    disk.close(second)
  }

  @Test func `the room is that of the file system`() throws {
    let space = try disk.space(of: folder)
    #expect(space.total > 0 && space.available <= space.total)
    #expect(throws: failure("statvfs", "/absent", ENOENT)) { try self.disk.space(of: self.folder + "/absent") }
  }

  @Test func `blocks written past the cache are read back, and make room as any write does`() throws {
    let path = folder + "/file"
    let draft: DiskFile
    do {
      draft = try disk.open(path, .direct)
    } catch {
      // Some file systems have no such writes; then the journal has no spares.
      #expect(error.errno == EINVAL)
      return
    }
    var blocks = Blocks()
    blocks.fill(with: 9, count: 2 * Blocks.size)
    for step in 0..<2 { try disk.writeDirect(blocks, to: draft, at: step * blocks.count) }
    try disk.synchronize(draft)
    #expect(try disk.contents(of: path) == [UInt8](repeating: 9, count: 4 * Blocks.size))
    blocks.removeAll(keeping: 0)
    let file = try disk.open(path, .through)
    disk.close(draft)
    #expect(try disk.size(of: file) == 4 * Blocks.size, "opening it anew leaves what is in it")
    var expected: [UInt8] = []
    var tail = Blocks()
    for round: UInt8 in 1...3 {
      let text = [UInt8](repeating: round, count: 5000)
      blocks.begin(behind: 0)
      blocks.append(text)
      blocks.setLead(tail)
      let end = blocks.count
      blocks.completeBlock(with: 0)
      try disk.writeThrough(blocks, to: file, at: expected.count - tail.count)
      tail.takeLastBlock(of: blocks, before: end)
      expected += text
      #expect(try disk.contents(of: path)?.starts(with: expected) == true)
    }
    #expect(throws: failure("open", "/absent", ENOENT)) { try self.disk.open(self.folder + "/absent", .through) }
    #expect(throws: failure("pwrite", "/file", EINVAL)) {
      var blocks = Blocks()
      blocks.append([1])
      try self.disk.writeThrough(blocks, to: file, at: 0)
    }
    try disk.truncate(file, to: expected.count)
    disk.close(file)
    #expect(try disk.contents(of: path) == expected)
  }

  @Test func `of blocks in an ordinary file the text is written, wherever that may be`() throws {
    let path = folder + "/text"
    let file = try disk.open(path, .replace)
    defer { disk.close(file) }
    var blocks = Blocks()
    blocks.begin(behind: 100)
    blocks.append([1, 2, 3])
    try disk.write(blocks, to: file, at: 0)
    try disk.write(blocks, to: file, at: 3)
    #expect(try disk.contents(of: path) == [1, 2, 3, 1, 2, 3])
  }

  private func failure(_ operation: String, _ name: String, _ number: Int32) -> DiskError {
    DiskError(operation: operation, path: folder + name, errno: number, message: String(cString: strerror(number)))
  }
}
