// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One image's parts: a config and layers. Read from hostile archives and registries, so what a document claims to be
// is checked against what it has (a document that is both manifest and index is refused).

public import WharfJSON

/// An image manifest, OCI's or Docker's schema 2 (OCI image spec, manifest.md).
public struct Manifest: Sendable, Equatable {
    /// 2.
    public var schemaVersion: Int
    /// Empty in old OCI documents; then the descriptor that pointed here names the type.
    public var mediaType: String
    public var artifactType: String?
    public var config: ContentDescriptor
    /// From the bottom up.
    public var layers: [ContentDescriptor]
    public var subject: ContentDescriptor?
    public var annotations: [String: String]

    public init(
        mediaType: String = MediaType.ociManifest, artifactType: String? = nil,
        config: ContentDescriptor, layers: [ContentDescriptor],
        subject: ContentDescriptor? = nil, annotations: [String: String] = [:]
    ) {
        schemaVersion = 2
        self.mediaType = mediaType
        self.artifactType = artifactType
        self.config = config
        self.layers = layers
        self.subject = subject
        self.annotations = annotations
    }

    /// The longest document that is read, 4 MiB as registries have it.
    public static let limits = JSONLimits(bytes: 4 << 20, depth: 32)
    /// More layers than this are refused: no kernel mounts them and no builder makes them.
    public static let layerLimit = 512

    /// Reads a document; refuses one that is (also) an index, has a foreign type or too many layers.
    public static func parse(_ bytes: [UInt8]) throws(JSONError) -> Manifest {
        let document = try JSON.parse(bytes, limits: limits)
        guard document["manifests"] == nil else {
            throw .invalid("the manifest has the field \"manifests\" of an index")
        }
        guard document["fsLayers"] == nil, document["schemaVersion"]?.int != 1 else {
            throw .invalid(
                "docker image manifest version 2, schema 1 is not supported: push the image again with a current tool"
            )
        }
        guard document["config"]?.object != nil else { throw .invalid("the manifest has no config") }
        let manifest: Manifest
        do {
            manifest = try JSON.decode(Manifest.self, from: document)
        } catch let error as JSONError {
            throw error
        } catch {
            throw .invalid("\(error)")
        }
        guard manifest.schemaVersion == 2 else {
            throw .invalid("unknown manifest schema version \(manifest.schemaVersion)")
        }
        guard manifest.mediaType.isEmpty || MediaType.isManifest(manifest.mediaType) else {
            throw .invalid("\"\(manifest.mediaType)\" is not the media type of a manifest")
        }
        guard manifest.layers.count <= layerLimit else {
            throw .invalid("the manifest has \(manifest.layers.count) layers, more than \(layerLimit)")
        }
        return manifest
    }
}

extension Manifest: JSONWritable, Decodable {
    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("schemaVersion", schemaVersion)
            json.nonEmpty("mediaType", mediaType)
            json.optional("artifactType", artifactType)
            json.field("config", config)
            json.field("layers", layers)
            json.optional("subject", subject)
            json.nonEmpty("annotations", annotations)
        }
    }
}
