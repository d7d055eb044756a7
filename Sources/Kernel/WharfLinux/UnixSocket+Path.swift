// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Connecting to a socket that somebody else named: the console socket of a caller of the runtime, whose path may be longer
// than a socket address.

import CWharfLinux
import Glibc

extension UnixSocket {
    /// Connects to the socket at a trusted path of any length.
    public static func connect(to path: HostPath) throws(SyscallError) -> Descriptor {
        let name = try path.open(.handle)
        let socket = Descriptor(owning: try syscall("socket") { wharf_unix_socket(0) })
        try syscall("connect", path.description) { wharf_unix_connect(socket.raw, "/proc/self/fd/\(name.raw)") }
        return socket
    }
}
