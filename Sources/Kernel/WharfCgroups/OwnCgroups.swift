// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Which version 2 group a process is in (/proc/PID/cgroup, cgroups(7)): some files are there and not in the root.

public import WharfLinux

/// The group of one process.
public struct OwnCgroups: Sendable {
    /// In the version 2 hierarchy; its root when there is none.
    public let unified: HostPath

    /// From the text of /proc/PID/cgroup: lines of `ID:CONTROLLERS:PATH`, without controllers for version 2.
    public init(text: [UInt8]) {
        let paths = text.split(separator: UInt8(ascii: "\n")).compactMap { line -> HostPath? in
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
            return parts.count == 3 && parts[1].isEmpty && parts[2].first == UInt8(ascii: "/") ? HostPath(Array(parts[2])) : nil
        }
        unified = paths.first ?? HostPath("/")
    }

    /// Of the calling process.
    public static func current() throws(SyscallError) -> OwnCgroups {
        OwnCgroups(text: try HostPath("/proc/self/cgroup").read(limit: 1 << 20))
    }
}
