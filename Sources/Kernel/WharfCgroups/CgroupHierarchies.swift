// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Which control group hierarchies the host has mounted, from /proc/self/mountinfo (proc_pid_mountinfo(5)).

import Glibc
public import WharfLinux

/// What kind of control groups a host has.
public enum CgroupVersion: String, Sendable {
    /// One hierarchy for each controller or pair of them.
    case v1
    /// Version 1 with a version 2 hierarchy beside it that has no main controllers.
    case hybrid
    /// One hierarchy for everything.
    case v2
    case none
}

/// The host's hierarchies: mount points and what they control.
public struct CgroupHierarchies: Sendable {
    /// A version 1 hierarchy.
    public struct Controllers: Sendable, Equatable {
        public let mountPoint: HostPath
        /// `cpu`, `cpuacct`, `name=systemd`…
        public let names: [String]

        public init(mountPoint: HostPath, names: [String]) {
            self.mountPoint = mountPoint
            self.names = names
        }
    }

    public let v1: [Controllers]
    /// The mount point of the version 2 hierarchy.
    public let unified: HostPath?
    /// Which directory of the version 2 hierarchy is mounted there.
    public let unifiedRoot: HostPath

    public init(v1: [Controllers], unified: HostPath?, unifiedRoot: HostPath = HostPath("/")) {
        self.v1 = v1
        self.unified = unified
        self.unifiedRoot = unifiedRoot
    }

    /// From the text of a mountinfo file. Of several mounts of one hierarchy the first counts.
    public init(mountInfo: [UInt8]) {
        var found: [Controllers] = []
        var unified: (HostPath, root: HostPath)?
        for line in mountInfo.split(separator: UInt8(ascii: "\n")) where CgroupHierarchies.isOfGroups(line) {
            let fields = line.split(separator: UInt8(ascii: " "))
            guard let dash = fields.firstIndex(where: { $0.elementsEqual("-".utf8) }), dash >= 6, fields.count >= dash + 4 else { continue }
            let mountPoint = HostPath(MountInfo.unescape(fields[4]))
            let root = HostPath(MountInfo.unescape(fields[3]))
            if fields[dash + 1].elementsEqual("cgroup2".utf8) {
                unified = unified ?? (mountPoint, root)
            } else if fields[dash + 1].elementsEqual("cgroup".utf8) {
                let names = CgroupHierarchies.controllers(fields[dash + 3])
                let known = names.isEmpty || found.contains { $0.names == names }
                if !known { found.append(Controllers(mountPoint: mountPoint, names: names)) }
            }
        }
        self.init(v1: found, unified: unified?.0, unifiedRoot: unified?.root ?? HostPath("/"))
    }

    /// Whether " - cgroup" is in the line: what is taken apart then is little, and each start pays for it.
    private static func isOfGroups(_ line: ArraySlice<UInt8>) -> Bool {
        let word: StaticString = " - cgroup"
        return line.withUnsafeBytes { bytes in
            guard var place = bytes.baseAddress, bytes.count >= word.utf8CodeUnitCount else { return false }
            let last = place + (bytes.count - word.utf8CodeUnitCount)
            while place <= last {
                if memcmp(place, word.utf8Start, word.utf8CodeUnitCount) == 0 { return true }
                place += 1
            }
            return false
        }
    }

    /// The controllers among a version 1 mount's options.
    private static func controllers(_ options: ArraySlice<UInt8>) -> [String] {
        var names: [String] = []
        for option in options.split(separator: UInt8(ascii: ",")) {
            let name = String(decoding: option, as: UTF8.self)
            switch name {
            case "rw", "ro", "xattr", "clone_children", "noprefix": continue
            default: if !option.starts(with: "release_agent=".utf8) { names.append(name) }
            }
        }
        return names
    }

    /// Of the calling process.
    public static func current() throws(SyscallError) -> CgroupHierarchies {
        CgroupHierarchies(mountInfo: try HostPath("/proc/self/mountinfo").read(limit: 16 << 20))
    }

    /// As they were when this process first asked: for programs that live for one command.
    public static func first() throws(SyscallError) -> CgroupHierarchies { try found.get() }

    private static let found = Result { () throws(SyscallError) in try current() }

    /// Named hierarchies alone (`name=systemd` beside version 2) don't make a version 1 host.
    public var version: CgroupVersion {
        let controlled = v1.contains { $0.names.contains { !$0.hasPrefix("name=") } }
        switch (controlled, unified != nil) {
        case (true, true): return .hybrid
        case (true, false): return .v1
        case (false, true): return .v2
        case (false, false): return .none
        }
    }

    /// A version 2 path of /proc/PID/cgroup as seen from the mount point: where only a part of the hierarchy is mounted,
    /// its root goes. The mount point itself for what lies outside.
    func visible(_ path: HostPath) -> HostPath {
        let root = unifiedRoot
        if root == HostPath("/") { return path.pathBytes.starts(with: "/..".utf8) ? HostPath("/") : path }
        if path == root { return HostPath("/") }
        guard path.pathBytes.starts(with: root.pathBytes + [UInt8(ascii: "/")]) else { return HostPath("/") }
        return HostPath(Array(path.pathBytes[root.pathBytes.count...]))
    }
}
