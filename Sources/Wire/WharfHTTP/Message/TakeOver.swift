// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Takes a socket out of NIO: the descriptor is duplicated, what was read ahead is taken from the gate, and the channel
// is closed, which does no shutdown(2). All in one turn of the event loop, so no byte can be read in between.

import NIOCore
import WharfError
import WharfLinux

/// The socket of `channel` as a descriptor of its own (non-blocking, close-on-exec), and the bytes read ahead.
///
/// Call it on the channel's event loop when everything written has been flushed.
func takeOverSocket(of channel: any Channel, gate: GateHandler) throws -> HijackedConnection {
    defer { channel.close(promise: nil) }
    return HijackedConnection(descriptor: try duplicateSocket(of: channel), initialBytes: gate.takePending())
}

/// A second descriptor of the channel's socket. On its event loop.
func duplicateSocket(of channel: any Channel) throws -> Descriptor {
    let copy = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { handle in
        // Borrowed: the channel closes its own number.
        let borrowed = Descriptor(owning: handle)
        defer { _ = borrowed.release() }
        return try borrowed.duplicate()
    }
    guard let copy else { throw WharfError(.notImplemented, "this kind of connection can't be taken over") }
    return copy
}
