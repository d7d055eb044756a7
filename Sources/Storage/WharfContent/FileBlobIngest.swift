// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A blob in progress in a file, and a published one open for reading.

import WharfLinux
import WharfOCI

/// An ingest in `FileBlobStore`. Bytes are hashed as they are written, so sealing reads nothing again.
final class FileBlobIngest: BlobIngest {
    private enum State {
        case open
        case sealed(BlobStatus)
        case closed
    }

    let key: String
    private let store: FileBlobStore
    private let file: Descriptor
    private var hasher: ContentHasher
    private var state = State.open
    private let progress = IngestProgress()
    /// Up to here the disk was told to begin.
    private var handedOver: Int64 = 0

    /// A flush that finds all of a large blob in memory takes as long as its download did.
    private static let writebackStep: Int64 = 8 << 20

    var offset: Int64 { hasher.count }

    /// Opens or makes the file; what is there is hashed.
    init(_ key: String, in store: FileBlobStore, hashing algorithm: Digest.Algorithm) throws(ContentError) {
        self.key = key
        self.store = store
        hasher = ContentHasher(algorithm)
        file = try system { () throws(SyscallError) in
            try store.ingestPath(key).open([.readWrite, .create, .noFollow], permissions: 0o600)
        }
        try rehash(algorithm)
        handedOver = offset
        progress.advance(to: offset)
    }

    deinit {
        // Suspended: the bytes stay, the key becomes free.
        if case .closed = state { return }
        progress.end(.abandoned)
        store.release(key)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(ContentError) {
        guard case .open = state else { throw .closed(key) }
        do {
            try file.writeAll(bytes)
        } catch {
            // A part of it may be there already: whoever tries again writes from where the hash stands. If that fails too,
            // the next opening hashes what there is.
            try? file.truncate(to: offset)
            _ = try? file.seek(to: offset)
            throw .system(error)
        }
        hasher.update(bytes)
        progress.advance(to: offset)
        if offset - handedOver >= Self.writebackStep {
            file.startWriteback(from: handedOver, count: offset - handedOver)
            handedOver = offset
        }
    }

    func restart() throws(ContentError) {
        guard case .open = state else { throw .closed(key) }
        progress.restart()
        try system { () throws(SyscallError) in
            try file.truncate(to: 0)
            try file.seek(to: 0)
        }
        handedOver = 0
        hasher = ContentHasher(hasher.algorithm)
    }

    func seal(digest: Digest?, size: Int64?) throws(ContentError) -> BlobStatus {
        guard case .open = state else { throw .closed(key) }
        if let size, size != offset { throw .sizeMismatch(expected: size, found: offset) }
        var found = hasher.digest
        if let digest, digest.algorithm != found.algorithm {
            try rehash(digest.algorithm)
            found = hasher.digest
        }
        if let digest, digest != found { throw .digestMismatch(expected: digest, found: found) }
        let status = BlobStatus(digest: found, size: offset)
        state = .sealed(status)
        progress.end(.sealed)
        // An archive may have more members than a process has descriptors: what is sealed is opened again when needed.
        file.close()
        return status
    }

    func open() throws(ContentError) -> any BlobReader {
        guard case .sealed = state else { throw .closed(key) }
        return try system { () throws(SyscallError) in try FileBlobReader(store.ingestPath(key).open([.read, .noFollow])) }
    }

    func follow() throws(ContentError) -> any BlobFollower {
        if case .closed = state { throw .closed(key) }
        let file = try system { () throws(SyscallError) in try store.ingestPath(key).open([.read, .noFollow]) }
        return IngestFollower(key, progress) { buffer, offset throws(ContentError) in
            try system { () throws(SyscallError) in try file.read(into: buffer, at: offset) }
        }
    }

    /// Gives the file its final name. The directory is not flushed yet.
    func publish(synchronized: Bool) throws(ContentError) -> Digest {
        guard case .sealed(let status) = state else { throw .closed(key) }
        if try store.status(status.digest) != nil {
            try discard()
            return status.digest
        }
        try system { () throws(SyscallError) in
            let file = try store.ingestPath(key).open([.read, .noFollow])
            try file.setPermissions(0o400)
            if !synchronized { try file.sync() }
            try store.ingestPath(key).rename(to: store.path(status.digest))
        }
        close()
        return status.digest
    }

    func suspend() throws(ContentError) {
        if case .closed = state { return }
        close()
    }

    func discard() throws(ContentError) {
        if case .closed = state { return }
        defer { close() }
        try system { () throws(SyscallError) in try store.ingestPath(key).unlink() }
    }

    private func close() {
        state = .closed
        progress.end(.abandoned)
        file.close()
        store.release(key)
    }

    /// Hashes the file from its start and leaves the offset at its end.
    private func rehash(_ algorithm: Digest.Algorithm) throws(ContentError) {
        hasher = ContentHasher(algorithm)
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let offset = hasher.count
            let count = try buffer.withMutableRawBytes { buffer throws(ContentError) -> Int in
                try system { () throws(SyscallError) in try file.read(into: buffer, at: offset) }
            }
            if count == 0 { break }
            buffer.withRawBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
        try system { () throws(SyscallError) in _ = try file.seek(to: hasher.count) }
    }
}

/// A blob's file open for reading.
final class FileBlobReader: BlobReader {
    let size: Int64
    private let file: Descriptor

    init(_ file: Descriptor) throws(SyscallError) {
        size = try file.status().size
        self.file = file
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(ContentError) -> Int {
        try system { () throws(SyscallError) in try file.read(into: buffer, at: offset) }
    }
}
