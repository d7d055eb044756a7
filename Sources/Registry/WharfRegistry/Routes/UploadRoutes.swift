// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Pushing blobs: in one request, in one piece, in chunks, or from another repository (distribution spec 1.1, "Pushing blobs").

import WharfHTTP
import WharfOCI

extension DistributionAPI {
    static let uploadRoutes: [HTTPRoute<Handler>] = [
        HTTPRoute("POST", "/v2/{name...}/blobs/uploads", { api, request in try await api.startUpload(request) }),
        HTTPRoute(
            "GET", "/v2/{name...}/blobs/uploads/{id}",
            { api, request in
                let repository = try request.repository()
                let id = request.parameters["id"] ?? ""
                return DistributionAPI.progress(204, id, of: repository, try await api.store.uploadOffset(id, in: repository))
            }),
        HTTPRoute(
            "PATCH", "/v2/{name...}/blobs/uploads/{id}",
            { api, request in
                let repository = try request.repository()
                let id = request.parameters["id"] ?? ""
                let range = try request.contentRange()
                do throws(RegistryError) {
                    let offset = try await api.store.append(request.body, to: id, in: repository, range: range)
                    return DistributionAPI.progress(202, id, of: repository, offset)
                } catch {
                    return try await api.refusedPiece(error, id, of: repository)
                }
            }),
        HTTPRoute(
            "PUT", "/v2/{name...}/blobs/uploads/{id}",
            { api, request in
                let repository = try request.repository()
                let id = request.parameters["id"] ?? ""
                guard let digest = request.query["digest"].flatMap(Digest.init) else {
                    throw RegistryError(.digestInvalid, "invalid digest \"\(request.query["digest"] ?? "")\"")
                }
                let range = try request.contentRange()
                do throws(RegistryError) {
                    _ = try await api.store.finishUpload(id, in: repository, with: request.body, range: range, digest: digest)
                } catch {
                    return try await api.refusedPiece(error, id, of: repository)
                }
                return DistributionAPI.created(digest, in: repository)
            }),
        HTTPRoute(
            "DELETE", "/v2/{name...}/blobs/uploads/{id}",
            { api, request in
                try await api.store.cancelUpload(request.parameters["id"] ?? "", in: try request.repository())
                return HTTPResponse(204)
            }),
    ]

    private func startUpload(_ request: HTTPRequest) async throws(RegistryError) -> HTTPResponse {
        let repository = try request.repository()
        if let text = request.query["mount"] {
            guard let digest = Digest(text) else { throw RegistryError(.digestInvalid, "invalid digest \"\(text)\"") }
            // Without a source the blob may be anywhere that the client may read; nothing but the repository itself is known to be.
            let source = request.query["from"].map(RepositoryName.init) ?? repository
            if let source, try await store.mountBlob(digest, from: source, to: repository) {
                return DistributionAPI.created(digest, in: repository)
            }
        }
        let id = try await store.startUpload(in: repository)
        guard let text = request.query["digest"] else { return DistributionAPI.progress(202, id, of: repository, 0) }
        do throws(RegistryError) {
            guard let digest = Digest(text) else { throw RegistryError(.digestInvalid, "invalid digest \"\(text)\"") }
            _ = try await store.finishUpload(id, in: repository, with: request.body, range: nil, digest: digest)
            return DistributionAPI.created(digest, in: repository)
        } catch {
            // Gone already after a wrong digest; nobody else knows its id.
            try? await store.cancelUpload(id, in: repository)
            throw error
        }
    }

    /// A piece that does not fit: the answer says where the upload is.
    private func refusedPiece(
        _ error: RegistryError, _ id: String, of repository: RepositoryName
    ) async throws(RegistryError) -> HTTPResponse {
        guard error.code == .rangeInvalid else { throw error }
        var refusal = DistributionAPI.refusal(error)
        let place = DistributionAPI.progress(416, id, of: repository, try await store.uploadOffset(id, in: repository))
        for (name, value) in place.headers.fields where name != "Content-Length" { refusal.headers.add(name, value) }
        return refusal
    }

    /// Where an upload goes on. `Range` is 0-0 for an empty one too, as clients of the first registries want it.
    private static func progress(_ status: Int, _ id: String, of repository: RepositoryName, _ offset: Int64) -> HTTPResponse {
        HTTPResponse(
            status,
            headers: [
                "Location": "/v2/\(repository)/blobs/uploads/\(id)", "Range": "0-\(max(0, offset - 1))", "Docker-Upload-Uuid": id,
                "Content-Length": "0",
            ])
    }

    private static func created(_ digest: Digest, in repository: RepositoryName) -> HTTPResponse {
        HTTPResponse(
            201,
            headers: [
                "Location": "/v2/\(repository)/blobs/\(digest)", "Docker-Content-Digest": digest.description, "Content-Length": "0",
            ])
    }
}

extension HTTPRequest {
    /// Where the body belongs in an upload; nil where the request does not say.
    fileprivate func contentRange() throws(RegistryError) -> UploadRange? {
        guard let text = headers["Content-Range"] else { return nil }
        guard let range = UploadRange(text) else { throw RegistryError(.rangeInvalid, "invalid Content-Range \"\(text)\"") }
        return range
    }
}
