// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Uploads: sessions that receive a blob in one piece or many, and end with its digest. A session is an ingest of the blob store
// under a key of its own, open as long as this process lives, and found again by its row after a restart: its bytes are
// then hashed again. It belongs to the repository that it was begun in, and to nobody who does not know its id.

import Synchronization
import WharfBlocking
import WharfContent
import WharfHTTP
import WharfLinux
import WharfOCI
import WharfSQLite

/// A session with its ingest. Used by one request at a time.
final class OpenUpload: Sendable {
    // Unchecked, because the request that has claimed the session is alone with it.
    private struct Unchecked: @unchecked Sendable { let value: any BlobIngest }

    let id: String
    let repository: RepositoryName
    private let box: Unchecked
    private let state = Mutex((isClaimed: false, used: RegistryStore.now()))

    init(id: String, repository: RepositoryName, ingest: any BlobIngest) {
        self.id = id
        self.repository = repository
        box = Unchecked(value: ingest)
    }

    var ingest: any BlobIngest { box.value }

    /// Takes the session for one request.
    func claim() throws(RegistryError) {
        let isFree = state.withLock { state in
            defer { state.isClaimed = true }
            return !state.isClaimed
        }
        if !isFree { throw RegistryError(.blobUploadInvalid, "upload \(id) is being written by another request") }
    }

    func release() { state.withLock { $0 = (false, RegistryStore.now()) } }

    /// Whether no request has it and none had it since `time`.
    func isIdle(since time: Int64) -> Bool { state.withLock { !$0.isClaimed && $0.used < time } }
}

/// Where a piece of an upload belongs.
struct UploadRange: Sendable, Equatable {
    let first: Int64
    let last: Int64

    /// Reads `0-1023` (distribution spec 1.1, "Pushing a blob in chunks") or `bytes 0-1023/*`; nil for anything else.
    init?(_ text: String) {
        var rest = text[...]
        if rest.hasPrefix("bytes ") { rest = rest.dropFirst("bytes ".count) }
        let parts = rest.prefix { $0 != "/" }.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let first = Int64(parts[0]), let last = Int64(parts[1]), first >= 0, last >= first - 1 else { return nil }
        self.first = first
        self.last = last
    }
}

extension RegistryStore {
    /// Begins an upload. - Returns: its id, which is hard to guess.
    func startUpload(in repository: RepositoryName) async throws(RegistryError) -> String {
        let id = RegistryStore.word() + RegistryStore.word()
        return try await storage { [self] in
            try index.write(durable: false) { connection in
                _ = try connection.execute(
                    "INSERT INTO uploads VALUES (?, ?, ?)", .text(id), .text(repository.text), .integer(RegistryStore.now()))
            }
            let upload = OpenUpload(id: id, repository: repository, ingest: try blobs.ingest(RegistryStore.key(id)))
            uploads.withLock { $0[id] = upload }
            return id
        }
    }

    /// How many bytes an upload has.
    func uploadOffset(_ id: String, in repository: RepositoryName) async throws(RegistryError) -> Int64 {
        try await claiming(id, in: repository) { upload in upload.ingest.offset }
    }

    /// Appends a body to an upload. What came before a failure stays. - Returns: how many bytes the upload has then.
    func append(_ body: HTTPBody, to id: String, in repository: RepositoryName, range: UploadRange?) async throws(RegistryError) -> Int64 {
        try await claiming(id, in: repository) { [self] upload in
            try await receive(body, into: upload, range)
            return upload.ingest.offset
        }
    }

    /// Appends the last bytes, and makes the blob one of the repository's. The upload is gone then, and also when the digest is
    /// another one.
    func finishUpload(
        _ id: String, in repository: RepositoryName, with body: HTTPBody, range: UploadRange?, digest: Digest
    ) async throws(RegistryError) -> BlobStatus {
        try await claiming(id, in: repository) { [self] upload in
            try await receive(body, into: upload, range)
            return try await storage { [self] in
                do {
                    let status = try pinning(digest) {
                        let status = try upload.ingest.seal(digest: digest, size: nil)
                        try blobs.publish([upload.ingest], synchronized: false)
                        try adopt(status, into: repository)
                        return status
                    }
                    try forget(upload)
                    return status
                } catch ContentError.digestMismatch(let expected, let found) {
                    try upload.ingest.discard()
                    try forget(upload)
                    throw RegistryError(.digestInvalid, "the upload is \(found), not \(expected)")
                }
            }
        }
    }

    /// Drops an upload and its bytes.
    func cancelUpload(_ id: String, in repository: RepositoryName) async throws(RegistryError) {
        try await claiming(id, in: repository) { [self] upload in
            try await storage { [self] in
                try upload.ingest.discard()
                try forget(upload)
            }
        }
    }

    /// Closes uploads that nobody has written to for a while, and drops those that are older. Bytes of closed ones stay.
    ///
    /// - Parameters:
    ///   - idle: when the last request must have been, in seconds since 1970, for an upload to be closed.
    ///   - old: when the last bytes must have come for an upload to be dropped.
    func tendUploads(idleSince idle: Int64, olderThan old: Int64) async throws(RegistryError) {
        let closed = uploads.withLock { uploads in
            let closed = uploads.values.filter { $0.isIdle(since: idle) }
            for upload in closed { uploads[upload.id] = nil }
            return closed
        }
        try await storage { [self] in
            for upload in closed { try upload.ingest.suspend() }
            let dropped = try blobs.discardIngests(writtenBefore: old) { $0.key.hasPrefix("upload-") }
            try index.write(durable: false) { connection in
                for ingest in dropped {
                    _ = try connection.execute("DELETE FROM uploads WHERE id = ?", .text(String(ingest.key.dropFirst("upload-".count))))
                }
            }
        }
    }

    // MARK: Inside

    private static func key(_ id: String) -> String { "upload-\(id)" }

    private func receive(_ body: HTTPBody, into upload: OpenUpload, _ range: UploadRange?) async throws(RegistryError) {
        let offset = upload.ingest.offset
        if let range, range.first != offset {
            throw RegistryError(.rangeInvalid, "upload \(upload.id) has \(offset) bytes, the next ones can't begin at \(range.first)")
        }
        do {
            try await blocking.reading(body, lane: .thread("wharf-upload"), capacity: 1 << 20) { bridge in
                while let chunk = try bridge.read() {
                    try chunk.withRawBytes { bytes throws(ContentError) -> Void in try upload.ingest.write(bytes) }
                }
            }
        } catch {
            throw RegistryStore.registryError(error)
        }
        if let range, upload.ingest.offset - offset != range.last - range.first + 1 {
            throw RegistryError(.sizeInvalid, "the range \(range.first)-\(range.last) came with \(upload.ingest.offset - offset) bytes")
        }
    }

    private func claiming<Result: Sendable>(
        _ id: String, in repository: RepositoryName, _ body: @Sendable (OpenUpload) async throws -> Result
    ) async throws(RegistryError) -> Result {
        let upload = try await openUpload(id, in: repository)
        try upload.claim()
        defer { upload.release() }
        do { return try await body(upload) } catch { throw RegistryStore.registryError(error) }
    }

    /// The session, opened again where this process has not used it yet.
    private func openUpload(_ id: String, in repository: RepositoryName) async throws(RegistryError) -> OpenUpload {
        let unknown = RegistryError(.blobUploadUnknown, "upload \(id) does not exist in repository \(repository)")
        if let upload = uploads.withLock({ $0[id] }) {
            guard upload.repository == repository else { throw unknown }
            return upload
        }
        return try await storage { [self] in
            let owner = try index.read { connection in
                try connection.row("SELECT repository FROM uploads WHERE id = ?", .text(id))?.text(0)
            }
            guard let owner, owner.utf8.elementsEqual(repository.text.utf8) else { throw unknown }
            let opened: OpenUpload
            do throws(ContentError) {
                opened = OpenUpload(id: id, repository: repository, ingest: try blobs.ingest(RegistryStore.key(id)))
            } catch {
                guard case .busy = error else { throw error }
                throw RegistryError(.blobUploadInvalid, "upload \(id) is being opened by another request")
            }
            uploads.withLock { $0[id] = opened }
            return opened
        }
    }

    private func forget(_ upload: OpenUpload) throws {
        uploads.withLock { $0[upload.id] = nil }
        try index.write(durable: false) { connection in
            _ = try connection.execute("DELETE FROM uploads WHERE id = ?", .text(upload.id))
        }
    }
}
