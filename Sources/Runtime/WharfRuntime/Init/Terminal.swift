// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// P8: a terminal from the container's own devpts. The multiplexer is verified before use and the peer is opened through
// it, so no name in /dev/pts, which the container may exchange, is ever looked up.

import Glibc
import WharfLinux

/// Both ends of a terminal.
struct Terminal {
    let master: Descriptor
    let peer: Descriptor

    /// From the multiplexer of the devpts whose root `devpts` is.
    init(devpts: Descriptor, size: WindowSize) throws(RuntimeError) {
        let multiplexer = try step("terminal", "ptmx") { () throws(SyscallError) in
            try openBeneath(devpts, "ptmx", [.readWrite, .noControllingTerminal, .nonBlocking])
        }
        try self.init(multiplexer: multiplexer, size: size)
    }

    /// From /dev/pts/ptmx of a running container.
    init(root: RootFD, size: WindowSize) throws(RuntimeError) {
        let multiplexer = try step("terminal", "/dev/pts/ptmx") { () throws(SyscallError) in
            try root.open("/dev/pts/ptmx", [.readWrite, .noControllingTerminal, .nonBlocking], resolve: [.inRoot, .noSymlinks])
        }
        try self.init(multiplexer: multiplexer, size: size)
    }

    private init(multiplexer: Descriptor, size: WindowSize) throws(RuntimeError) {
        master = multiplexer
        peer = try step("terminal") { () throws(SyscallError) in
            try verifyInode(multiplexer, is: .terminalMultiplexer)
            let peer = try PseudoTerminal.openPeer(of: multiplexer)
            try verifyInode(peer, is: .terminal)
            try multiplexer.setNonBlocking(false)
            if size.rows > 0 || size.columns > 0 { try PseudoTerminal.resize(multiplexer, to: size) }
            return peer
        }
    }
}
