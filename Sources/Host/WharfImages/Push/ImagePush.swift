// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `push`: an image goes to the registry that its name says, manifest last: who sees the name there can have all of it.

import Synchronization
import WharfBlocking
import WharfError
import WharfJSON
import WharfLinux
import WharfMetadata
public import WharfOCI
import WharfRegistryClient

extension ImageStore {
    /// Sends an image to the registry that its name says.
    ///
    /// - Parameter progress: called from any thread, in order for each layer.
    /// - Throws: `notFound` for a name that means nothing here, with Docker's text; what the registry said.
    public func push(
        _ reference: Reference, options: PushOptions = PushOptions(), progress: @escaping @Sendable (PushProgress) -> Void = { _ in }
    ) async throws -> [PushedImage] {
        guard reference.digest == nil else { throw WharfError(.invalidArgument, "cannot push a digest reference") }
        guard !options.allTags || reference.tag == nil else {
            throw WharfError(.invalidArgument, "tag can't be used with --all-tags/-a")
        }
        let names = table.withLock { table in
            table.references.values.filter { $0.reference.name == reference.name && $0.reference.tag != nil }
        }
        let wanted: [ReferenceRecord]
        if options.allTags {
            wanted = names.sorted { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
            guard !wanted.isEmpty else {
                throw WharfError(.notFound, "An image does not exist locally with the tag: \(reference.familiarName)")
            }
        } else {
            let full = reference.withDefaultTag
            wanted = names.filter { $0.reference == full }
            guard !wanted.isEmpty else {
                throw WharfError(.notFound, "An image does not exist locally with the tag: \(reference.familiarName)")
            }
        }
        let session = try session(reference, options.credentials, .pullAndPush)
        progress(.repository(reference.name))
        var pushed: [PushedImage] = []
        for name in wanted {
            let job = PushJob(self, session: session, name: name, progress: progress)
            do { pushed.append(try await job.run(platform: options.platform)) } catch {
                throw asWharfError(error, "push \(name.reference.familiar)")
            }
        }
        return pushed
    }
}
