// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Records as files:
//
//     <root>/<repository>/_manifests/<algorithm>/<hex>
//     <root>/<repository>/_tags/<tag>
//
// A part of a repository's name can't begin with an underscore, so that the two never meet. Records are written beside their
// place, flushed and renamed, and the folder is flushed behind them.

import Glibc
public import WharfLinux
import WharfOCI

/// A `RecordStore` in a folder.
public final class FileRecordStore: RecordStore {
    /// The longest record that is read.
    private static let limit = 1 << 16
    private static let manifests = "_manifests"
    private static let tags = "_tags"

    private let root: HostPath

    /// Uses a folder, and makes it where it is missing.
    public init(_ root: HostPath) throws(RegistryError) {
        self.root = root
        try storing("\(root)") { () throws(SyscallError) in try root.mkdir(permissions: 0o700) }
    }

    public func read(_ key: RecordKey) throws(RegistryError) -> [UInt8]? {
        do throws(SyscallError) {
            return try path(of: key).read(limit: FileRecordStore.limit)
        } catch  where error.errno == ENOENT || error.errno == ENOTDIR {
            return nil
        } catch {
            throw RegistryError(storage: "record", error)
        }
    }

    public func write(_ key: RecordKey, _ bytes: [UInt8]) throws(RegistryError) {
        let (folder, name) = place(of: key)
        try storing("record") { () throws(SyscallError) in
            do throws(SyscallError) {
                try (folder / name).writeAtomically(bytes, permissions: 0o600, durable: true)
            } catch  where error.errno == ENOENT {
                try makeDurably(folder)
                try (folder / name).writeAtomically(bytes, permissions: 0o600, durable: true)
            }
        }
    }

    public func delete(_ key: RecordKey) throws(RegistryError) {
        let (folder, name) = place(of: key)
        do throws(SyscallError) {
            try (folder / name).unlink()
            try folder.openDirectory().sync()
        } catch  where error.errno == ENOENT || error.errno == ENOTDIR {
            return
        } catch {
            throw RegistryError(storage: "record", error)
        }
    }

    public func keys() throws(RegistryError) -> [RecordKey] {
        var found: [RecordKey] = []
        try storing("\(root)") { () throws(SyscallError) in try collect(root, [], &found) }
        return found
    }

    // MARK: Places

    private func path(of key: RecordKey) -> HostPath {
        let (folder, name) = place(of: key)
        return folder / name
    }

    private func place(of key: RecordKey) -> (folder: HostPath, name: String) {
        switch key {
        case .manifest(let repository, let digest):
            (folder(of: repository) / FileRecordStore.manifests / digest.algorithm.rawValue, digest.hex)
        case .tag(let repository, let tag): (folder(of: repository) / FileRecordStore.tags, tag.text)
        }
    }

    private func folder(of repository: RepositoryName) -> HostPath {
        repository.text.split(separator: "/").reduce(root) { $0 / String($1) }
    }

    /// Makes a folder and those above it, each flushed into its parent.
    private func makeDurably(_ folder: HostPath) throws(SyscallError) {
        try folder.mkdir(permissions: 0o700)
        var each = folder
        while each != root {
            each = each.parent
            try each.openDirectory().sync()
        }
    }

    /// Collects what lies below a folder. Strangers' files are passed over.
    private func collect(_ folder: HostPath, _ parts: [String], _ found: inout [RecordKey]) throws(SyscallError) {
        for entry in try folder.entries() where entry.kind == .directory {
            let name = String(decoding: entry.name, as: UTF8.self)
            let repository = RepositoryName(parts.joined(separator: "/"))
            switch name {
            case FileRecordStore.manifests:
                guard let repository else { continue }
                for algorithm in Digest.Algorithm.allCases {
                    for hex in try names(folder / name / algorithm.rawValue) {
                        if let digest = Digest(algorithm, hex: hex) { found.append(.manifest(repository, digest)) }
                    }
                }
            case FileRecordStore.tags:
                guard let repository else { continue }
                for tag in try names(folder / name) {
                    if let tag = TagName(String(decoding: tag, as: UTF8.self)) { found.append(.tag(repository, tag)) }
                }
            default:
                if RepositoryName((parts + [name]).joined(separator: "/")) != nil { try collect(folder / name, parts + [name], &found) }
            }
        }
    }

    private func names(_ folder: HostPath) throws(SyscallError) -> [[UInt8]] {
        do throws(SyscallError) { return try folder.entries().filter { $0.kind == .regular }.map(\.name) } catch
            where error.errno == ENOENT
        {
            return []
        }
    }
}
