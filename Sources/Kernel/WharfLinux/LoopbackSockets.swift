// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Sockets of a service on a loopback address, opened in the network namespace of the calling thread and served from anywhere.

import CWharfLinux
import Glibc

/// A datagram socket and a listening stream socket on one IPv4 address.
public struct LoopbackSockets: Sendable {
    /// How many connections may wait to be accepted.
    private static let backlog: Int32 = 64

    public let datagram: Descriptor
    public let datagramPort: UInt16
    public let stream: Descriptor
    public let streamPort: UInt16

    /// Opens both on free ports, non-blocking. `address` has four bytes, the first one first.
    public init(_ address: (UInt8, UInt8, UInt8, UInt8)) throws(SyscallError) {
        datagram = try LoopbackSockets.bound(isStream: false, address)
        datagramPort = try LoopbackSockets.port(of: datagram)
        let stream = try LoopbackSockets.bound(isStream: true, address)
        try syscall("listen") { listen(stream.raw, LoopbackSockets.backlog) }
        self.stream = stream
        streamPort = try LoopbackSockets.port(of: stream)
    }

    private static func bound(isStream: Bool, _ address: (UInt8, UInt8, UInt8, UInt8)) throws(SyscallError) -> Descriptor {
        let made = Descriptor(owning: try syscall("socket") { wharf_inet_socket(isStream ? 1 : 0) })
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        withUnsafeMutableBytes(of: &name.sin_addr) { $0.copyBytes(from: [address.0, address.1, address.2, address.3]) }
        try syscall("bind", "\(address.0).\(address.1).\(address.2).\(address.3)") {
            withUnsafePointer(to: name) { name in
                name.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(made.raw, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
            }
        }
        return made
    }

    private static func port(of socket: Descriptor) throws(SyscallError) -> UInt16 {
        var name = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        try syscall("getsockname") {
            withUnsafeMutablePointer(to: &name) { name in
                name.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket.raw, $0, &size) }
            }
        }
        return UInt16(bigEndian: name.sin_port)
    }
}
