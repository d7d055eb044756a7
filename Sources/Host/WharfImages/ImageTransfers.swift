// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The verbs that reach out of this host or measure it, before they have files of their own.

import WharfError
import WharfJSON
public import WharfOCI

extension ImageStore {
    private var missing: WharfError { WharfError(.notImplemented, "this verb of images is not built yet") }

    /// Brings an image here from its registry. Cancelling keeps what was downloaded for the next attempt.
    ///
    /// - Parameter progress: called from any thread, in order for each layer.
    /// - Throws: what the registry said, with Docker's texts; `invalidArgument` for what it sent; then nothing is visible.
    public func pull(
        _ reference: Reference, options: PullOptions = PullOptions(), progress: @escaping @Sendable (PullProgress) -> Void = { _ in }
    ) async throws -> [PulledImage] { throw missing }

    /// Sends an image to the registry that its name says.
    ///
    /// - Throws: `notFound` for a name that means nothing here; what the registry said.
    public func push(
        _ reference: Reference, options: PushOptions = PushOptions(), progress: @escaping @Sendable (PushProgress) -> Void = { _ in }
    ) async throws -> [PushedImage] { throw missing }

    /// Writes images as one tar that is a `docker save` archive and an OCI layout.
    ///
    /// - Throws: `notFound` for a name, before the first byte.
    public func save(_ names: [String], platform: Platform? = nil) async throws -> SaveStream { throw missing }

    /// Removes images that nothing uses.
    public func prune(_ options: PruneOptions) async throws -> PruneResult { throw missing }

    /// What images take on the disk.
    public func diskUsage() async throws -> ImageUsage { throw missing }

    /// Makes an image of what a container changed.
    ///
    /// - Parameters:
    ///   - key: the container's root, see `prepare`.
    ///   - base: the image it was made of; nil for none.
    public func commit(key: String, base: Digest?, options: CommitOptions) async throws -> LoadedImage { throw missing }

    /// What a name means in its registry.
    public func remote(_ reference: Reference, credentials: ImageCredentials? = nil) async throws -> RemoteImage { throw missing }

    /// Repositories of a registry that match a term. - Parameter registry: `docker.io` if empty.
    public func search(
        _ term: String, registry: String = "", limit: Int = 25, credentials: ImageCredentials? = nil
    ) async throws -> [FoundRepository] { throw missing }

    /// Tries credentials. - Throws: `unauthorized` with the registry's words.
    public func login(_ server: String, credentials: ImageCredentials) async throws -> LoginAnswer { throw missing }
}
