// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Which file `sh` is: the search along PATH as a shell and Go's exec.LookPath do it, inside the container and as its
// user. The texts are those that Docker's clients know; wharfd maps the number to 126 or 127.

import Glibc
import WharfLinux

/// Finds a program.
struct ProgramLookup {
    /// The value of PATH.
    let search: [UInt8]

    /// The path to give to execve. A name with a slash is taken as it is.
    func find(_ name: [UInt8]) throws(RuntimeError) -> [UInt8] {
        if name.contains(UInt8(ascii: "/")) {
            if let failure = check(name) { throw error(name, failure, at: name) }
            return name
        }
        var denied: Int32?
        for directory in search.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) {
            // An empty entry means the current directory, which Go refuses; so it is skipped.
            if directory.isEmpty { continue }
            let path = Array(directory) + [UInt8(ascii: "/")] + name
            guard let failure = check(path) else { return path }
            if failure == EACCES { denied = failure }
        }
        if let denied { throw error(name, denied, at: name) }
        throw RuntimeError(step: "exec", errno: ENOENT, text: "exec: \"\(displayPath(name))\": executable file not found in $PATH")
    }

    /// nil for a file that this process may execute, else the reason.
    private func check(_ path: [UInt8]) -> Int32? {
        do {
            let status = try HostPath(path).status()
            if status.kind == .directory { return EISDIR }
            // With the effective user and its capabilities, as execve will look at it (AT_EACCESS).
            try withPath(path, call: "faccessat") { name throws(SyscallError) in
                try syscall("faccessat") { faccessat(AT_FDCWD, name, X_OK, 0x200) }
            }
            return nil
        } catch {
            return error.errno
        }
    }

    private func error(_ name: [UInt8], _ number: Int32, at path: [UInt8]) -> RuntimeError {
        let reason: String
        var errno = number
        switch number {
        case EACCES: reason = "permission denied"
        case EISDIR:
            reason = "is a directory"
            // Docker answers 126 for a directory, as for a file without the executable bit.
            errno = EACCES
        default: reason = "stat \(displayPath(path)): \(errnoText(number))"
        }
        return RuntimeError(step: "exec", errno: errno, text: "exec: \"\(displayPath(name))\": \(reason)")
    }
}
