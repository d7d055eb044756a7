// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Blobs on the way in: one request for all or for a part, checked against what was asked for before its first byte is passed on
// (distribution spec 1.1, "Pulling blobs"; RFC 9110, 14).

public import WharfError
internal import WharfHTTP
internal import WharfOutbound
public import WharfOCI

extension RepositorySession {
    public func blob(
        _ descriptor: ContentDescriptor, range: Range<Int64>?, onRetry: @escaping @Sendable (RegistryRetry) -> Void
    ) async throws(WharfError) -> BlobDownload {
        do throws(RegistryProblem) {
            let range = range ?? 0..<descriptor.size
            guard range.lowerBound >= 0, range.upperBound <= descriptor.size else {
                throw RegistryProblem(.setting, "bytes \(range) are not in a blob of \(descriptor.size) bytes")
            }
            // Nothing is asked for: that needs no registry.
            guard !range.isEmpty else {
                return BlobDownload(offset: range.lowerBound, body: BlobBytes([]), source: RegistryNames.host(of: repository.domain))
            }
            let part = BlobPart(digest: descriptor.digest, size: descriptor.size, range: range)
            if settings.partConnections > 1, Int64(range.count) > settings.partsFrom { return try await parted(part, onRetry) }
            let opened = try await open(part, onRetry: onRetry)
            // What comes from the start, though a later part was asked for, is handed on from the start: the reader may want it.
            let reader = BlobReader(self, BlobPart(part, from: opened.offset), opened, onRetry)
            return BlobDownload(offset: opened.offset, body: BlobBytes { try await reader.next() }, source: opened.host.name)
        } catch {
            throw error.error(.pull, repository)
        }
    }

    /// Asks for the first part only. What answers it shows whether the server knows ranges.
    private func parted(
        _ whole: BlobPart, _ onRetry: @escaping @Sendable (RegistryRetry) -> Void
    ) async throws(RegistryProblem) -> BlobDownload {
        var first = whole
        first.range = whole.range.lowerBound..<(whole.range.lowerBound + settings.partSize)
        let opened = try await open(first, onRetry: onRetry)
        guard opened.isPart else {
            let reader = BlobReader(self, BlobPart(whole, from: opened.offset), opened, onRetry)
            return BlobDownload(offset: opened.offset, body: BlobBytes { try await reader.next() }, source: opened.host.name)
        }
        let blob = PartedBlob(self, whole, first: first, opened, onRetry)
        return BlobDownload(offset: opened.offset, body: BlobBytes { try await blob.next() }, source: opened.host.name)
    }

    public func hasBlob(_ digest: Digest) async throws(WharfError) -> Bool {
        do throws(RegistryProblem) {
            return try await ask(.push) { host throws(RegistryProblem) in
                let request = self.request("HEAD", host, "/blobs/\(digest)")
                return try await self.send(request, to: host, expecting: [200, 404]).status == 200
            }
        } catch {
            throw error.error(.push, repository)
        }
    }

    /// Opens a part of a blob at the first server that has it.
    func open(_ part: BlobPart, onRetry: @escaping @Sendable (RegistryRetry) -> Void) async throws(RegistryProblem) -> OpenedBlob {
        try await ask(.pull, onRetry: onRetry) { host throws(RegistryProblem) in try await self.open(part, at: host) }
    }

    /// Opens a part of a blob at one server.
    func open(_ part: BlobPart, at host: RegistryHost) async throws(RegistryProblem) -> OpenedBlob {
        var request = request("GET", host, "/blobs/\(part.digest)")
        if part.isRanged {
            request.headers["Range"] = "bytes=\(part.range.lowerBound)-\(part.range.upperBound - 1)"
            if let tag = part.entityTag { request.headers["If-Range"] = tag }
        }
        let reply = try await send(request, to: host, expecting: part.isRanged ? [200, 206, 416] : [200])
        if reply.status == 416 || (reply.status == 206 && !part.isAnswered(by: reply.headers)) {
            // Its ranges are of no use: all of it, then.
            return try await open(BlobPart(part, ranges: false), at: host)
        }
        try reply.refuseEncoding()
        let offset = reply.status == 206 ? part.range.lowerBound : 0
        let expected = reply.status == 206 ? Int64(part.range.count) : part.size
        if let length = reply.body.length, Int64(length) != expected {
            throw RegistryProblem(
                .lie, "\(reply.what): the registry sends \(length) bytes where the descriptor of \(part.digest) says \(expected)")
        }
        return OpenedBlob(
            host: host, offset: offset, isPart: reply.status == 206, body: reply.body, entityTag: Self.strong(reply.headers["ETag"]),
            what: reply.what)
    }

    /// A weak tag says nothing about bytes.
    private static func strong(_ tag: String?) -> String? {
        tag.flatMap { $0.utf8.first == UInt8(ascii: "\"") ? $0 : nil }
    }
}

/// What is asked of a blob.
struct BlobPart: Sendable {
    let digest: Digest
    let size: Int64
    var range: Range<Int64>
    /// Whether servers may be asked for parts.
    var ranges = true
    /// What the bytes so far were called.
    var entityTag: String?

    init(digest: Digest, size: Int64, range: Range<Int64>) {
        self.digest = digest
        self.size = size
        self.range = range
    }

    /// The same end from another beginning.
    init(_ part: BlobPart, from offset: Int64) {
        self = part
        range = offset..<part.range.upperBound
    }

    init(_ part: BlobPart, ranges: Bool) {
        self = part
        self.ranges = ranges
    }

    /// An empty part has no range that could be written.
    var isRanged: Bool { ranges && !range.isEmpty && range != 0..<size }

    /// Whether a 206 has the bytes that were asked for: `Content-Range: bytes 10-99/100`.
    func isAnswered(by headers: HTTPHeaders) -> Bool {
        guard let text = headers["Content-Range"], text.utf8.starts(with: "bytes ".utf8) else { return false }
        let parts = text.utf8.dropFirst(6).split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 2 else { return false }
        let ends = parts[0].split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).map { Int64(Substring($0)) }
        let total = Int64(Substring(parts[1]))
        return ends == [range.lowerBound, range.upperBound - 1] && (parts[1].elementsEqual("*".utf8) || total == size)
    }
}

/// A blob that has begun to come.
struct OpenedBlob: Sendable {
    let host: RegistryHost
    let offset: Int64
    /// It has the part that was asked for, and no more.
    let isPart: Bool
    let body: HTTPBody
    let entityTag: String?
    /// For messages.
    let what: String
}
