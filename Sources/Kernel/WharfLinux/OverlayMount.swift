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
        do {
            return try mount(lowers, upper, work) { context throws(SyscallError) in
                // One parameter for each layer: Linux 6.7 and later.
                for layer in lowers { try context.set(.string("lowerdir+", name(of: layer))) }
            }
        } catch  where error.errno == EINVAL {
            // Older kernels take all layers in one value, which holds 255 bytes. A kernel that knows both refuses for
            // another reason, and its first words are the true ones.
            do {
                return try mount(lowers, upper, work) { context throws(SyscallError) in
                    let joined = [UInt8](lowers.map(name).joined(separator: [UInt8(ascii: ":")]))
                    if joined.count > 255 {
                        throw SyscallError("fsconfig", "overlay of \(lowers.count) layers on this kernel", errno: E2BIG)
                    }
                    try context.set(.string("lowerdir", joined))
                }
            } catch let second {
                throw second.errno == EINVAL ? error : second
            }
        }
    }

    private static func mount(
        _ lowers: [Descriptor], _ upper: Descriptor?, _ work: Descriptor?, _ addLowers: (FileSystemContext) throws(SyscallError) -> Void
    ) throws(SyscallError) -> Descriptor {
        let context = try FileSystemContext(type: "overlay")
        try context.set(.string("source", Array("overlay".utf8)))
        // What is left in `upper` must be the whole difference: no references to names or data of the layers below.
        for option in ["index", "redirect_dir", "metacopy"] { try context.set(.string(option, Array("off".utf8))) }
        try addLowers(context)
        if let upper, let work {
            try context.set(.string("upperdir", name(of: upper)))
            try context.set(.string("workdir", name(of: work)))
        }
        return try context.mount(upper == nil ? .readOnly : []).descriptor
    }

    /// A short name of an open directory for the kernel's own lookup.
    private static func name(of directory: Descriptor) -> [UInt8] { Array("/proc/self/fd/\(directory.raw)".utf8) }
}
