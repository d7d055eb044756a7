// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A folder that stands in for a mounted hierarchy: plain files to read, and pipes that keep every write that they get.

import Glibc
import WharfLinux
import WharfTestKit

@testable import WharfCgroups

/// A hierarchy of files.
final class FakeTree {
    let temporary: TemporaryDirectory
    let root: HostPath
    /// Read ends of the pipes, by file.
    private var pipes: [String: Descriptor] = [:]

    init() throws {
        temporary = try TemporaryDirectory("cgroup")
        root = HostPath(temporary.path)
    }

    /// Plain files of a directory.
    func put(_ directory: String, _ files: [String: String]) throws {
        try (root / directory).mkdir()
        for (name, text) in files { try (root / directory / name).writeAtomically(Array(text.utf8), durable: false) }
    }

    /// Files that can only be written: what comes is kept for `writes`.
    func record(_ directory: String, _ files: [String]) throws {
        try (root / directory).mkdir()
        for file in files {
            let path = root / directory / file
            _ = mkfifo(path.description, 0o600)
            pipes["\(directory)/\(file)"] = try path.open([.readWrite, .nonBlocking])
        }
    }

    /// Everything that was written to a recording file since the last call, one write behind the other.
    func writes(_ file: String) throws -> String {
        guard let pipe = pipes[file] else { throw SyscallError("fake", file, errno: ENOENT) }
        var bytes: [UInt8] = []
        withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 1) { buffer in
            // EAGAIN: nothing more.
            while let count = try? pipe.read(into: buffer), count > 0 { bytes += Array(buffer[..<count]) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    func text(_ file: String) throws -> String { String(decoding: try (root / file).read(limit: 1 << 16), as: UTF8.self) }
}
