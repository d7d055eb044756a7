// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `tag`: another name for an image.

import Synchronization
import WharfBlocking
import WharfError
import WharfJSON
import WharfMetadata
public import WharfOCI

extension ImageStore {
    /// Gives the image that `name` means the name `reference` too; another image that had it loses it.
    ///
    /// - Returns: the image and the full name.
    /// - Throws: `notFound`; `invalidArgument` for a malformed name or one with a digest.
    @discardableResult
    public func tag(_ name: String, as reference: String) async throws -> (image: Image, reference: Reference) {
        let image = try resolve(name)
        let parsed: Reference
        do { parsed = try Reference.parse(reference) } catch { throw WharfError(.invalidArgument, error.description, cause: error) }
        guard parsed.digest == nil else { throw WharfError(.invalidArgument, "refusing to create a tag with a digest reference") }
        guard parsed.familiarName != Digest.Algorithm.sha256.rawValue else {
            throw WharfError(.invalidArgument, "refusing to create an ambiguous tag using digest algorithm as name")
        }
        let full = parsed.withDefaultTag
        return try await blocking.own { [self] in
            try changes.withLock { _ in
                guard table.withLock({ $0.images[image.id] }) != nil else { throw WharfError(.notFound, "No such image: \(image.id)") }
                let record = ReferenceRecord(full, image: image.id, tagged: .now())
                try converting("tag \(full.familiar)") { try metadata.write(durable: true) { try $0.put(record) } }
                return table.withLock { table in
                    table.put(record)
                    return (table.image(image.id) ?? image, full)
                }
            }
        }
    }
}
