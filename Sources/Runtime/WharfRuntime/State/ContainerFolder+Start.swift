// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// How a container that one command made is started by a later one: its first process listens on a socket in the folder
// and speaks the start channel's protocol on the connection that sends the start byte.

import Glibc
public import WharfLinux

extension ContainerFolder {
    static let socket = "start.sock"

    /// Makes the socket, for `NewContainer.start`.
    public func makeStartSocket() throws(RuntimeError) -> Descriptor {
        try step("state") { () throws(SyscallError) in try UnixSocket.listen(in: directory, name: ContainerFolder.socket) }
    }

    /// What the socket tells of a container whose first process is there.
    enum StartSocket {
        /// The program has not been started: the first process listens.
        case listening
        /// The name is there and nobody listens: a start was interrupted behind its success, or the first process is
        /// ending because its maker was.
        case abandoned
        /// The program was started.
        case gone
    }

    /// Looks at the socket. A connection that sends nothing is forgotten by the other side.
    func startSocket() throws(RuntimeError) -> StartSocket {
        do throws(SyscallError) {
            _ = try UnixSocket.connect(in: directory, name: ContainerFolder.socket)
            return .listening
        } catch  where error.errno == ENOENT {
            return .gone
        } catch  where error.errno == ECONNREFUSED {
            return .abandoned
        } catch {
            throw RuntimeError(step: "state", error)
        }
    }

    /// Lets the program run and waits until it does. Throws what kept it from running.
    public func start() throws(RuntimeError) {
        let channel = StartChannel(
            try step("start") { () throws(SyscallError) in try UnixSocket.connect(in: directory, name: ContainerFolder.socket) })
        try step("start") { () throws(SyscallError) in try channel.start() }
        try channel.waitStarted()
        try removeStartSocket()
    }

    /// Takes the socket's name away.
    func removeStartSocket() throws(RuntimeError) {
        try step("state") { () throws(SyscallError) in try removeTree(in: directory, ContainerFolder.socket) }
    }
}
