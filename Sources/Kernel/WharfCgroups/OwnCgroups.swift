// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Which groups a process is in (/proc/PID/cgroup, cgroups(7)): relative paths of a spec start there.

public import WharfLinux

/// The groups of one process.
public struct OwnCgroups: Sendable {
    /// By controllers as they are listed there; the version 2 one has no name.
    private let paths: [(names: [String], path: HostPath)]

    /// From the text of /proc/PID/cgroup: lines of `ID:CONTROLLERS:PATH`.
    public init(text: [UInt8]) {
        paths = text.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, parts[2].first == UInt8(ascii: "/") else { return nil }
            let names = parts[1].split(separator: UInt8(ascii: ",")).map { String(decoding: $0, as: UTF8.self) }
            return (names, HostPath(Array(parts[2])))
        }
    }

    /// Of the calling process.
    public static func current() throws(SyscallError) -> OwnCgroups {
        OwnCgroups(text: try HostPath("/proc/self/cgroup").read(limit: 1 << 20))
    }

    /// In the version 1 hierarchy with these controllers, or the version 2 one for `["unified"]`; its root when unknown.
    public func path(of names: [String]) -> HostPath {
        if names == ["unified"] { return unified }
        return paths.first { !$0.names.isEmpty && $0.names.contains { names.contains($0) } }?.path ?? HostPath("/")
    }

    /// In the version 2 hierarchy; its root when there is none.
    public var unified: HostPath { paths.first { $0.names.isEmpty }?.path ?? HostPath("/") }
}
