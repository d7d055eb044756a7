// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Blobs on the way out (distribution spec 1.1, "Pushing blobs"): in one PUT, or in chunks where the registry or a setting wants
// them; after a broken connection the registry is asked how far it got.

public import WharfError
internal import WharfHTTP
internal import WharfOutbound
public import WharfOCI

extension RepositorySession {
    public func mountBlob(_ digest: Digest, from repository: String) async throws(WharfError) -> Bool {
        do {
            return try await ask(.push) { host throws(RegistryProblem) in
                var request = self.request("POST", host, "/blobs/uploads/")
                request.url = request.url.adding("mount", digest.description).adding("from", repository)
                request.scopes.append("repository:\(repository):pull")
                let reply = try await self.requester.send(request, to: host, as: self.authorizer)
                switch reply.status {
                case 201: return true
                case 202:
                    self.keepUpload(try UploadPlace(reply, host), for: digest)
                    return false
                // What may not be read there is sent from here.
                case 400, 401, 403, 404, 405: return false
                default: throw await reply.problem()
                }
            }
        } catch {
            if error.isDenied { return false }
            throw error.error(.push, self.repository)
        }
    }

    public func upload(
        _ descriptor: ContentDescriptor, body: @escaping @Sendable (_ offset: Int64) async throws -> BlobBytes,
        progress: @escaping @Sendable (Int64) -> Void, onRetry: @escaping @Sendable (RegistryRetry) -> Void
    ) async throws(WharfError) {
        let upload = BlobUpload(self, descriptor, body, progress)
        do {
            try await upload.run(onRetry)
        } catch let problem as RegistryProblem {
            throw problem.error(.push, repository)
        } catch {
            // What the blob's source threw.
            if let error = error as? WharfError { throw error }
            let code: WharfError.Code = error is CancellationError ? .cancelled : .internal
            throw WharfError(code, "push \(repository.familiarName): \(error)", cause: error)
        }
    }
}

/// An upload that a registry has opened: where its bytes go.
struct UploadPlace: Sendable {
    let url: WebURL
    let host: RegistryHost
    /// The smallest chunk that the registry takes, nil when it does not say.
    let smallestChunk: Int64?

    /// From an answer with a `Location`.
    init(_ reply: RegistryReply, _ host: RegistryHost) throws(RegistryProblem) {
        guard let text = reply.headers["Location"], let url = reply.url.resolving(text) else {
            throw RegistryProblem(.lie, "\(reply.what): the registry does not say where the upload goes")
        }
        guard url.scheme == .https || host.isInsecure else {
            throw RegistryProblem(.lie, "\(reply.what): the registry wants the upload at \(url.authority) without TLS")
        }
        self.url = url
        self.host = host
        smallestChunk = reply.headers["OCI-Chunk-Min-Length"].flatMap { Int64($0) }.flatMap { $0 > 0 ? $0 : nil }
    }
}
