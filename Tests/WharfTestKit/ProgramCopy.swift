// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Putting a program into a test's root file system. A process with threads must not write it itself: a child that another
// thread starts meanwhile holds the file open for writing for a moment, and running it is then "text file busy".

public import WharfLinux

/// Copies a program, by a process of its own.
public func copyProgram(_ source: String, to target: HostPath) throws {
    let null = try HostPath("/dev/null").open(.readWrite)
    let child = try spawn(
        try HostPath("/bin/cp").open(.handle), arguments: ["cp", source, target.description], descriptors: [null, null, null])
    guard try PidFD(child.pidfd).wait() == .exited(code: 0) else { throw TestFailure("cp \(source) \(target) failed") }
}
