// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A registry in memory, asked without a network.

import Logging
import Synchronization
import Testing
import WharfBlocking
import WharfContent
import WharfHTTP
import WharfJSON
import WharfLinux
import WharfOCI
import WharfSQLite
import WharfTestKit

@testable import WharfRegistry

/// A registry and the storage that survives it.
struct TestRegistry: Sendable {
    let blobs: any BlobStore
    let records: any RecordStore
    let folder: TemporaryDirectory
    let store: RegistryStore
    let api: DistributionAPI

    init(blobs: any BlobStore = MemoryBlobStore(), records: any RecordStore = MemoryRecordStore(), index: String = "index.db") async throws
    {
        try await self.init(blobs: blobs, records: records, folder: TemporaryDirectory(), index: index)
    }

    private init(blobs: any BlobStore, records: any RecordStore, folder: TemporaryDirectory, index: String) async throws {
        self.blobs = blobs
        self.records = records
        self.folder = folder
        let database = try Database.open(folder.path(index), migrations: RegistryStore.migrations)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        store = try await RegistryStore.open(blobs: blobs, records: records, index: database, blocking: Blocking(), logger: logger)
        api = DistributionAPI(store: store, logger: logger)
    }

    /// The registry behind a restart; with another name of the index it knows nothing but its storage.
    func restarted(index: String = "index.db") async throws -> TestRegistry {
        try store.index.close()
        return try await TestRegistry(blobs: blobs, records: records, folder: folder, index: index)
    }

    // MARK: Asking

    func ask(
        _ method: String, _ path: String, _ query: HTTPQuery = [:], _ headers: HTTPHeaders = [:], _ body: [UInt8] = []
    ) async throws -> Answer {
        let response = await api.respond(
            HTTPRequest(
                method: method, target: path, path: path.split(separator: "/").map(String.init), query: query, headers: headers,
                body: HTTPBody(body)))
        var bytes: [UInt8] = []
        switch response.content {
        case .bytes(let content): bytes = content
        case .stream(_, let write):
            let chunks = Chunks()
            try await write(HTTPResponseWriter { chunks.append($0) })
            bytes = chunks.all
        default: break
        }
        return Answer(status: response.status, headers: response.headers, body: bytes)
    }

    /// Pushes a blob in one request.
    @discardableResult
    func push(_ blob: [UInt8], to name: String) async throws -> Digest {
        let digest = ContentHasher.digest(of: blob)
        let answer = try await ask("POST", "/v2/\(name)/blobs/uploads", ["digest": digest.description], [:], blob)
        #expect(answer.status == 201, "\(answer)")
        return digest
    }

    /// Pushes an image of one layer. - Returns: the manifest's digest.
    @discardableResult
    func push(image text: String, to name: String, tag: String, subject: Digest? = nil) async throws -> Digest {
        let config = try await push(Array("{\"for\":\"\(text)\"}".utf8), to: name)
        let layer = try await push(Array("layer of \(text)".utf8), to: name)
        let manifest = Manifest.text(config: config, layer: layer, subject: subject)
        let answer = try await ask("PUT", "/v2/\(name)/manifests/\(tag)", [:], ["Content-Type": MediaType.ociManifest], manifest)
        #expect(answer.status == 201, "\(answer)")
        return ContentHasher.digest(of: manifest)
    }
}

/// An answer with its body.
struct Answer: Sendable, CustomStringConvertible {
    let status: Int
    let headers: HTTPHeaders
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
    /// The code of a refusal.
    var code: String? { (try? JSON.parse(body))?["errors"]?.array?.first?["code"]?.string }
    var description: String { "\(status) \(headers.fields) \(text)" }
}

extension Manifest {
    static func text(config: Digest, layer: Digest, subject: Digest? = nil) -> [UInt8] {
        let about = subject.map { ",\"subject\":{\"mediaType\":\"\(MediaType.ociManifest)\",\"digest\":\"\($0)\",\"size\":1}" } ?? ""
        return Array(
            """
            {"schemaVersion":2,"mediaType":"\(MediaType.ociManifest)","config":{"mediaType":"\(MediaType.ociConfig)","digest":"\(config)","size":1},\
            "layers":[{"mediaType":"\(MediaType.ociLayer)","digest":"\(layer)","size":1}]\(about),"annotations":{"made":"here"}}
            """.utf8)
    }
}

/// Collects what is written.
private final class Chunks: Sendable {
    private let bytes = Mutex<[UInt8]>([])

    func append(_ chunk: [UInt8]) { bytes.withLock { $0 += chunk } }
    var all: [UInt8] { bytes.withLock { $0 } }
}
