// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A bundle as every OCI runtime understands it: the root file system mounted at <bundle>/rootfs, and a config.json that
// says so. The mount is in a mount namespace of the maker's, which ends with it, so that the host never sees it and
// nothing has to be unmounted.

import Glibc
import WharfLinux
import WharfOCI
import WharfRuntime
import WharfShimProtocol

extension CommandRuntime {
    /// Attaches the root and rewrites config.json. - Returns: the spec that the runtime will read, and warnings.
    func prepareBundle(_ request: CreateRequest) throws -> (spec: RuntimeSpec, warnings: [String]) {
        let bundle = HostPath(request.bundle)
        var spec = try RuntimeSpec(json: BuiltInRuntime.read(bundle / "config.json"))
        let root: Descriptor
        if let mount = request.rootMounts.first {
            guard request.rootMounts.count == 1, mount.options.isEmpty else {
                throw ShimFailure(
                    step: "rootfs", errno: EINVAL, text: "a root file system of several mounts or with options is not supported")
            }
            let place = bundle / "rootfs"
            try place.mkdir(permissions: 0o700)
            try Namespaces.unshare(.mount)
            try Self.hideMounts(at: bundle)
            let mounted = try Self.rootMount(mount)
            try mounted.attach(to: place.open([.handle, .directory]))
            root = mounted.descriptor
            spec.root.path = place.description
        } else {
            root = try Self.absolute(spec.root.path, bundle).open([.handle, .directory])
        }
        let size = request.terminal ? WindowSize(rows: request.rows, columns: request.columns) : nil
        // All that is in it has been there since then, and crun before 1.9 refuses to read what calls itself newer than 1.0.
        spec.ociVersion = "1.0.2"
        let warnings = try Self.prepare(&spec.process, in: RootFD(root), terminal: size)
        try (bundle / "config.json").writeAtomically(Bundle.encode(spec), permissions: 0o600, durable: false)
        return (spec, warnings)
    }

    private static func absolute(_ path: String, _ bundle: HostPath) -> HostPath {
        path.utf8.first == UInt8(ascii: "/") ? HostPath(path) : bundle / path
    }

    /// What is attached here in this namespace must not appear in the host's. Only the one mount that holds the bundle is
    /// cut off: a volume on any other one goes on telling the host of its mounts, where that was asked for.
    private static func hideMounts(at bundle: HostPath) throws(SyscallError) {
        // Upwards to the root of the mount, the only place where the change is not EINVAL.
        var place = bundle
        while true {
            do throws(SyscallError) {
                return try MountFD(place.open([.handle, .directory])).change(propagation: .private)
            } catch  where error.errno == EINVAL && !place.name.isEmpty {
                place = place.parent
            }
        }
    }

    private static func rootMount(_ mount: RootMount) throws -> MountFD {
        switch mount.kind {
        case .overlay:
            var layers: [Descriptor] = []
            for directory in mount.lower { layers.append(try HostPath(directory).open([.handle, .directory])) }
            let (upper, work) =
                mount.upper.isEmpty
                ? (nil, nil)
                : (
                    try HostPath(mount.upper).open([.handle, .directory]), try HostPath(mount.work).open([.handle, .directory])
                )
            return MountFD(try OverlayMount.make(lowers: layers, upper: upper, work: work))
        case .bind:
            guard let directory = mount.lower.first else {
                throw ShimFailure(step: "rootfs", errno: EINVAL, text: "the root file system's directory is not named")
            }
            let clone = try MountFD.clone(try HostPath(directory).open([.handle, .directory]), recursive: true)
            try clone.change(set: mount.readOnly ? [.readOnly] : [], propagation: .private, recursive: true)
            return clone
        }
    }
}
