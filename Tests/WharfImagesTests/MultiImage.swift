// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One image for several platforms with an attestation, as BuildKit makes them: in a registry, and as an OCI layout.

import Synchronization
import WharfContent
import WharfJSON
import WharfOCI
import WharfTestKit

/// An index of two images, what attests the first, and one that is for another system.
struct MultiImage {
    static let foreign = Platform(architecture: "s390x")

    let own: SampleImage
    let other: SampleImage
    let attestation: [UInt8]
    let statement: [UInt8]
    let attestationConfig = Array("{\"architecture\":\"unknown\",\"os\":\"unknown\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}".utf8)
    let document: [UInt8]
    let inner: [UInt8]?

    /// - Parameters:
    ///   - text: makes it another image.
    ///   - isNested: the index stands in an index.
    init(_ text: String = "one", isNested: Bool = false) {
        let base = SampleImage.layer("etc/base", "base")
        own = SampleImage([], layers: [base, SampleImage.layer("etc/of", "host \(text)")], compressed: true)
        other = SampleImage([], layers: [base, SampleImage.layer("etc/of", "other \(text)")], platform: Self.foreign, compressed: true)
        statement = Array("{\"_type\":\"https://in-toto.io/Statement/v0.1\",\"text\":\"\(text)\"}".utf8)
        attestation = JSON.encode(
            Manifest(
                config: Self.descriptor(attestationConfig, MediaType.ociConfig),
                layers: [
                    ContentDescriptor(
                        mediaType: "application/vnd.in-toto+json", digest: ContentHasher.digest(of: statement),
                        size: Int64(statement.count),
                        annotations: ["in-toto.io/predicate-type": "https://slsa.dev/provenance/v0.2"])
                ]))
        var first = own.descriptor
        first.platform = .host
        var second = other.descriptor
        second.platform = Self.foreign
        var about = Self.descriptor(attestation, MediaType.ociManifest)
        about.platform = Platform(os: "unknown", architecture: "unknown")
        about.annotations = [
            "vnd.docker.reference.type": "attestation-manifest", Index.attestedAnnotation: own.descriptor.digest.description,
        ]
        let index = JSON.encode(Index(manifests: [second, first, about]))
        inner = isNested ? index : nil
        document = isNested ? JSON.encode(Index(manifests: [Self.descriptor(index, MediaType.ociIndex)])) : index
    }

    var digest: Digest { ContentHasher.digest(of: document) }

    static func descriptor(_ bytes: [UInt8], _ type: String) -> ContentDescriptor {
        ContentDescriptor(mediaType: type, digest: ContentHasher.digest(of: bytes), size: Int64(bytes.count))
    }

    /// Puts all of it into a registry.
    func put(_ registry: MemoryRegistry, _ repository: String, tag: String) {
        for image in [own, other] { registry.add(image, repository, tag: nil) }
        registry.state.withLock { state in
            for bytes in [statement, attestationConfig] { state.blobs[repository, default: [:]][ContentHasher.digest(of: bytes)] = bytes }
        }
        registry.add(attestation, type: MediaType.ociManifest, repository, tag: nil)
        if let inner { registry.add(inner, type: MediaType.ociIndex, repository, tag: nil) }
        registry.add(document, type: MediaType.ociIndex, repository, tag: tag)
    }

    /// An OCI layout with all of it, as `buildx build --output type=oci` writes one.
    func layout(_ name: String?, leavingOut missing: Set<Digest> = []) -> [UInt8] {
        var top = Self.descriptor(document, MediaType.ociIndex)
        if let name { top.annotations = [Index.imageNameAnnotation: name] }
        return SampleArchive.layout(
            [own, other], leavingOut: missing, index: JSON.encode(Index(manifests: [top])),
            extra: [document, attestation, statement, attestationConfig] + (inner.map { [$0] } ?? []))
    }
}
