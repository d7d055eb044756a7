// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The blob store on a file system.
//
//   <root>/blobs/<algorithm>/<hex>   published blobs, mode 0400
//   <root>/ingest/<key>              bytes in progress; a suspended one is hashed again when it is resumed
//
// Order of a publish: bytes flushed, rename, directory flushed. A crash before the rename leaves an ingest, a crash
// after it a whole blob.

import Synchronization
public import WharfLinux
public import WharfOCI

/// Blobs as files named by their digest.
public final class FileBlobStore: BlobStore {
    let root: HostPath
    /// Keys that somebody has open.
    private let open = Mutex<Set<String>>([])

    /// Opens the store, making its directories where they are missing (mode 0700).
    public init(_ root: HostPath) throws(ContentError) {
        self.root = root
        try system { () throws(SyscallError) in
            try root.mkdir(permissions: 0o700)
            try (root / "ingest").mkdir(permissions: 0o700)
            for algorithm in Digest.Algorithm.allCases { try (root / "blobs" / algorithm.rawValue).mkdir(permissions: 0o700) }
            try root.openDirectory().sync()
        }
    }

    func path(_ digest: Digest) -> HostPath { root / "blobs" / digest.algorithm.rawValue / digest.hex }

    func ingestPath(_ key: String) -> HostPath { root / "ingest" / key }

    public func ingest(_ key: String, hashing algorithm: Digest.Algorithm) throws(ContentError) -> any BlobIngest {
        guard isIngestKey(key) else { throw .invalidKey(key) }
        guard open.withLock({ $0.insert(key).inserted }) else { throw .busy(key) }
        do {
            return try FileBlobIngest(key, in: self, hashing: algorithm)
        } catch {
            release(key)
            throw error
        }
    }

    func release(_ key: String) { _ = open.withLock { $0.remove(key) } }

    public func ingests() throws(ContentError) -> [IngestStatus] {
        let directory = try system { () throws(SyscallError) in try (root / "ingest").openDirectory() }
        var result: [IngestStatus] = []
        for entry in try system({ () throws(SyscallError) in try directory.directoryEntries() }) where entry.kind == .regular {
            let key = String(decoding: entry.name, as: UTF8.self)
            guard isIngestKey(key) else { continue }
            do {
                let status = try openBeneath(directory, entry.name, .handle).status()
                result.append(IngestStatus(key: key, offset: status.size, modified: status.modified.seconds))
            } catch  where error.errno == 2 {
                continue  // published or discarded meanwhile
            } catch {
                throw .system(error)
            }
        }
        return result
    }

    public func discardIngest(_ key: String) throws(ContentError) {
        guard isIngestKey(key) else { throw .invalidKey(key) }
        guard open.withLock({ $0.insert(key).inserted }) else { throw .busy(key) }
        defer { release(key) }
        try system { () throws(SyscallError) in try ingestPath(key).unlink() }
    }

    public func publish(_ ingests: [any BlobIngest], synchronized: Bool) throws(ContentError) {
        var touched: Set<Digest.Algorithm> = []
        for ingest in ingests {
            guard let ingest = ingest as? FileBlobIngest else { throw .closed(ingest.key) }
            touched.insert(try ingest.publish(synchronized: synchronized).algorithm)
        }
        for algorithm in touched {
            try system { () throws(SyscallError) in try (root / "blobs" / algorithm.rawValue).openDirectory().sync() }
        }
    }

    public func status(_ digest: Digest) throws(ContentError) -> BlobStatus? {
        do {
            return BlobStatus(digest: digest, size: try path(digest).status().size)
        } catch  where error.errno == 2 {
            return nil
        } catch {
            throw .system(error)
        }
    }

    public func open(_ digest: Digest) throws(ContentError) -> any BlobReader {
        do {
            return try FileBlobReader(path(digest).open([.read, .noFollow]))
        } catch  where error.errno == 2 {
            throw .notFound(digest)
        } catch {
            throw .system(error)
        }
    }

    public func list() throws(ContentError) -> [BlobStatus] {
        var result: [BlobStatus] = []
        for algorithm in Digest.Algorithm.allCases {
            let entries = try system { () throws(SyscallError) in try (root / "blobs" / algorithm.rawValue).entries() }
            for entry in entries {
                guard let digest = Digest(algorithm, hex: entry.name), let status = try status(digest) else { continue }
                result.append(status)
            }
        }
        return result
    }

    public func delete(_ digest: Digest) throws(ContentError) {
        try system { () throws(SyscallError) in try path(digest).unlink() }
    }

    public func synchronize() throws(ContentError) {
        try system { () throws(SyscallError) in try root.openDirectory().syncFileSystem() }
    }
}

/// Whether a text may name an ingest: safe as a file name, not hidden.
func isIngestKey(_ key: String) -> Bool {
    guard (1...200).contains(key.utf8.count), key.utf8.first != UInt8(ascii: ".") else { return false }
    return key.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
