// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// How a container that one command made is started by a later one: its first process listens on a socket in the folder
// and speaks the start channel's protocol on the connection that sends the start byte.

import Glibc
public import WharfLinux

extension ContainerFolder {
    private static let socket = "start.sock"

    /// Makes the socket, for `NewContainer.start`.
    public func makeStartSocket() throws(RuntimeError) -> Descriptor {
        try step("state") { () throws(SyscallError) in try UnixSocket.listen(in: directory, name: ContainerFolder.socket) }
    }

    /// Whether the container's program has not been started: its first process still listens.
    ///
    /// The name alone does not tell: a start that was interrupted leaves it behind. A connection that sends nothing is
    /// forgotten by the other side.
    func isWaitingForStart() throws(RuntimeError) -> Bool {
        do throws(SyscallError) {
            _ = try UnixSocket.connect(in: directory, name: ContainerFolder.socket)
            return true
        } catch  where error.errno == ENOENT || error.errno == ECONNREFUSED {
            return false
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
