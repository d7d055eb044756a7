// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Ending a connection while descriptors of it are still open elsewhere: whoever reads or writes there learns at once.

import Glibc

extension UnixSocket {
    /// Which direction ends.
    public enum Direction: Sendable {
        case reading, writing, both
    }

    /// shutdown(2). One that has ended already is fine.
    public static func end(_ direction: Direction, of socket: Descriptor) {
        let how =
            switch direction {
            case .reading: Int32(SHUT_RD)
            case .writing: Int32(SHUT_WR)
            case .both: Int32(SHUT_RDWR)
            }
        // ENOTCONN: the other side was faster.
        _ = Glibc.shutdown(socket.raw, how)
    }
}
