// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// An overlay of layer directories as a detached mount: how a root file system comes to be, for a live container in the
// maker and for a stopped one in wharfd. Layers are descriptors, so the length of their paths does not matter.

import Glibc

/// Makes overlays.
public enum OverlayMount {
    /// A detached overlay of `lowers` (topmost first) and, to be writable, `upper` with its `work` directory on the same
    /// file system. All are directory handles. Without `upper` the kernel wants at least two layers; a single one is
    /// answered as a read-only copy of its own mount.
    ///
    /// At most one live mount may use an `upper`: the kernel does not refuse a second one.
    public static func make(lowers: [Descriptor], upper: Descriptor?, work: Descriptor?) throws(SyscallError) -> Descriptor {
        guard !lowers.isEmpty else { throw SyscallError("fsconfig", "overlay without layers", errno: EINVAL) }
        if upper == nil, lowers.count == 1 {
            let copy = try MountFD.clone(lowers[0])
            try copy.change(set: .readOnly, propagation: .private)
            return copy.descriptor
        }
        let context = try FileSystemContext(type: "overlay")
        try context.set(.string("source", Array("overlay".utf8)))
        // What is left in `upper` must be the whole difference: no references to names or data of the layers below.
        for option in ["index", "redirect_dir", "metacopy"] { try context.set(.string(option, Array("off".utf8))) }
        try addLowers(lowers, to: context)
        if let upper, let work {
            try context.set(.string("upperdir", name(of: upper)))
            try context.set(.string("workdir", name(of: work)))
        }
        return try context.mount(upper == nil ? .readOnly : []).descriptor
    }

    /// One `lowerdir+` for each layer (Linux 6.7); before that all in one `lowerdir`, which holds 255 bytes.
    private static func addLowers(_ lowers: [Descriptor], to context: FileSystemContext) throws(SyscallError) {
        do {
            try context.set(.string("lowerdir+", name(of: lowers[0])))
        } catch  where error.errno == EINVAL {
            let joined = [UInt8](lowers.map(name).joined(separator: [UInt8(ascii: ":")]))
            if joined.count > 255 { throw SyscallError("fsconfig", "overlay of \(lowers.count) layers on this kernel", errno: E2BIG) }
            return try context.set(.string("lowerdir", joined))
        }
        for layer in lowers.dropFirst() { try context.set(.string("lowerdir+", name(of: layer))) }
    }

    /// A short name of an open directory for the kernel's own lookup.
    private static func name(of directory: Descriptor) -> [UInt8] { Array("/proc/self/fd/\(directory.raw)".utf8) }
}
