// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `GET /images/json`: from the views of images and containers alone, but for manifests, whose sizes lie on the disk.

public import WharfDockerAPI
import WharfError
import WharfImages
import WharfJSON
import WharfOCI

extension Images {
    /// Images, newest first.
    ///
    /// - Throws: `invalidArgument` for a filter that is none, `notFound` for `before` and `since`.
    public func list(_ options: ImageListOptions = ImageListOptions()) async throws -> [ImageSummary] {
        let selection = try ImageSelection(options.filters, store)
        let all = store.list()
        let users = containersByImage()
        let sharing = options.sharedSize ? LayerSharing(all) : nil
        var summaries: [ImageSummary] = []
        // Further platforms of a name are among its manifests.
        for image in all where !image.isVariant && selection.includes(image) {
            var summary = ImageSummary(image, matching: selection)
            let variants = image.index == nil ? [image] : store.variants(of: image)
            summary.containers = Int64(variants.reduce(0) { $0 + (users[$1.id.description]?.count ?? 0) })
            if let sharing { summary.sharedSize = sharing.shared(image) }
            if options.manifests { summary.manifests = try await manifests(image, users: users) }
            summaries.append(summary)
        }
        return summaries
    }

    /// Ids of containers, running or not, by the id of their image.
    func containersByImage() -> [String: [String]] {
        containers.table.all().reduce(into: [:]) { $0[$1.imageID, default: []].append($1.id) }
    }

    /// The image's manifests, as list and inspect show them: those that are not here too.
    ///
    /// - Parameter users: ids of containers by the id of their image.
    func manifests(_ image: Image, users: [String: [String]]) async throws -> [ImageManifestSummary] {
        try await store.parts(image).map { part in
            var summary = ImageManifestSummary()
            summary.id = part.descriptor.digest.description
            summary.descriptor = OCIDescriptor(part.descriptor)
            summary.available = part.isAvailable
            let unpacked = part.image?.size ?? 0
            summary.size = .init(total: part.contentSize + unpacked, content: part.contentSize)
            switch part.kind {
            case .image:
                summary.imageData = .init(
                    platform: part.descriptor.platform.map { OCIPlatform($0) } ?? OCIPlatform(),
                    containers: part.image.flatMap { users[$0.id.description] } ?? [], unpackedSize: unpacked)
            case .attestation(let digest):
                summary.kind = "attestation"
                summary.attestationData = .init(of: digest?.description ?? "")
            case .unknown: summary.kind = "unknown"
            }
            return summary
        }
    }
}

/// Which layers belong to several images.
struct LayerSharing {
    private var users: [Digest: Int] = [:]

    init(_ images: [Image]) {
        for image in images {
            for layer in image.layers { users[layer.chainID, default: 0] += 1 }
        }
    }

    /// Bytes of an image's layers that others have too.
    func shared(_ image: Image) -> Int64 {
        image.layers.reduce(0) { (users[$1.chainID] ?? 0) > 1 ? $0 + $1.size : $0 }
    }
}

extension ImageSummary {
    init(_ image: Image, matching selection: ImageSelection? = nil) {
        self.init()
        let names = selection.map { image.references.filter($0.includes) } ?? image.references
        id = image.id.description
        created = image.created == .zero ? 0 : image.created.seconds
        labels = image.labels
        repoTags = names.filter { $0.digest == nil }.map(\.familiar)
        repoDigests = names.filter { $0.digest != nil }.map(\.familiar)
        size = image.size
        descriptor = OCIDescriptor(image.index ?? image.manifest)
    }
}
