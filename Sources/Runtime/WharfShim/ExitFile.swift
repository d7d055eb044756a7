// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The exit record's way to the disk, before anyone is told.

import WharfLinux
import WharfShimProtocol

enum ExitFile {
    /// Writes the record so that a reader finds the old file or the new one. `durable` also waits for the disk: needed
    /// when no daemon is connected that will say when it knows, because then this file is the only one who does.
    static func write(_ record: ExitRecord, to path: String, durable: Bool) throws(SyscallError) {
        guard !path.isEmpty else { return }
        try HostPath(path).writeAtomically(record.fileBytes, permissions: 0o600, durable: durable)
    }

    /// Waits for the disk to have a record that was written without waiting.
    static func sync(_ path: String) throws(SyscallError) {
        guard !path.isEmpty else { return }
        let path = HostPath(path)
        do throws(SyscallError) {
            try path.open(.read).sync()
            try path.parent.openDirectory().sync()
        } catch  where error.errno == 2 /* ENOENT */ {
            // The daemon has removed the container: nobody wants to know any more.
        }
    }
}
