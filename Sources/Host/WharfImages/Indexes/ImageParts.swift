// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The manifests of an image as lists show them: one for an image of one platform, all that its index names for others, those
// that are not here too.

import Synchronization
import WharfBlocking
import WharfContent
import WharfError
public import WharfOCI

/// One manifest that belongs to an image.
public struct ImagePart: Sendable {
    /// What a manifest is about.
    public enum Kind: Sendable, Equatable {
        case image
        /// Says how another manifest was built.
        case attestation(of: Digest?)
        case unknown
    }

    /// As the index says it, with its platform where that is known.
    public let descriptor: ContentDescriptor
    public let kind: Kind
    /// Everything that it names is here.
    public let isAvailable: Bool
    /// Bytes of its blobs that are here.
    public let contentSize: Int64
    /// The image that it is here.
    public let image: Image?
}

extension ImageStore {
    /// The manifests of an image and of the other platforms of its name.
    ///
    /// - Throws: `notFound` for an image that is gone.
    public func parts(_ image: Image) async throws -> [ImagePart] {
        try await blocking.own { [self] in
            try converting("manifests of \(image.id)") {
                guard let index = image.index.flatMap({ index in table.withLock { $0.indexes[index.digest] } }) else {
                    return [try part(image)]
                }
                return try IndexTree(index, content).entries.map(part)
            }
        }
    }

    private func part(_ image: Image) throws -> ImagePart {
        guard let record = table.withLock({ $0.images[image.id] }) else { throw WharfError(.notFound, "No such image: \(image.id)") }
        var descriptor = image.manifest
        descriptor.platform = image.platform
        let (bytes, isWhole) = try size(record.blobs)
        return ImagePart(descriptor: descriptor, kind: .image, isAvailable: isWhole, contentSize: bytes, image: image)
    }

    private func part(_ entry: IndexTree.Entry) throws -> ImagePart {
        let image = entry.member?.image.flatMap { id in table.withLock { $0.image(id) } }
        var descriptor = entry.descriptor
        let kind: ImagePart.Kind
        if Index.isAttestation(descriptor) {
            kind = .attestation(of: descriptor.annotations[Index.attestedAnnotation].flatMap { Digest($0) })
        } else {
            kind = descriptor.artifactType == nil ? .image : .unknown
            if descriptor.platform == nil { descriptor.platform = image?.platform }
        }
        let (bytes, isWhole) = try size(entry.member?.blobs ?? [])
        return ImagePart(
            descriptor: descriptor, kind: kind, isAvailable: entry.member != nil && isWhole, contentSize: bytes, image: image)
    }

    /// Bytes of blobs, each once, and whether all of them are here.
    private func size(_ blobs: [Digest]) throws -> (bytes: Int64, isWhole: Bool) {
        var (bytes, isWhole) = (Int64(0), true)
        for blob in Set(blobs) {
            if let status = try content.status(blob) { bytes += status.size } else { isWhole = false }
        }
        return (bytes, isWhole)
    }
}
