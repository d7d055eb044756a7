// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The sub-groups that `exec --cgroup` names, relative to the container's own: `SUB`, or on version 1
// `CONTROLLER[,CONTROLLER]:SUB` as often as needed.

import Glibc
public import WharfLinux

/// Sub-groups by controller.
public struct CgroupSubpaths: Sendable, Equatable {
    /// Empty key: all controllers.
    let paths: [String: String]

    /// From the option's values. EINVAL, with the value, for one that is empty, climbs (`..`), names a
    /// controller twice or mixes both forms.
    public init(_ arguments: [String]) throws(SyscallError) {
        var paths: [String: String] = [:]
        for argument in arguments {
            let refused = SyscallError("cgroup", "invalid cgroup path \(argument) of a sub-group", errno: EINVAL)
            let parts = argument.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map { String(Substring($0)) }
            // The container's own group is the root that a slash in front means.
            guard var path = parts.last, parts.count <= 2, !path.isEmpty else { throw refused }
            if path.utf8.first == UInt8(ascii: "/") { path = String(Substring(path.utf8.dropFirst())) }
            guard path.isEmpty || NameGrammar.isCgroupPath("/" + path) else { throw refused }
            let names = parts.count == 1 ? [""] : parts[0].utf8.split(separator: UInt8(ascii: ",")).map { String(Substring($0)) }
            if names.isEmpty || (parts.count == 1 && arguments.count > 1) { throw refused }
            for name in names {
                if paths[name] != nil { throw refused }
                paths[name] = path
            }
        }
        self.paths = paths
    }

    /// The path below the container's directory with `controllers`; nil stays there.
    func path(for controllers: [String]) -> String? {
        guard let found = paths[""] ?? controllers.lazy.compactMap({ paths[$0] }).first else { return nil }
        return found.isEmpty ? nil : found
    }

    /// The first controller that is named and not in `known`.
    func unknown(among known: [String]) -> String? {
        paths.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.first { !$0.isEmpty && !known.contains($0) }
    }
}
