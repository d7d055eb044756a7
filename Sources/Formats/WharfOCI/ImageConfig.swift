// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// An image's configuration document: what to run, and which layers in which order. Its digest is the image's id. The
// document's own bytes are kept as a blob; this is only the view that the engine works with.

public import WharfJSON

/// The parts of an image configuration that Wharf acts on or shows (OCI image spec, config.md, and Docker's additions).
public struct ImageConfig: Sendable, Equatable {
    /// `Timestamp.zero` where the document has none (reproducible builds).
    public var created: Timestamp
    public var author: String
    public var architecture: String
    public var os: String
    public var variant: String
    public var osVersion: String
    public var osFeatures: [String]
    public var config: ContainerDefaults
    public var rootfs: RootFS
    public var history: [History]
    /// Docker's classic builder: the parent image's id, the container and config it was committed from, a remark and
    /// the version that made it.
    public var parent: String
    public var container: String
    public var containerConfig: ContainerDefaults?
    public var comment: String
    public var dockerVersion: String

    /// The layers, by the hash of their uncompressed tar.
    public struct RootFS: Sendable, Equatable, Decodable {
        /// `layers`.
        public var type: String
        /// From the bottom up.
        public var diffIDs: [Digest]

        public init(diffIDs: [Digest]) {
            type = "layers"
            self.diffIDs = diffIDs
        }

        private enum CodingKeys: String, CodingKey {
            case type
            case diffIDs = "diff_ids"
        }
    }

    /// One step of how the image came to be.
    public struct History: Sendable, Equatable, Decodable {
        public var created: Timestamp
        public var createdBy: String
        public var author: String
        public var comment: String
        /// The step changed no file and has no layer.
        public var emptyLayer: Bool

        public init(
            created: Timestamp = .zero, createdBy: String = "", author: String = "", comment: String = "",
            emptyLayer: Bool = false
        ) {
            self.created = created
            self.createdBy = createdBy
            self.author = author
            self.comment = comment
            self.emptyLayer = emptyLayer
        }

        private enum CodingKeys: String, CodingKey {
            case created, author, comment
            case createdBy = "created_by"
            case emptyLayer = "empty_layer"
        }
    }

    public init(
        platform: Platform, created: Timestamp, config: ContainerDefaults = ContainerDefaults(),
        diffIDs: [Digest], history: [History] = []
    ) {
        self.created = created
        author = ""
        architecture = platform.architecture
        os = platform.os
        variant = platform.variant
        osVersion = platform.osVersion
        osFeatures = platform.osFeatures
        self.config = config
        rootfs = RootFS(diffIDs: diffIDs)
        self.history = history
        parent = ""
        container = ""
        containerConfig = nil
        comment = ""
        dockerVersion = ""
    }

    public var platform: Platform {
        Platform(
            os: os.isEmpty ? "linux" : os,
            architecture: architecture.isEmpty ? Platform.host.architecture : architecture,
            variant: variant,
            osVersion: osVersion, osFeatures: osFeatures)
    }

    /// The longest document that is read: 8 MiB.
    public static let limits = JSONLimits(bytes: 8 << 20, depth: 32)

    /// Reads a document; refuses too many layers and a root file system that is not made of layers.
    public static func parse(_ bytes: [UInt8]) throws(JSONError) -> ImageConfig {
        let document = try JSON.parse(bytes, limits: limits)
        guard document["rootfs"]?.object != nil else {
            throw .invalid("the image config has no rootfs")
        }
        let config: ImageConfig
        do {
            config = try JSON.decode(ImageConfig.self, from: document)
        } catch let error as JSONError {
            throw error
        } catch {
            throw .invalid("\(error)")
        }
        guard config.rootfs.type.isEmpty || config.rootfs.type == "layers" else {
            throw .invalid("the image config's rootfs has the unknown type \"\(config.rootfs.type)\"")
        }
        guard config.rootfs.diffIDs.count <= Manifest.layerLimit else {
            throw .invalid(
                "the image config has \(config.rootfs.diffIDs.count) layers, more than \(Manifest.layerLimit)"
            )
        }
        return config
    }
}

extension ImageConfig: JSONWritable, Decodable {
    private enum CodingKeys: String, CodingKey {
        case created, author, architecture, os, variant, config, rootfs, history, parent, container,
            comment
        case osVersion = "os.version"
        case osFeatures = "os.features"
        case containerConfig = "container_config"
        case dockerVersion = "docker_version"
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("architecture", architecture)
            json.nonEmpty("author", author)
            json.nonEmpty("comment", comment)
            json.field("config", config)
            json.nonEmpty("container", container)
            json.optional("container_config", containerConfig)
            if created != .zero { json.field("created", created) }
            json.nonEmpty("docker_version", dockerVersion)
            json.array("history", history) { json, step in step.write(to: &json) }
            json.field("os", os)
            json.nonEmpty("os.features", osFeatures)
            json.nonEmpty("os.version", osVersion)
            json.nonEmpty("parent", parent)
            json.object("rootfs") { json in
                json.field("type", rootfs.type)
                json.field("diff_ids", rootfs.diffIDs)
            }
            json.nonEmpty("variant", variant)
        }
    }
}

extension ImageConfig.History: JSONWritable {
    public func write(to json: inout JSONWriter) {
        json.object { json in
            if created != .zero { json.field("created", created) }
            json.nonEmpty("created_by", createdBy)
            json.nonEmpty("author", author)
            json.nonEmpty("comment", comment)
            json.nonEmpty("empty_layer", emptyLayer)
        }
    }
}
