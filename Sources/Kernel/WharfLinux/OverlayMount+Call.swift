// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The one use of mount(2): an overlay of many layers on a kernel before 6.7, where the newer interface takes 255 bytes for
// all of them and the older one a page. mount(2) always attaches, so it does so where nobody sees it: on a thread with a
// mount namespace of its own, from which a detached copy is taken. The namespace goes with the thread, the copy stays.
//
// The kernel wants the layers' mounts to be of the caller's namespace, so each directory is opened again there by its path
// and must be the inode that it was.

import CWharfLinux
import Glibc

extension OverlayMount {
    /// - Throws: E2BIG when the options are longer than a page; ESTALE when a directory is not found again by its path.
    static func mountByCall(_ options: OverlayOptions) throws(SyscallError) -> Descriptor {
        let outcome = Outcome()
        let thread = try JoinableThread("wharf-overlay") { outcome.result = Result { () throws(SyscallError) in try mountHere(options) } }
        thread.join()
        return try outcome.result.get()
    }

    /// Written by the thread, read behind its end.
    private final class Outcome: @unchecked Sendable {
        var result: Result<Descriptor, SyscallError> = .failure(SyscallError("mount", "overlay", errno: ESRCH))
    }

    private static func mountHere(_ options: OverlayOptions) throws(SyscallError) -> Descriptor {
        // Gives this thread a root and a current directory of its own, too.
        try Namespaces.unshare(.mount)
        let root = MountFD(try HostPath("/").open([.handle, .directory]))
        try root.change(propagation: .private, recursive: true)
        let options = try options.reopened()
        // The kernel reads a page and needs the NUL in it.
        guard options.data.count < 4096 else {
            throw SyscallError("mount", "overlay of \(options.lowers.count) layers on this kernel", errno: E2BIG)
        }
        // A place that exists on every host and hides nothing that the names in the options need.
        let place = try MountFD.create(type: "tmpfs", source: "wharf-overlay")
        try RootFD(place.descriptor).mkdir("overlay", permissions: 0o700)
        try place.attach(to: root.descriptor)
        try place.descriptor.makeCurrentDirectory()
        try withPath(options.data, call: "mount") { data throws(SyscallError) in
            _ = try syscall("mount", "overlay") { wharf_mount_overlay("overlay", data) }
        }
        let mounted = try openBelow(place.descriptor, "overlay", [.handle, .directory], resolve: [.beneath, .noSymlinks])
        let copy = try MountFD.clone(mounted)
        try copy.change(set: options.upper == nil ? .readOnly : [], propagation: .private)
        return copy.descriptor
    }
}
