// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The group of the API's socket, looked up in /etc/group by hand: no library of a name service is loaded into the daemon.

import WharfError
import WharfLinux

/// Looks groups up.
enum SocketGroup {
    /// The group's number: a name of /etc/group, or a number.
    ///
    /// - Throws: `notFound` for an unknown group that somebody asked for; one that is only the default gives root's.
    static func number(_ group: (name: String, isRequired: Bool)) throws(WharfError) -> UInt32 {
        if let number = UInt32(group.name) { return number }
        // A host without the file has no group either.
        let lines = ((try? HostPath("/etc/group").read(limit: 1 << 20)) ?? []).split(separator: UInt8(ascii: "\n"))
        for line in lines {
            let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            guard fields.count >= 3, fields[0].elementsEqual(group.name.utf8) else { continue }
            if let number = UInt32(String(decoding: fields[2], as: UTF8.self)) { return number }
        }
        guard group.isRequired else { return 0 }
        throw WharfError(.notFound, "group \(group.name) not found")
    }
}
