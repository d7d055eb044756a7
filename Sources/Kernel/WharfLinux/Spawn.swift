// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Starts a program from a threaded process: the Swift face of wharf_spawn.c. The child never runs Swift.

import CWharfLinux
import Glibc

/// A program that was started: its pid and the descriptor that can't be mistaken for another process.
public struct SpawnedProcess: Sendable {
    public let pid: Int32
    /// Readable (poll) when the process has ended; the caller reaps it.
    public let pidfd: Descriptor
}

/// Starts the program behind an open descriptor.
///
/// The child gets exactly the given descriptors and nothing else, default signals, an empty signal mask and a session of
/// its own. Blocks until the program runs (about 0.1 ms).
///
/// - Parameters:
///   - program: the executable, opened for reading or O_PATH. A sealed one can't be changed by what it runs.
///   - arguments: argv, without NUL bytes; the first one is the program's name.
///   - environment: `NAME=value` strings.
///   - descriptors: entry i becomes descriptor i of the program; nil leaves it closed.
/// - Throws: the step that failed in the child (`execveat`, `dup2`) or in the parent (`clone`) with its errno.
public func spawn(
    _ program: Descriptor, arguments: [String], environment: [String] = [], descriptors: [Descriptor?]
) throws(SyscallError) -> SpawnedProcess {
    let argv = CStrings(arguments)
    let envp = CStrings(environment)
    let numbers = descriptors.map { $0?.raw ?? -1 }
    var pidfd: Int32 = -1
    var step: UnsafePointer<CChar>?
    let (pid, number) = numbers.withUnsafeBufferPointer { fds -> (Int32, Int32) in
        var request = wharf_spawn_request(
            program: program.raw, fds: fds.baseAddress, fd_count: fds.count, argv: argv.pointers, envp: envp.pointers)
        let pid = wharf_spawn(&request, &pidfd, &step)
        return (pid, errno)
    }
    withExtendedLifetime((program, descriptors, argv, envp)) {}
    guard pid > 0 else { throw SyscallError(step.map { String(cString: $0) } ?? "clone", arguments.first, errno: number) }
    return SpawnedProcess(pid: pid, pidfd: Descriptor(owning: pidfd))
}

/// A null-terminated array of C strings that lives as long as this object.
private final class CStrings {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ strings: [String]) {
        count = strings.count
        pointers = .allocate(capacity: count + 1)
        for (index, string) in strings.enumerated() { pointers[index] = strdup(string) }
        pointers[count] = nil
    }

    deinit {
        for index in 0..<count { free(pointers[index]) }
        pointers.deallocate()
    }
}

/// Names the calling thread for `ps -L` and for reports; longer names are cut at 15 bytes.
public func nameThread(_ name: String) {
    wharf_name_thread(name)
}
