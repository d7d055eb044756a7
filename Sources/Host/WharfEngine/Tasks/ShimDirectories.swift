// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What lies in the exec-root for tasks, drawn once:
//
//   <exec-root>/containers/<id>/config.json    the bundle; 0700
//   <exec-root>/containers/<id>/shim.log       what the shim writes to its standard error
//   <exec-root>/s/<16 hex digits>              the shim's socket; folder 0700, socket 0600
//   <exec-root>/seccomp/<16 hex digits>.bpf    compiled system call filters, written by makers
//   <exec-root>/runtimes/<id>/…                the state of runtimes that are not the built-in one

import Glibc
import WharfLinux

/// The two folders of tasks and what is done in them. Everything blocks.
struct ShimDirectories: Sendable {
    let bundles: HostPath
    let filters: HostPath
    let runtimes: HostPath
    /// Open for listing; sockets are bound and connected through it, whatever the length of its path.
    let sockets: Descriptor
    private let socketsPath: HostPath

    /// Makes the folders where they are missing.
    init(execRoot: HostPath) throws(SyscallError) {
        bundles = execRoot / "containers"
        socketsPath = execRoot / "s"
        filters = execRoot / "seccomp"
        runtimes = execRoot / "runtimes"
        try bundles.mkdir(permissions: 0o700)
        try socketsPath.mkdir(permissions: 0o700)
        try filters.mkdir(permissions: 0o700)
        try runtimes.mkdir(permissions: 0o700)
        sockets = try socketsPath.openDirectory()
    }

    /// Whether an id is one path component of the grammar of container ids (`[a-zA-Z0-9][a-zA-Z0-9_.-]*`, at most 128).
    static func isUsable(_ id: String) -> Bool {
        let letters = { (byte: UInt8) in (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }
        guard let first = id.utf8.first, letters(first), id.utf8.count <= 128 else { return false }
        return id.utf8.allSatisfy { letters($0) || $0 == 0x5F || $0 == 0x2E || $0 == 0x2D }
    }

    func bundle(of id: String) -> HostPath { bundles / id }

    /// Makes an empty bundle with its config.json; one that an earlier run left is replaced.
    func makeBundle(of id: String, config: [UInt8]) throws(SyscallError) -> HostPath {
        let bundle = bundle(of: id)
        try bundle.removeTree()
        try bundle.mkdir(permissions: 0o700, parents: false)
        try (bundle / "config.json").writeAtomically(config, permissions: 0o600, durable: false)
        return bundle
    }

    /// Removes bundle and socket. What is missing is fine; what can't be removed stays for the next reconciliation.
    func remove(_ id: String) {
        try? bundle(of: id).removeTree()
        try? (runtimes / id).removeTree()
        _ = unlinkat(sockets.raw, ShimSocketName.name(for: id), 0)
    }

    /// The ids that have a bundle.
    func bundledIDs() throws(SyscallError) -> [String] {
        try bundles.entries().compactMap { String(validating: $0.name, as: UTF8.self) }
    }

    /// The names of all sockets.
    func socketNames() throws(SyscallError) -> [String] {
        try socketsPath.entries().compactMap { String(validating: $0.name, as: UTF8.self) }
    }
}
