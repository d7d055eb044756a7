// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `pull`: resolve, choose, fetch, unpack, and make it real. Each name becomes real on its own; what several pulls want at
// the same time is fetched once.

import WharfError
public import WharfOCI
import WharfRegistryClient

extension ImageStore {
    /// Brings an image here from its registry. Cancelling keeps what was downloaded for the next attempt.
    ///
    /// - Parameter progress: called from any thread, in order for each layer.
    /// - Throws: what the registry said, with Docker's texts; `notFound` if it has nothing for the platform; `invalidArgument`
    ///   for documents and layers that are not what they should be. Then nothing new is visible.
    public func pull(
        _ reference: Reference, options: PullOptions = PullOptions(), progress: @escaping @Sendable (PullProgress) -> Void = { _ in }
    ) async throws -> [PulledImage] {
        let session = try session(reference, options.credentials, .pull)
        await waitForRoom()
        guard options.allTags else { return [try await pull(reference.withDefaultTag, session, options, progress)] }
        guard reference.isNameOnly else {
            throw WharfError(.invalidArgument, "tag can't be used with --all-tags/-a")
        }
        var pulled: [PulledImage] = []
        for tag in try await session.tags() {
            guard let name = reference.with(tag: tag) else {
                throw WharfError(
                    .invalidArgument, "\(reference.name): the registry names a tag that can't be one: \(displayName(tag.utf8))")
            }
            pulled.append(try await pull(name, session, options, progress))
        }
        return pulled
    }

    private func pull(
        _ reference: Reference, _ session: any RegistrySession, _ options: PullOptions,
        _ progress: @escaping @Sendable (PullProgress) -> Void
    ) async throws -> PulledImage {
        let job = PullJob(self, session: session, reference: reference, platform: options.platform, progress: progress)
        do {
            let image = try await job.run()
            await job.end()
            progress(.finished(image.reference, isNewer: image.isNewer))
            return image
        } catch {
            // Whoever is told of the failure may try again at once: nothing of this attempt is under way then.
            await job.end()
            throw asWharfError(error, "pull \(reference.familiar)")
        }
    }

    /// A session on a repository. - Throws: `unavailable` in a store that was opened without registries.
    func session(
        _ reference: Reference, _ credentials: ImageCredentials?, _ actions: RegistryActions
    ) throws(WharfError) -> any RegistrySession {
        try access().repository(reference.withoutSuffix, credentials: credentials?.forRegistry, actions: actions)
    }

    func access() throws(WharfError) -> any RegistryAccess {
        guard let registries else { throw WharfError(.unavailable, "this daemon was started without access to registries") }
        return registries
    }
}

extension ImageCredentials {
    var forRegistry: RegistryCredentials {
        RegistryCredentials(username: username, password: password, identityToken: identityToken, registryToken: registryToken)
    }
}
