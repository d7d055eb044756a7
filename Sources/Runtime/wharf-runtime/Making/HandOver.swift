// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a caller gets of a process that it did not make itself: its id in a file, its terminal over a socket.

import Glibc
import WharfLinux
import WharfRuntime

/// Writes the process's id where the caller reads it: the file has all of it or is not there.
func writePidFile(_ pid: Int32, to path: String) throws {
    let file = try absolutePath(path)
    try failing("pid-file") { () throws(SyscallError) in try file.writeAtomically(Array("\(pid)".utf8), permissions: 0o644, durable: false)
    }
}

/// Sends the master over the caller's console socket, with the name that tells it from other descriptors.
func sendTerminal(_ master: Descriptor?, to socket: HostPath) throws {
    guard let master else { throw RuntimeError(step: "terminal", errno: EBADF, text: "no terminal was made") }
    let connection = try connectConsole(socket)
    try failing("terminal") { () throws(SyscallError) in
        try UnixSocket.sendAll(Array("/dev/ptmx".utf8), descriptors: [master], to: connection)
    }
}

/// Connects to the console socket.
func connectConsole(_ socket: HostPath) throws -> Descriptor {
    do throws(SyscallError) {
        return try UnixSocket.connect(to: socket)
    } catch {
        throw CommandError("dial unix \(socket): connect: \(error.reason)")
    }
}
