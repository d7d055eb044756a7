// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Blobs by digest (distribution spec 1.1, "Pulling blobs", "Deleting blobs").

import WharfContent
import WharfHTTP
import WharfOCI

extension DistributionAPI {
    static let blobRoutes: [HTTPRoute<Handler>] = [
        HTTPRoute("GET", "/v2/{name...}/blobs/{digest}", { api, request in try await api.getBlob(request) }),
        HTTPRoute(
            "DELETE", "/v2/{name...}/blobs/{digest}",
            { api, request in
                try await api.store.deleteBlob(try request.digest(), of: try request.repository())
                return HTTPResponse(202)
            }),
    ]

    private func getBlob(_ request: HTTPRequest) async throws(RegistryError) -> HTTPResponse {
        let digest = try request.digest()
        let reader = try await store.openBlob(digest, of: try request.repository())
        var headers: HTTPHeaders = [
            "Content-Type": "application/octet-stream", "Docker-Content-Digest": digest.description, "Accept-Ranges": "bytes",
            "ETag": "\"\(digest)\"", "Cache-Control": "max-age=31536000",
        ]
        // Under a digest is always the same.
        if request.headers.all("If-None-Match").contains("\"\(digest)\"") { return HTTPResponse(304, headers: headers) }
        var part: Range<Int64> = 0..<reader.size
        var status = 200
        // A range of another state of the blob can't be: a wrong If-Range asks for all of it.
        let condition = request.headers["If-Range"]
        if let text = request.headers["Range"], condition == nil || condition == "\"\(digest)\"" {
            switch BlobRange(text) {
            case .none: break
            case .some(let range):
                guard let found = range.part(of: reader.size) else {
                    var refusal = DistributionAPI.refusal(RegistryError(.rangeInvalid, "the blob has \(reader.size) bytes"))
                    refusal.headers.add("Content-Range", "bytes */\(reader.size)")
                    return refusal
                }
                part = found
                status = 206
                headers.add("Content-Range", "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(reader.size)")
            }
        }
        headers.add("Content-Length", "\(part.count)")
        if request.method == "HEAD" { return HTTPResponse(status, headers: headers) }
        return HTTPResponse(
            status, headers: headers,
            content: .stream(whenGone: .cancels) { [store, part] writer in
                try await store.send(reader, part, to: writer)
            })
    }
}

/// One range of bytes that a client asks for (RFC 9110, 14.1.2).
enum BlobRange: Sendable, Equatable {
    case from(Int64)
    case between(Int64, Int64)
    case last(Int64)

    /// Reads `bytes=0-99`, `bytes=100-` and `bytes=-50`; nil for several ranges and for what is none, which stand for the whole.
    init?(_ text: String) {
        guard text.hasPrefix("bytes=") else { return nil }
        let parts = text.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } }) else {
            return nil
        }
        switch (Int64(parts[0]), Int64(parts[1])) {
        case (let first?, let last?) where last >= first: self = .between(first, last)
        case (let first?, nil) where parts[1].isEmpty: self = .from(first)
        case (nil, let count?) where parts[0].isEmpty: self = .last(count)
        default: return nil
        }
    }

    /// The bytes of something so long; nil when it has none of them.
    func part(of size: Int64) -> Range<Int64>? {
        let part: Range<Int64> =
            switch self {
            case .from(let first): min(first, size)..<size
            case .between(let first, let last): min(first, size)..<min(last < .max ? last + 1 : last, size)
            case .last(let count): max(0, size - count)..<size
            }
        return part.isEmpty ? nil : part
    }
}

extension RegistryStore {
    /// How much of a blob is read at a time.
    private static let chunk = 1 << 18

    /// Sends a part of a blob, as fast as the client takes it.
    func send(_ reader: any BlobReader, _ part: Range<Int64>, to writer: HTTPResponseWriter) async throws {
        var offset = part.lowerBound
        while offset < part.upperBound {
            let (start, count) = (offset, Int(min(Int64(RegistryStore.chunk), part.upperBound - offset)))
            let bytes = try await storage {
                try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                    while filled < count {
                        let got = try reader.read(
                            into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled..<count]),
                            at: start + Int64(filled))
                        if got == 0 { break }
                        filled += got
                    }
                }
            }
            guard !bytes.isEmpty else { throw RegistryError(.unknown, "the blob ended at \(offset) of \(reader.size) bytes") }
            try await writer.write(bytes)
            offset += Int64(bytes.count)
        }
    }
}
