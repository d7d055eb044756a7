// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// All mount points of a create request: `Binds`, `Mounts` and `Tmpfs`, checked, without duplicates, in the order in which
// they must be mounted (a parent before what is inside it).

import WharfBlocking
import WharfDockerAPI
import WharfError
import WharfLinux

/// What `Binds`, `Mounts` and `Tmpfs` come down to.
enum ContainerMounts {
    /// Reads all three.
    ///
    /// - Throws: `invalidArgument` with Docker's texts, `notImplemented` for volumes.
    static func resolve(_ host: HostConfig) throws(WharfError) -> [ContainerMount] {
        var mounts: [ContainerMount] = []
        for text in host.binds ?? [] { mounts.append(try BindSpecification.parse(text)) }
        for request in host.mounts ?? [] { mounts.append(try mount(request)) }
        for (path, options) in (host.tmpfs ?? [:]).sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            mounts.append(try tmpfs(path, options))
        }
        var seen: Set<[UInt8]> = []
        for mount in mounts where !seen.insert(Array(mount.destination.utf8)).inserted {
            throw WharfError(.invalidArgument, "Duplicate mount point: \(mount.destination)")
        }
        return mounts.sorted { depth($0) < depth($1) }
    }

    private static func depth(_ mount: ContainerMount) -> Int { mount.destination.utf8.count { $0 == UInt8(ascii: "/") } }

    // MARK: --tmpfs

    private static func tmpfs(_ path: String, _ options: String) throws(WharfError) -> ContainerMount {
        let destination = try absolute(path)
        let words = options.split(separator: ",").map(String.init)
        for word in words where !isTmpfsOption(word) {
            throw WharfError(.invalidArgument, "invalid tmpfs option [\"\(word)\"]")
        }
        return ContainerMount(
            kind: .tmpfs, destination: destination, mode: options, isReadOnly: words.contains("ro"), options: words, isListed: false)
    }

    private static let tmpfsFlags: Set<String> = [
        "exec", "noexec", "suid", "nosuid", "dev", "nodev", "rw", "ro", "sync", "async", "atime", "noatime", "diratime", "nodiratime",
        "relatime", "norelatime", "strictatime", "nostrictatime", "mand", "nomand", "dirsync", "defaults", "private", "rprivate", "slave",
        "rslave", "shared", "rshared", "unbindable", "runbindable",
    ]

    private static func isTmpfsOption(_ word: String) -> Bool {
        if tmpfsFlags.contains(word) { return true }
        return ["size=", "mode=", "uid=", "gid=", "nr_inodes=", "nr_blocks=", "mpol="].contains { word.hasPrefix($0) }
    }

    // MARK: --mount

    private static func mount(_ request: MountRequest) throws(WharfError) -> ContainerMount {
        switch request.type {
        case "bind": return try bind(request)
        case "tmpfs": return try tmpfs(request)
        case "volume", "cluster", "image", "npipe":
            throw WharfError(.notImplemented, "mounts of type \"\(request.type)\" can't be used yet")
        case "": throw WharfError(.invalidArgument, "mount type unknown: \"\"")
        default: throw WharfError(.invalidArgument, "mount type unknown: \"\(request.type)\"")
        }
    }

    private static func bind(_ request: MountRequest) throws(WharfError) -> ContainerMount {
        guard !request.source.isEmpty else { throw invalid("bind", "field Source must not be empty") }
        guard CleanPath.isAbsolute(request.source), CleanPath.isUsable(request.source) else {
            throw invalid("bind", "invalid mount path: '\(request.source)' mount path must be absolute")
        }
        let options = request.bindOptions ?? BindOptions()
        guard options.propagation.isEmpty || BindSpecification.propagations.contains(options.propagation) else {
            throw invalid("bind", "invalid propagation mode: \(options.propagation)")
        }
        return ContainerMount(
            kind: .bind, source: CleanPath.clean(request.source), destination: try target(request), isReadOnly: request.readOnly,
            propagation: options.propagation.isEmpty ? "rprivate" : options.propagation, isNonRecursive: options.nonRecursive,
            createsSource: options.createMountpoint)
    }

    private static func tmpfs(_ request: MountRequest) throws(WharfError) -> ContainerMount {
        guard request.source.isEmpty else { throw invalid("tmpfs", "field Source must not be specified") }
        var words: [String] = []
        if let options = request.tmpfsOptions {
            if options.sizeBytes > 0 { words.append("size=\(options.sizeBytes)") }
            if options.mode > 0 { words.append("mode=\(String(options.mode, radix: 8))") }
            for option in options.options ?? [] {
                let word = option.prefix(2).joined(separator: "=")
                guard isTmpfsOption(word) else { throw invalid("tmpfs", "invalid option: \(word)") }
                words.append(word)
            }
        }
        return ContainerMount(kind: .tmpfs, destination: try target(request), isReadOnly: request.readOnly, options: words)
    }

    private static func target(_ request: MountRequest) throws(WharfError) -> String {
        guard !request.target.isEmpty else { throw invalid(request.type, "field Target must not be empty") }
        do { return try absolute(request.target) } catch { throw invalid(request.type, error.message) }
    }

    private static func absolute(_ path: String) throws(WharfError) -> String {
        guard CleanPath.isAbsolute(path), CleanPath.isUsable(path) else {
            throw WharfError(.invalidArgument, "invalid mount path: '\(path)' mount path must be absolute")
        }
        let clean = CleanPath.clean(path)
        guard clean != "/" else { throw WharfError(.invalidArgument, "invalid specification: destination can't be '/'") }
        return clean
    }

    private static func invalid(_ type: String, _ text: String) -> WharfError {
        WharfError(.invalidArgument, "invalid mount config for type \"\(type)\": \(text)")
    }
}

extension Containers {
    /// At create: `--mount type=bind` does not make its source.
    func checkBindSources(_ mounts: [ContainerMount]) async throws {
        for mount in mounts where mount.kind == .bind && !mount.createsSource {
            let exists = try await blocking.foreign(key: mount.source) { try HostPath(mount.source).exists() }
            guard exists else { throw Self.missingSource(mount) }
        }
    }

    private static func missingSource(_ mount: ContainerMount) -> WharfError {
        WharfError(.invalidArgument, "invalid mount config for type \"bind\": bind source path does not exist: \(mount.source)")
    }

    /// At start: `-v` makes a missing source, as a directory.
    func makeBindSources(_ mounts: [ContainerMount]) async throws {
        for mount in mounts where mount.kind == .bind {
            try await blocking.foreign(key: mount.source) {
                let source = HostPath(mount.source)
                if try source.exists() { return }
                guard mount.createsSource else { throw Self.missingSource(mount) }
                do throws(SyscallError) {
                    try source.mkdir(permissions: 0o755)
                } catch {
                    throw WharfError(.internal, "error while creating mount source path '\(mount.source)'", error)
                }
            }
        }
    }
}
