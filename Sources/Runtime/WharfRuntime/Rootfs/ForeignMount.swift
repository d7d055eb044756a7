// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A bind whose source lies in another container (`/proc/PID/root/dev/shm`, for `--ipc container:X`). The kernel copies only
// mounts of the caller's own mount namespace, so the copy is made inside the other one; detached, it can be taken along.

import Glibc
import WharfLinux

/// A place in the mount namespace of another process.
struct ForeignMount: Equatable {
    let process: Int32
    /// Below that process's root.
    let path: [UInt8]

    /// nil for a source that is not of the form `/proc/PID/root/PATH`.
    init?(source: String) {
        let parts = source.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 3, omittingEmptySubsequences: true)
        guard source.utf8.first == UInt8(ascii: "/"), parts.count == 4, parts[0].elementsEqual("proc".utf8),
            parts[2].elementsEqual("root".utf8), let process = Int32(String(decoding: parts[1], as: UTF8.self)), process > 0
        else { return nil }
        self.process = process
        path = Array(parts[3])
    }

    /// A detached copy of the mount at the place.
    ///
    /// Only for a single-threaded process, which is back in its own mount namespace and directory afterwards. No link is
    /// followed in the other one: what is there belongs to somebody else. ESRCH when the process is gone.
    func clone(recursive: Bool) throws(SyscallError) -> (mount: MountFD, isDirectory: Bool) {
        let own = try Namespaces.open(HostPath("/proc/self/ns/mnt"))
        // Entering a mount namespace moves the process to its root; a relative bundle path starts here.
        let here = try Descriptor.currentDirectory()
        let other: Descriptor
        do { other = try Namespaces.open(HostPath("/proc/\(process)/ns/mnt")) } catch  where error.errno == ENOENT {
            throw SyscallError("openat", "/proc/\(process)/ns/mnt", errno: ESRCH)
        }
        try Namespaces.enter(.mount, of: other)
        let outcome: Result<(MountFD, Bool), SyscallError>
        do {
            let root = RootFD(try HostPath("/").open([.handle, .directory]))
            let place = try root.open(path, .handle, resolve: [.inRoot, .noSymlinks])
            outcome = .success((try MountFD.clone(place, recursive: recursive), try place.status().kind == .directory))
        } catch {
            outcome = .failure(error)
        }
        try Namespaces.enter(.mount, of: own)
        try syscall("fchdir") { fchdir(here.raw) }
        return try outcome.get()
    }

    /// A detached copy of the mount at a bind's source, wherever it lies.
    static func copy(of source: String, recursive: Bool) throws(SyscallError) -> (mount: MountFD, isDirectory: Bool) {
        if let foreign = ForeignMount(source: source) { return try foreign.clone(recursive: recursive) }
        let place = try HostPath(source).open(.handle)
        return (try MountFD.clone(place, recursive: recursive), try place.status().kind == .directory)
    }
}
