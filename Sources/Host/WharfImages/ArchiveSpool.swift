// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The members of an image archive, put down as private blobs. An archive's table of contents comes last, so every member
// is kept (hashed on the way) until it is known what for; what nobody wants is dropped at the end.

import WharfArchive
import WharfContent
import WharfError
import WharfOCI

/// A member's bytes: an ingest of this load, or a blob that was here before.
final class SpooledBlob: @unchecked Sendable {
    // Unchecked: the ingest is sealed, and opening a sealed one changes nothing.

    let status: BlobStatus
    /// Nil if the store has the blob already.
    let ingest: (any BlobIngest)?
    private let store: any BlobStore

    init(_ status: BlobStatus, ingest: (any BlobIngest)?, store: any BlobStore) {
        self.status = status
        self.ingest = ingest
        self.store = store
    }

    func open() throws(ContentError) -> any BlobReader {
        if let ingest { return try ingest.open() }
        return try store.open(status.digest)
    }

    func readAll(limit: Int) throws(ContentError) -> [UInt8] { try open().readAll(status.digest, limit: limit) }
}

/// All members of one archive, by their cleaned path.
final class ArchiveSpool {
    private enum Member {
        case blob(SpooledBlob)
        /// A symbolic or hard link, as a path from the archive's root.
        case link([UInt8])
    }

    private let job: ImageJob
    private var members: [[UInt8]: Member] = [:]
    private var blobs: [Digest: SpooledBlob] = [:]

    /// More members than this are no image archive.
    private static let memberLimit = 100_000

    init(_ job: ImageJob) { self.job = job }

    /// Reads the whole archive.
    func fill(from source: any ByteSource) throws {
        let stream = try DecompressedSource(source)
        let reader = TarReader(stream)
        while let entry = try reader.next() {
            guard members.count < Self.memberLimit else {
                throw WharfError(.invalidArgument, "the archive has more than \(Self.memberLimit) members")
            }
            guard let path = Self.clean(entry.name) else {
                throw WharfError(.invalidArgument, "the archive has a member outside of it: \(displayName(entry.name))")
            }
            switch entry.kind {
            case .file: members[path] = .blob(try keep(path, reader))
            case .symlink:
                guard let target = Self.clean(path.dropLast(path.split(separator: slash).last?.count ?? 0) + entry.linkName) else {
                    throw WharfError(.invalidArgument, "the archive has a link that leads outside of it: \(displayName(path))")
                }
                members[path] = .link(target)
            case .hardLink:
                guard let target = Self.clean(entry.linkName) else {
                    throw WharfError(.invalidArgument, "the archive has a link that leads outside of it: \(displayName(path))")
                }
                members[path] = .link(target)
            case .directory, .characterDevice, .blockDevice, .fifo: continue
            }
        }
        try reader.drain()
        guard !members.isEmpty else { throw WharfError(.invalidArgument, "the archive is empty or no tar archive") }
    }

    /// The member at a path, links followed; nil if there is none.
    func blob(at path: some Collection<UInt8>) -> SpooledBlob? {
        guard var path = Self.clean(path) else { return nil }
        for _ in 0..<16 {
            switch members[path] {
            case .blob(let blob): return blob
            case .link(let target): path = target
            case nil: return nil
            }
        }
        return nil
    }

    /// The blob that a descriptor points at, in the archive or already in the store. - Throws: for one of another size.
    func blob(_ descriptor: ContentDescriptor) throws -> SpooledBlob? {
        guard let blob = try blob(descriptor.digest) else { return nil }
        guard blob.status.size == descriptor.size else {
            throw WharfError(
                .invalidArgument, "blob \(descriptor.digest) has \(blob.status.size) bytes, its descriptor says \(descriptor.size)")
        }
        return blob
    }

    private func blob(_ digest: Digest) throws -> SpooledBlob? {
        if let blob = blobs[digest] { return blob }
        if let blob = blob(at: Array("blobs/\(digest.algorithm.rawValue)/\(digest.hex)".utf8)), blob.status.digest == digest { return blob }
        return try job.stored(digest)
    }

    /// Writes a member down. One whose path is its digest must have it.
    private func keep(_ path: [UInt8], _ reader: TarReader) throws -> SpooledBlob {
        let ingest = try job.newIngest()
        try reader.readData { piece throws(ArchiveError) in try keepBytes(piece, in: ingest) }
        let status = try seal(ingest, path)
        if let known = blobs[status.digest] {
            // It stands there twice.
            try job.drop(ingest, status.digest)
            return known
        }
        let stored = try job.stored(status.digest)
        if stored != nil { try job.drop(ingest, status.digest) }
        let blob = stored ?? SpooledBlob(status, ingest: ingest, store: job.content)
        if stored == nil { try job.early?.consider(blob) { job.newLayerKey() } }
        blobs[status.digest] = blob
        return blob
    }

    private func seal(_ ingest: any BlobIngest, _ path: [UInt8]) throws(WharfError) -> BlobStatus {
        do {
            return try job.seal(ingest, digest: Self.promisedDigest(path))
        } catch {
            if case .digestMismatch(let expected, let found) = error {
                throw WharfError(.invalidArgument, "\(displayName(path)) is damaged: its digest is \(found), not \(expected)")
            }
            throw error.wharfError("content")
        }
    }

    /// `blobs/sha256/<hex>` promises what it holds.
    private static func promisedDigest(_ path: [UInt8]) -> Digest? {
        let parts = path.split(separator: slash)
        guard parts.count == 3, parts[0].elementsEqual("blobs".utf8) else { return nil }
        return Digest(bytes: parts[1] + [UInt8(ascii: ":")] + parts[2])
    }

    /// A path without `.`, empty components and `..`; nil if it leads out.
    private static func clean(_ path: some Collection<UInt8>) -> [UInt8]? {
        var result: [ArraySlice<UInt8>] = []
        for part in Array(path).split(separator: slash) where !part.elementsEqual(".".utf8) {
            if part.elementsEqual("..".utf8) {
                guard result.popLast() != nil else { return nil }
            } else {
                result.append(part)
            }
        }
        return Array(result.joined(separator: [slash]))
    }
}

private let slash = UInt8(ascii: "/")

/// A name from an archive for a message: printable ASCII stays, the rest is shown as `?`.
func displayName(_ name: some Collection<UInt8>) -> String {
    String(decoding: name.prefix(160).map { $0 > 0x20 && $0 < 0x7F ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
}
