// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A registry in memory behind the protocols that the image store asks, with a hand on the tap: it counts what it gives, and
// stops, breaks or lies where a test says so.

import Synchronization
import WharfContent
import WharfError
import WharfOCI
import WharfRegistryClient

/// Repositories of manifests and blobs.
final class MemoryRegistry: RegistryAccess {
    /// What to do before the next chunk of a blob; `offset` is where that stands in the blob.
    typealias Tap = @Sendable (_ digest: Digest, _ offset: Int64) async throws -> Void

    struct State {
        var manifests: [String: [String: (type: String, bytes: [UInt8])]] = [:]
        var blobs: [String: [Digest: [UInt8]]] = [:]
        /// Bytes given, and bytes and blobs received.
        var given: [Digest: Int64] = [:]
        var uploads: [Digest: Int] = [:]
        var mounts: [Digest: String] = [:]
        /// Offsets that were asked for.
        var requests: [Digest: [Int64]] = [:]
        var open = 0
        var mostOpen = 0
        var tap: Tap = { _, _ in }
        var knowsRanges = true
    }
    let state = Mutex(State())

    private static let chunk = 4096

    // MARK: For tests

    func add(_ image: SampleImage, _ repository: String, tag: String?) {
        state.withLock { state in
            for bytes in image.blobs + [image.config] { state.blobs[repository, default: [:]][ContentHasher.digest(of: bytes)] = bytes }
            state.put(repository, tag, MediaType.ociManifest, image.manifest)
        }
    }

    func add(_ bytes: [UInt8], type: String, _ repository: String, tag: String?) {
        state.withLock { $0.put(repository, tag, type, bytes) }
    }

    func onChunk(_ tap: @escaping Tap) { state.withLock { $0.tap = tap } }

    func given(_ blob: [UInt8]) -> Int64 { state.withLock { $0.given[ContentHasher.digest(of: blob), default: 0] } }

    func manifest(_ repository: String, _ name: String) -> [UInt8]? { state.withLock { $0.manifests[repository]?[name]?.bytes } }

    // MARK: RegistryAccess

    func repository(_ name: Reference, credentials: RegistryCredentials?, actions: RegistryActions) -> any RegistrySession {
        MemorySession(repository: name, registry: self)
    }

    func search(
        _ term: String, registry: String, limit: Int, credentials: RegistryCredentials?
    ) async throws(WharfError) -> [RegistrySearchResult] {
        state.withLock { $0.manifests.keys.filter { $0.utf8.elementsEqual(term.utf8) } }.map {
            RegistrySearchResult(name: $0, description: registry, stars: limit, isOfficial: true, isAutomated: false)
        }
    }

    func login(_ server: String, credentials: RegistryCredentials) async throws(WharfError) -> RegistryLogin {
        guard credentials.password == "right" else { throw WharfError(.unauthorized, "\(server): wrong password") }
        return RegistryLogin(status: "Login Succeeded", identityToken: "")
    }

    // MARK: Blobs

    /// The rest of a blob, tapped and counted.
    fileprivate func read(_ digest: Digest, _ bytes: [UInt8], from start: Int64) -> BlobBytes {
        let position = Mutex(start)
        return BlobBytes { [self] in
            let offset = position.withLock { $0 }
            let tap = state.withLock { $0.tap }
            try await tap(digest, offset)
            try Task.checkCancellation()
            let part = Array(bytes.dropFirst(Int(offset)).prefix(Self.chunk))
            position.withLock { $0 += Int64(part.count) }
            state.withLock { state in
                state.given[digest, default: 0] += Int64(part.count)
                if part.isEmpty { state.open -= 1 }
            }
            return part.isEmpty ? nil : part
        }
    }
}

extension MemoryRegistry.State {
    mutating func put(_ repository: String, _ tag: String?, _ type: String, _ bytes: [UInt8]) {
        manifests[repository, default: [:]][ContentHasher.digest(of: bytes).description] = (type, bytes)
        if let tag { manifests[repository, default: [:]][tag] = (type, bytes) }
    }
}

/// One repository of it.
private struct MemorySession: RegistrySession {
    let repository: Reference
    let registry: MemoryRegistry
    private var name: String { repository.path }

    private func missing(_ what: String) -> WharfError { WharfError(.notFound, "\(repository.name): \(what) unknown") }

    func describe(_ reference: Reference) async throws(WharfError) -> ContentDescriptor { try await resolve(reference).descriptor }

    func resolve(_ reference: Reference) async throws(WharfError) -> FetchedManifest {
        let key = reference.digest?.description ?? reference.tag ?? ""
        guard let found = registry.state.withLock({ $0.manifests[name]?[key] }) else { throw missing("manifest \(key)") }
        let descriptor = ContentDescriptor(
            mediaType: found.type, digest: ContentHasher.digest(of: found.bytes), size: Int64(found.bytes.count))
        return FetchedManifest(descriptor: descriptor, bytes: found.bytes, source: repository.domain)
    }

    func manifest(_ descriptor: ContentDescriptor) async throws(WharfError) -> FetchedManifest {
        try await resolve(repository.with(digest: descriptor.digest))
    }

    func blob(
        _ descriptor: ContentDescriptor, range: Range<Int64>?, onRetry: @escaping @Sendable (RegistryRetry) -> Void
    ) async throws(WharfError) -> BlobDownload {
        let (bytes, knowsRanges) = registry.state.withLock { state in
            state.requests[descriptor.digest, default: []].append(range?.lowerBound ?? 0)
            state.open += 1
            state.mostOpen = max(state.mostOpen, state.open)
            return (state.blobs[name]?[descriptor.digest], state.knowsRanges)
        }
        guard let bytes else { throw missing("blob \(descriptor.digest)") }
        let start = knowsRanges ? range?.lowerBound ?? 0 : 0
        return BlobDownload(offset: start, body: registry.read(descriptor.digest, bytes, from: start), source: repository.domain)
    }

    func hasBlob(_ digest: Digest) async throws(WharfError) -> Bool { registry.state.withLock { $0.blobs[name]?[digest] != nil } }

    func mountBlob(_ digest: Digest, from other: String) async throws(WharfError) -> Bool {
        registry.state.withLock { state in
            guard let bytes = state.blobs[other]?[digest] else { return false }
            state.blobs[name, default: [:]][digest] = bytes
            state.mounts[digest] = other
            return true
        }
    }

    func upload(
        _ descriptor: ContentDescriptor, body: @escaping @Sendable (Int64) async throws -> BlobBytes,
        progress: @escaping @Sendable (Int64) -> Void, onRetry: @escaping @Sendable (RegistryRetry) -> Void
    ) async throws(WharfError) {
        var bytes: [UInt8] = []
        do {
            for try await chunk in try await body(0) {
                bytes += chunk
                progress(Int64(bytes.count))
            }
        } catch {
            throw WharfError(.unavailable, "\(error)", cause: error)
        }
        guard ContentHasher.digest(of: bytes) == descriptor.digest else { throw WharfError(.dataLoss, "the upload has another digest") }
        registry.state.withLock { [bytes] state in
            state.blobs[name, default: [:]][descriptor.digest] = bytes
            state.uploads[descriptor.digest, default: 0] += 1
        }
    }

    func hasManifest(_ digest: Digest) async throws(WharfError) -> Bool {
        registry.state.withLock { $0.manifests[name]?[digest.description] != nil }
    }

    func putManifest(_ bytes: [UInt8], mediaType: String, digest: Digest, tag: String?) async throws(WharfError) {
        guard ContentHasher.digest(of: bytes) == digest else { throw WharfError(.dataLoss, "the manifest has another digest") }
        let isWhole = registry.state.withLock { state -> Bool in
            guard let manifest = try? Manifest.parse(bytes) else { return true }
            return ([manifest.config] + manifest.layers).allSatisfy { state.blobs[name]?[$0.digest] != nil }
        }
        guard isWhole else { throw WharfError(.invalidArgument, "manifest blob unknown") }
        registry.state.withLock { $0.put(name, tag, mediaType, bytes) }
    }

    func tags() async throws(WharfError) -> [String] {
        registry.state.withLock { $0.manifests[name, default: [:]].keys.filter { Digest($0) == nil }.sorted() }
    }

    func referrers(of digest: Digest) async throws(WharfError) -> [ContentDescriptor] { [] }
}
