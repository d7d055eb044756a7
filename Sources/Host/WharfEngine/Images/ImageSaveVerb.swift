// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `GET /images/x/get` and `GET /images/get`: images out as one archive.

public import WharfDockerAPI
import WharfError
import WharfImages
import WharfOCI

extension Images {
    /// Writes images as an archive that is `docker save`'s and an OCI layout.
    ///
    /// - Parameters:
    ///   - platforms: only what is for these; empty for all that is here.
    ///   - write: gets the archive, at the client's pace; when it throws the work ends.
    /// - Throws: `notFound` for a name, before the first byte.
    public func save(
        _ names: [String], platforms: [OCIPlatform] = [], write: @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        let wanted = platforms.map { Platform($0) }
        var saved: [Image] = []
        for name in names {
            let image = try store.resolve(name, platform: wanted.first)
            if !saved.contains(where: { $0.id == image.id }) { saved.append(image) }
        }
        for try await chunk in try await store.save(names, platforms: wanted) { try await write(chunk) }
        await publish(saved.map { .image("save", id: $0.id.description, name: $0.id.description, labels: $0.labels) })
    }
}
