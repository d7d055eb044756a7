// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The two sides of a process's standard streams: what the shim keeps, and what the process gets.

import WharfLinux

/// The shim's side.
struct StandardStreams {
    /// The writing end of standard input; for a terminal a duplicate of its master.
    var stdin: Descriptor?
    var stdout: Descriptor?
    var stderr: Descriptor?
    /// The master, when the process has a terminal: it comes from the runtime.
    var terminal: Descriptor?
}

/// The process's side: nil for the null device, all nil for a terminal.
struct ProcessEnds {
    var stdin: Descriptor?
    var stdout: Descriptor?
    var stderr: Descriptor?

    var all: [Descriptor] { [stdin, stdout, stderr].compactMap(\.self) }
}

extension StandardStreams {
    /// Pipes for a process without a terminal. Without a reader of its output (an exec that nobody is attached to and
    /// that has no log) it writes to the null device.
    static func pipes(stdin: Bool, output: Bool) throws(SyscallError) -> (StandardStreams, ProcessEnds) {
        var ours = StandardStreams()
        var theirs = ProcessEnds()
        if stdin {
            let (reading, writing) = try Pipe.make()
            (theirs.stdin, ours.stdin) = (reading, writing)
        }
        if output {
            (ours.stdout, theirs.stdout) = try Pipe.make()
            (ours.stderr, theirs.stderr) = try Pipe.make()
        }
        return (ours, theirs)
    }
}
