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
        for image in all where selection.includes(image) {
            var summary = ImageSummary(image, matching: selection)
            let containers = users[image.id.description] ?? []
            summary.containers = Int64(containers.count)
            if let sharing { summary.sharedSize = sharing.shared(image) }
            if options.manifests { summary.manifests = [try await manifest(image, containers: containers)] }
            summaries.append(summary)
        }
        return summaries
    }

    /// Ids of containers, running or not, by the id of their image.
    func containersByImage() -> [String: [String]] {
        containers.table.all().reduce(into: [:]) { $0[$1.imageID, default: []].append($1.id) }
    }

    /// The image's manifest, as list and inspect show it.
    func manifest(_ image: Image, containers: [String]) async throws -> ImageManifestSummary {
        let content = try await store.contentSize(image.id)
        var summary = ImageManifestSummary()
        summary.id = image.manifest.digest.description
        summary.descriptor = OCIDescriptor(image.manifest, platform: image.platform)
        summary.available = content.isComplete
        summary.size = .init(total: content.bytes + image.size, content: content.bytes)
        summary.imageData = .init(platform: OCIPlatform(image.platform), containers: containers, unpackedSize: image.size)
        return summary
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
        descriptor = OCIDescriptor(image.manifest)
    }
}
