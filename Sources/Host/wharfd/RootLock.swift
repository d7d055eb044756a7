// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One daemon per root: a lock on wharfd.pid, held by the open file for as long as the process lives, however it ends.

import Glibc
import WharfError
import WharfLinux

/// The lock of one directory.
struct RootLock {
    private let file: Descriptor

    /// Takes the lock of `directory` and writes the own process id into its wharfd.pid.
    ///
    /// - Throws: `conflict` with the other daemon's process id.
    init(of directory: HostPath) throws(WharfError) {
        let path = directory / "wharfd.pid"
        do {
            let file = try path.open([.readWrite, .create], permissions: 0o644)
            guard try file.tryLock() else {
                let holder = String(decoding: try file.readAll(limit: 32).filter { (0x30...0x39).contains($0) }, as: UTF8.self)
                throw WharfError(.conflict, "wharfd is already running on \(directory): pid \(holder.isEmpty ? "unknown" : holder)")
            }
            try file.truncate(to: 0)
            try file.writeAll(Array("\(getpid())\n".utf8))
            self.file = file
        } catch let error as WharfError {
            throw error
        } catch let error as SyscallError {
            throw WharfError(nil, "lock \(directory)", error)
        } catch {
            throw WharfError(.internal, "lock \(directory)", cause: error)
        }
    }

    /// Empties the file at a graceful end: the number means nothing any more. The lock goes with the process.
    func release() {
        // A number that stays is harmless: nobody holds its lock.
        try? file.truncate(to: 0)
    }
}
