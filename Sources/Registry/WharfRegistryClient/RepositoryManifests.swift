// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Manifests and indexes: fetched whole, and believed only as far as their bytes go (distribution spec 1.1, "Pulling manifests").

public import WharfError
internal import WharfHTTP
internal import WharfOutbound
public import WharfOCI

extension RepositorySession {
    public func describe(_ reference: Reference) async throws(WharfError) -> ContentDescriptor {
        do {
            let found = try await ask(.resolve) { host throws(RegistryProblem) in try await self.head(reference, host) }
            if let found { return found }
        } catch {
            throw error.error(.pull, repository, reference: reference)
        }
        return try await resolve(reference).descriptor
    }

    public func resolve(_ reference: Reference) async throws(WharfError) -> FetchedManifest {
        do {
            return try await ask(.resolve) { host throws(RegistryProblem) in
                try await self.fetch(reference.digest, tag: reference.tag, size: nil, type: nil, host)
            }
        } catch {
            throw error.error(.pull, repository, reference: reference)
        }
    }

    public func manifest(_ descriptor: ContentDescriptor) async throws(WharfError) -> FetchedManifest {
        do {
            return try await ask(.pull) { host throws(RegistryProblem) in
                try await self.fetch(descriptor.digest, tag: nil, size: descriptor.size, type: descriptor.mediaType, host)
            }
        } catch {
            throw error.error(.pull, repository, reference: repository.with(digest: descriptor.digest))
        }
    }

    public func hasManifest(_ digest: Digest) async throws(WharfError) -> Bool {
        do {
            return try await ask(.push) { host throws(RegistryProblem) in
                var request = self.request("HEAD", host, "/manifests/\(digest)")
                request.headers.add("Accept", ManifestCheck.accepted)
                return try await self.send(request, to: host, expecting: [200, 404]).status == 200
            }
        } catch {
            throw error.error(.push, repository)
        }
    }

    public func putManifest(_ bytes: [UInt8], mediaType: String, digest: Digest, tag: String?) async throws(WharfError) {
        do throws(RegistryProblem) {
            guard ContentHash.matches(bytes, digest) else {
                throw RegistryProblem(.lie, "the manifest is not what its digest \(digest) says")
            }
            try await ask(.push) { host throws(RegistryProblem) in
                var request = self.request("PUT", host, "/manifests/\(tag ?? digest.description)")
                request.headers["Content-Type"] = mediaType
                request.content = .bytes(bytes)
                request.answerTime = self.settings.answerTime
                let reply = try await self.send(request, to: host, expecting: [200, 201, 202])
                // Absent from old registries; another subject's header (OCI-Subject) is nothing to us.
                if let told = reply.headers["Docker-Content-Digest"].flatMap({ Digest($0) }), told.algorithm == digest.algorithm,
                    told != digest
                {
                    throw RegistryProblem(.lie, "\(request.what): the registry stored \(told) where \(digest) was sent")
                }
            }
        } catch {
            throw error.error(.push, repository)
        }
    }

    // MARK: One server

    /// What HEAD says, nil when it does not say enough.
    private func head(_ reference: Reference, _ host: RegistryHost) async throws(RegistryProblem) -> ContentDescriptor? {
        var request = request("HEAD", host, "/manifests/\(reference.digest?.description ?? reference.tag ?? "latest")")
        request.headers.add("Accept", ManifestCheck.accepted)
        let reply = try await requester.send(request, to: host, as: authorizer)
        // A HEAD answer has no error document: what it says no to is asked again, for the words.
        guard reply.status == 200, let size = reply.headers["Content-Length"].flatMap({ Int64($0) }), size > 0,
            let digest = reply.headers["Docker-Content-Digest"].flatMap({ Digest($0) })
        else { return nil }
        let type = ManifestCheck.mediaType(of: reply.headers)
        guard MediaType.isManifest(type) || MediaType.isIndex(type) else { return nil }
        if let wanted = reference.digest, wanted != digest {
            throw RegistryProblem(.lie, "\(request.what): the registry answers with \(digest) to \(wanted)")
        }
        return ContentDescriptor(mediaType: type, digest: digest, size: size)
    }

    private func fetch(
        _ digest: Digest?, tag: String?, size: Int64?, type: String?, _ host: RegistryHost
    ) async throws(RegistryProblem) -> FetchedManifest {
        var request = request("GET", host, "/manifests/\(digest?.description ?? tag ?? "latest")")
        request.headers.add("Accept", ManifestCheck.accepted)
        let reply = try await send(request, to: host, expecting: [200])
        try reply.refuseEncoding()
        let bytes = try await reply.collect(upTo: ManifestCheck.limit, "the manifest")
        let check = ManifestCheck(bytes: bytes, reply: reply, repository: repository)
        return FetchedManifest(descriptor: try check.descriptor(digest: digest, size: size, type: type), bytes: bytes, source: host.name)
    }
}
