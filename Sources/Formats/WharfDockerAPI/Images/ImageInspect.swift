// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The answer to `GET /images/{name}/json`.

public import WharfJSON

/// An image with its configuration.
public struct ImageInspect: Sendable, Equatable, Decodable, JSONWritable {
    public var id: String = ""
    public var repoTags: [String] = []
    public var repoDigests: [String] = []
    public var parent: String?
    public var comment: String?
    /// RFC 3339; empty when the image does not say.
    public var created: String = ""
    /// Up to API 1.44.
    public var container: String?
    /// Kept for docker-compose 1, which reads it when it makes a container anew.
    public var containerConfig: ContainerConfig?
    public var dockerVersion: String?
    public var author: String?
    public var config: ContainerConfig?
    public var architecture: String = ""
    public var variant: String = ""
    public var os: String = ""
    public var osVersion: String = ""
    public var size: Int64 = 0
    /// Up to API 1.43.
    public var virtualSize: Int64?
    public var graphDriver: DriverData?
    public var rootFS: ImageRootFS = ImageRootFS()
    public var metadata: ImageMetadata = ImageMetadata()
    /// Since API 1.48.
    public var descriptor: OCIDescriptor?
    /// Since API 1.48, where they were asked for.
    public var manifests: [ImageManifestSummary]?

    /// Write the configuration with all fields of a container's, as before API 1.50. Not on the wire.
    public var writesContainerFields: Bool = false

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case repoTags = "RepoTags"
        case repoDigests = "RepoDigests"
        case parent = "Parent"
        case comment = "Comment"
        case created = "Created"
        case container = "Container"
        case containerConfig = "ContainerConfig"
        case dockerVersion = "DockerVersion"
        case author = "Author"
        case config = "Config"
        case architecture = "Architecture"
        case variant = "Variant"
        case os = "Os"
        case osVersion = "OsVersion"
        case size = "Size"
        case virtualSize = "VirtualSize"
        case graphDriver = "GraphDriver"
        case rootFS = "RootFS"
        case metadata = "Metadata"
        case descriptor = "Descriptor"
        case manifests = "Manifests"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Id", id)
            o.field("RepoTags", repoTags)
            o.field("RepoDigests", repoDigests)
            o.optional("Parent", parent)
            o.optional("Comment", comment)
            o.nonEmpty("Created", created)
            o.optional("Container", container)
            o.optional("ContainerConfig", containerConfig)
            o.optional("DockerVersion", dockerVersion)
            o.optional("Author", author)
            o.key("Config")
            if let config { writesContainerFields ? config.write(to: &o) : config.writeImageForm(to: &o) } else { o.null() }
            o.field("Architecture", architecture)
            o.nonEmpty("Variant", variant)
            o.field("Os", os)
            o.nonEmpty("OsVersion", osVersion)
            o.field("Size", size)
            o.optional("VirtualSize", virtualSize)
            o.optional("GraphDriver", graphDriver)
            o.field("RootFS", rootFS)
            o.field("Metadata", metadata)
            o.optional("Descriptor", descriptor)
            o.nonEmpty("Manifests", manifests ?? [])
        }
    }
}
