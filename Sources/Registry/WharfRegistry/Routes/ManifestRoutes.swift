// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Manifests by tag and by digest (distribution spec 1.1, "Pulling manifests", "Pushing manifests", "Deleting manifests").

import WharfHTTP
import WharfOCI

extension DistributionAPI {
    static let manifestRoutes: [HTTPRoute<Handler>] = [
        HTTPRoute("GET", "/v2/{name...}/manifests/{reference}", { api, request in try await api.getManifest(request) }),
        HTTPRoute("PUT", "/v2/{name...}/manifests/{reference}", { api, request in try await api.putManifest(request) }),
        HTTPRoute(
            "DELETE", "/v2/{name...}/manifests/{reference}",
            { api, request in
                try await api.store.delete(try request.manifestReference(), of: try request.repository())
                return HTTPResponse(202)
            }),
    ]

    private func getManifest(_ request: HTTPRequest) async throws(RegistryError) -> HTTPResponse {
        let manifest = try await store.manifest(try request.manifestReference(), of: try request.repository())
        let headers: HTTPHeaders = [
            "Content-Type": manifest.mediaType, "Docker-Content-Digest": manifest.digest.description, "ETag": "\"\(manifest.digest)\"",
        ]
        if request.headers.all("If-None-Match").contains("\"\(manifest.digest)\"") { return HTTPResponse(304, headers: headers) }
        return HTTPResponse(200, headers: headers, content: .bytes(manifest.bytes))
    }

    private func putManifest(_ request: HTTPRequest) async throws(RegistryError) -> HTTPResponse {
        let repository = try request.repository()
        let reference = try request.manifestReference()
        var tags = try request.query.all("tag").map { text throws(RegistryError) in
            guard let tag = TagName(text) else { throw RegistryError(.tagInvalid, "invalid tag \"\(text)\"") }
            return tag
        }
        let expected: Digest?
        switch reference {
        case .digest(let digest): expected = digest
        case .tag(let tag):
            expected = nil
            tags.append(tag)
        }
        let mediaType = request.headers["Content-Type"].map { String($0.prefix { $0 != ";" }) } ?? ""
        guard !mediaType.isEmpty, mediaType.utf8.count <= 255, mediaType.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw RegistryError(.manifestInvalid, "the Content-Type \"\(mediaType)\" is no media type")
        }
        let bytes: [UInt8]
        do {
            bytes = try await request.body.collect(upTo: StoredManifest.limit)
        } catch {
            throw RegistryError(.sizeInvalid, "a manifest has at most \(StoredManifest.limit) bytes", cause: error)
        }
        let manifest = try await store.putManifest(bytes, mediaType: mediaType, digest: expected, tags: tags, in: repository)
        var headers: HTTPHeaders = [
            "Location": "/v2/\(repository)/manifests/\(manifest.digest)", "Docker-Content-Digest": manifest.digest.description,
            "Content-Length": "0",
        ]
        if let subject = manifest.subject { headers.add("OCI-Subject", subject.description) }
        for tag in request.query.all("tag") { headers.add("OCI-Tag", tag) }
        return HTTPResponse(201, headers: headers)
    }
}

extension HTTPRequest {
    fileprivate func manifestReference() throws(RegistryError) -> ManifestReference {
        let text = parameters["reference"] ?? ""
        if let reference = ManifestReference(text) { return reference }
        throw text.contains(":")
            ? RegistryError(.digestInvalid, "invalid digest \"\(text)\"") : RegistryError(.tagInvalid, "invalid tag \"\(text)\"")
    }
}
