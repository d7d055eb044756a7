// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A user namespace that nobody lives in: all it holds is a pair of maps, by which a mount shifts the owners of its files
// (mount_setattr(2), MOUNT_ATTR_IDMAP).

import Glibc

/// Makes a user namespace with these maps, lines of `inside outside count` (user_namespaces(7)), and answers a descriptor
/// of it; the namespace lives as long as that, or a mount that uses it.
///
/// Only for a single-threaded process: the namespace is born with a child, which ends before this returns.
public func makeMappingNamespace(uidMap: String, gidMap: String) throws(SyscallError) -> Descriptor {
    let proc = try ProcFD()
    let (reading, writing) = try Pipe.make()
    let (pid, process) = try cloneProcess(CloneOptions(namespaces: .user)) {
        // Held by the pipe: should the caller be killed meanwhile, this ends too.
        writing.close()
        var byte: UInt8 = 0
        _ = Glibc.read(reading.raw, &byte, 1)
        _exit(0)
    }
    defer {
        writing.close()
        // Where the caller ignores SIGCHLD the kernel reaps by itself.
        _ = try? process.wait()
    }
    try proc.open("\(pid)/uid_map", .write).writeOnce(uidMap)
    try proc.open("\(pid)/gid_map", .write).writeOnce(gidMap)
    return try proc.openNamespace("user", of: pid)
}
