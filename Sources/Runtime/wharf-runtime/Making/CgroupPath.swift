// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Which control group a container gets (RT-19): what the spec says, made absolute and plain. A path that leaves its
// place is refused, never cleaned up into another one.

import WharfLinux

/// The absolute path in the hierarchies for `linux.cgroupsPath`; `/ID` where the spec names none.
func cgroupPath(_ path: String, id: String) throws -> String {
    try plainCgroupPath(path.isEmpty ? id : path)
}

/// The group of a further process: the container's own, or an existing one below it.
func cgroupPath(below parent: String, _ path: String?) throws -> String {
    guard let path, !path.isEmpty, !path.utf8.elementsEqual("/".utf8) else { return parent }
    if path.utf8.contains(UInt8(ascii: ":")) {
        throw CommandError("--cgroup for single controllers is not available: give one path below the container's own")
    }
    let joined = parent + (try plainCgroupPath(path))
    // Checked once more behind the join: this is the path that is used.
    guard NameGrammar.isCgroupPath(joined), joined.utf8.starts(with: (parent + "/").utf8) else {
        throw CommandError("bad sub cgroup path: \(path)")
    }
    return joined
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
