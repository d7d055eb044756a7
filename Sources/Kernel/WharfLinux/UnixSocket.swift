// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Unix stream sockets: how wharfd and a shim talk and how an attach connection reaches the shim. Names are bound and
// connected through a directory descriptor, because a socket path holds at most 107 bytes and a root may be deeper.

import CWharfLinux
import Glibc

/// A connection that left HTTP: the socket, and the bytes that were already read behind the request.
public struct HijackedConnection: Sendable {
    /// The socket; whoever holds the value owns the traffic on it.
    public let descriptor: Descriptor
    /// What the client had sent behind the request's head and body, to be used before anything read from the socket.
    public let initialBytes: [UInt8]

    public init(descriptor: Descriptor, initialBytes: [UInt8] = []) {
        self.descriptor = descriptor
        self.initialBytes = initialBytes
    }
}

/// Who connected, as the kernel recorded it at connect time (unix(7), SO_PEERCRED).
public struct PeerCredentials: Sendable, Equatable {
    public let processID: Int32
    public let userID: UInt32
    public let groupID: UInt32
}

/// Verbs on unix stream sockets. All descriptors made here are close-on-exec.
public enum UnixSocket {
    /// How many descriptors one `send` can carry.
    public static let maximumDescriptors = Int(WHARF_MAX_DESCRIPTORS)

    /// Two connected ends.
    public static func pair(nonBlocking: Bool = false) throws(SyscallError) -> (Descriptor, Descriptor) {
        var ends: (Int32, Int32) = (-1, -1)
        try syscall("socketpair") {
            withUnsafeMutablePointer(to: &ends) { pointer in
                pointer.withMemoryRebound(to: Int32.self, capacity: 2) { wharf_unix_pair(nonBlocking ? 1 : 0, $0) }
            }
        }
        return (Descriptor(owning: ends.0), Descriptor(owning: ends.1))
    }

    /// Binds `name` in `directory` with mode 0600 and listens; non-blocking.
    ///
    /// The mode is set on the socket before the bind, which takes it over (unix_bind in the kernel), so the name never
    /// has a wider one. A name whose owner is dead is replaced; a living owner is EADDRINUSE.
    public static func listen(in directory: Descriptor, name: String, backlog: Int32 = 16) throws(SyscallError) -> Descriptor {
        let path = try address(in: directory, name: name)
        do throws(SyscallError) {
            return try bind(path: path, name: name, backlog: backlog)
        } catch  where error.errno == EADDRINUSE {
            do throws(SyscallError) {
                _ = try connect(in: directory, name: name)
                throw SyscallError("bind", name, errno: EADDRINUSE)
            } catch  where error.errno == ECONNREFUSED {
                try syscall("unlinkat", name) { unlinkat(directory.raw, name, 0) }
                return try bind(path: path, name: name, backlog: backlog)
            }
        }
    }

    private static func bind(path: String, name: String, backlog: Int32) throws(SyscallError) -> Descriptor {
        let socket = Descriptor(owning: try syscall("socket") { wharf_unix_socket(1) })
        try syscall("fchmod", name) { fchmod(socket.raw, 0o600) }
        try syscall("bind", name) { wharf_unix_bind(socket.raw, path) }
        try syscall("listen", name) { Glibc.listen(socket.raw, backlog) }
        return socket
    }

    /// Connects to `name` in `directory`. A full queue of the listener blocks until there is room.
    public static func connect(in directory: Descriptor, name: String) throws(SyscallError) -> Descriptor {
        let path = try address(in: directory, name: name)
        let socket = Descriptor(owning: try syscall("socket") { wharf_unix_socket(0) })
        try syscall("connect", name) { wharf_unix_connect(socket.raw, path) }
        return socket
    }

    /// The next waiting connection (non-blocking if asked), nil when none waits on a non-blocking listener.
    public static func accept(_ listener: Descriptor, nonBlocking: Bool = true) throws(SyscallError) -> Descriptor? {
        do throws(SyscallError) {
            return Descriptor(owning: try syscall("accept4") { wharf_accept(listener.raw, nonBlocking ? 1 : 0) })
        } catch  where error.errno == EAGAIN || error.errno == ECONNABORTED {
            return nil
        }
    }

    /// Ends this direction: the peer reads the end of the stream, whoever else holds the socket.
    public static func shutdownWriting(_ socket: Descriptor) throws(SyscallError) {
        try syscall("shutdown") { wharf_shutdown_writing(socket.raw) }
    }

    /// Who is at the other end.
    public static func peer(of socket: Descriptor) throws(SyscallError) -> PeerCredentials {
        var (pid, uid, gid): (Int32, UInt32, UInt32) = (0, 0, 0)
        try syscall("getsockopt", "SO_PEERCRED") { wharf_peer_credentials(socket.raw, &pid, &uid, &gid) }
        return PeerCredentials(processID: pid, userID: uid, groupID: gid)
    }

    /// A pidfd of the process at the other end (Linux 6.5); ENOPROTOOPT before that, ESRCH when it is gone.
    public static func peerProcess(of socket: Descriptor) throws(SyscallError) -> Descriptor {
        Descriptor(owning: try syscall("getsockopt", "SO_PEERPIDFD") { wharf_peer_pidfd(socket.raw) })
    }

    /// Writes what fits, with `descriptors` riding on the first byte. nil when a non-blocking socket takes nothing now
    /// (then the descriptors were not sent either). `bytes` must not be empty when there are descriptors.
    public static func send(
        _ bytes: UnsafeRawBufferPointer, descriptors: [Descriptor] = [], to socket: Descriptor, nonBlocking: Bool = false
    ) throws(SyscallError) -> Int? {
        let numbers = descriptors.map(\.raw)
        do throws(SyscallError) {
            defer { withExtendedLifetime(descriptors) {} }
            return try syscall("sendmsg") {
                numbers.withUnsafeBufferPointer {
                    wharf_send(socket.raw, bytes.baseAddress, bytes.count, $0.baseAddress, Int32($0.count), nonBlocking ? 1 : 0)
                }
            }
        } catch  where error.errno == EAGAIN {
            return nil
        }
    }

    /// Writes all of `bytes`, blocking; `descriptors` ride on the first byte.
    public static func sendAll(_ bytes: [UInt8], descriptors: [Descriptor] = [], to socket: Descriptor) throws(SyscallError) {
        var sent = 0
        while sent < bytes.count {
            let riding = sent == 0 ? descriptors : []
            let count = try bytes.withUnsafeBufferPointer { typed throws(SyscallError) in
                try send(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(typed)[sent...]), descriptors: riding, to: socket)
            }
            guard let count else { throw SyscallError("sendmsg", errno: EAGAIN) }
            sent += count
        }
    }

    /// Reads into `buffer`; received descriptors are appended to `descriptors`. 0 at the end of the stream, nil when a
    /// non-blocking read finds nothing. More descriptors than fit are closed and told as EMSGSIZE.
    public static func receive(
        into buffer: UnsafeMutableRawBufferPointer, descriptors: inout [Descriptor], from socket: Descriptor, nonBlocking: Bool = false
    ) throws(SyscallError) -> Int? {
        var count: Int32 = 0
        do throws(SyscallError) {
            return try syscall("recvmsg") {
                withUnsafeTemporaryAllocation(of: Int32.self, capacity: maximumDescriptors) { numbers in
                    let size = wharf_receive(socket.raw, buffer.baseAddress, buffer.count, numbers.baseAddress, &count, nonBlocking ? 1 : 0)
                    guard size >= 0 else { return size }
                    for number in numbers.prefix(Int(count)) { descriptors.append(Descriptor(owning: number)) }
                    return size
                }
            }
        } catch  where error.errno == EAGAIN {
            return nil
        }
    }

    /// `/proc/self/fd/N/NAME`: short whatever the directory's own path is. The name is one component.
    private static func address(in directory: Descriptor, name: String) throws(SyscallError) -> String {
        let bytes = name.utf8
        guard !bytes.isEmpty, bytes.count <= 64, !bytes.contains(UInt8(ascii: "/")), !bytes.contains(0), name != ".", name != ".." else {
            throw SyscallError("bind", name, errno: EINVAL)
        }
        return "/proc/self/fd/\(directory.raw)/\(name)"
    }
}
