// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Which control group a container gets (RT-19): what the spec says, made absolute and plain. A path that leaves its
// place is refused, never cleaned up into another one.

import WharfCgroups
import WharfLinux

/// The absolute path in the hierarchies for `linux.cgroupsPath`; `/ID` where the spec names none.
func cgroupPath(_ path: String, id: String) throws -> String {
    try plainCgroupPath(path.isEmpty ? id : path)
}

/// The groups of a further process: existing ones below the container's own; nil for the own ones.
func cgroupSubpaths(_ arguments: [String]) throws -> CgroupSubpaths? {
    if arguments.isEmpty { return nil }
    return try failing("exec") { () throws(SyscallError) in try CgroupSubpaths(arguments) }
}

private func plainCgroupPath(_ path: String) throws -> String {
    var joined = ""
    for component in path.utf8.split(separator: UInt8(ascii: "/")) where !component.elementsEqual(".".utf8) {
        if component.elementsEqual("..".utf8) { throw CommandError("invalid cgroup path \"\(path)\": it must not hold \"..\"") }
        joined += "/" + String(decoding: Array(component), as: UTF8.self)
    }
    guard NameGrammar.isCgroupPath(joined) else { throw CommandError("invalid cgroup path \"\(path)\"") }
    return joined
}
