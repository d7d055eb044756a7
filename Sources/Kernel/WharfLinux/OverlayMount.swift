// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// An overlay of layer directories as a detached mount: how a root file system comes to be, for a live container in the
// maker and for a stopped one in wharfd. Layers are descriptors, so the length of their paths does not matter.
//
// Three ways to say the layers, tried in this order: a parameter for each (Linux 6.7), all in one parameter (at most 255
// bytes, about 15 layers), all in the data page of mount(2) (about 220 layers; OverlayMount+Call.swift).

import Glibc

/// Makes overlays.
public enum OverlayMount {
    /// How the kernel is told.
    public enum Interface: Sendable {
        /// The first way that it understands.
        case automatic
        /// fsconfig with a parameter for each layer.
        case parameters
        /// mount(2), in a mount namespace made for it.
        case call
    }

    /// A detached overlay of `lowers` (topmost first) and, to be writable, `upper` with its `work` directory on the same
    /// file system. All are directory handles. Without `upper` the kernel wants at least two layers; a single one is
    /// answered as a read-only copy of its own mount.
    ///
    /// At most one live mount may use an `upper`: the kernel does not refuse a second one.
    ///
    /// - Throws: E2BIG for more layers than the kernel can be told about.
    public static func make(
        lowers: [Descriptor], upper: Descriptor?, work: Descriptor?, by interface: Interface = .automatic
    ) throws(SyscallError) -> Descriptor {
        guard !lowers.isEmpty else { throw SyscallError("fsconfig", "overlay without layers", errno: EINVAL) }
        if upper == nil, lowers.count == 1 {
            let copy = try MountFD.clone(lowers[0])
            try copy.change(set: .readOnly, propagation: .private)
            return copy.descriptor
        }
        let options = OverlayOptions(lowers: lowers, upper: upper, work: work)
        switch interface {
        case .parameters: return try mount(options, parameterForEach: true)
        case .call: return try mountByCall(options)
        case .automatic: break
        }
        do {
            return try mount(options, parameterForEach: true)
        } catch  where error.errno == EINVAL {
            // A kernel that knows the parameter refuses for another reason, and its first words are the true ones.
            do {
                return options.joinedLowers.count <= 255 ? try mount(options, parameterForEach: false) : try mountByCall(options)
            } catch let second {
                throw second.errno == EINVAL ? error : second
            }
        }
    }

    private static func mount(_ options: OverlayOptions, parameterForEach: Bool) throws(SyscallError) -> Descriptor {
        let context = try FileSystemContext(type: "overlay")
        try context.set(.string("source", Array("overlay".utf8)))
        for (key, value) in OverlayOptions.fixed { try context.set(.string(key, Array(value.utf8))) }
        if parameterForEach {
            for layer in options.lowers { try context.set(.string("lowerdir+", layer)) }
        } else {
            try context.set(.string("lowerdir", options.joinedLowers))
        }
        if let upper = options.upper, let work = options.work {
            try context.set(.string("upperdir", upper))
            try context.set(.string("workdir", work))
        }
        return try context.mount(options.upper == nil ? .readOnly : []).descriptor
    }
}

/// The directories of an overlay as names for the kernel's own lookup. They stand for descriptors of this process, which
/// must stay open until the mount is made.
struct OverlayOptions: Sendable {
    let lowers: [[UInt8]]
    let upper: [UInt8]?
    let work: [UInt8]?
    private let lowerDirectories: [Descriptor]
    private let upperDirectory: Descriptor?
    private let workDirectory: Descriptor?

    /// What is left in `upper` must be the whole difference: no references to names or data of the layers below.
    static let fixed = [("index", "off"), ("redirect_dir", "off"), ("metacopy", "off")]

    init(lowers: [Descriptor], upper: Descriptor?, work: Descriptor?) {
        lowerDirectories = lowers
        upperDirectory = work == nil ? nil : upper
        workDirectory = upper == nil ? nil : work
        self.lowers = lowers.map(Self.name)
        self.upper = upperDirectory.map(Self.name)
        self.work = workDirectory.map(Self.name)
    }

    private static func name(_ directory: Descriptor) -> [UInt8] { Array("/proc/self/fd/\(directory.raw)".utf8) }

    /// The same directories opened in the mount namespace of the calling thread.
    func reopened() throws(SyscallError) -> OverlayOptions {
        var lowers: [Descriptor] = []
        for directory in lowerDirectories { lowers.append(try Self.reopened(directory)) }
        return OverlayOptions(
            lowers: lowers, upper: try upperDirectory.map { directory throws(SyscallError) in try Self.reopened(directory) },
            work: try workDirectory.map { directory throws(SyscallError) in try Self.reopened(directory) })
    }

    private static func reopened(_ directory: Descriptor) throws(SyscallError) -> Descriptor {
        let path = HostPath(try HostPath(name(directory)).readLink())
        let here = try path.open([.handle, .directory])
        guard try here.status().isSameFile(as: directory.status()) else {
            throw SyscallError("openat2", "layer \(path)", errno: ESTALE)
        }
        return here
    }

    /// The topmost first. The names hold no byte that would need quoting.
    var joinedLowers: [UInt8] { [UInt8](lowers.joined(separator: [UInt8(ascii: ":")])) }

    /// As the data of mount(2).
    var data: [UInt8] {
        var options = Self.fixed.map { Array("\($0)=\($1)".utf8) }
        options.append(Array("lowerdir=".utf8) + joinedLowers)
        if let upper, let work {
            options.append(Array("upperdir=".utf8) + upper)
            options.append(Array("workdir=".utf8) + work)
        }
        return [UInt8](options.joined(separator: [UInt8(ascii: ",")]))
    }
}
