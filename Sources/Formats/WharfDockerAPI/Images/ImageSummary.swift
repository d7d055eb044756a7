// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One image in the answer to `GET /images/json`.

public import WharfJSON

/// An element of the image list.
public struct ImageSummary: Sendable, Equatable, Decodable, JSONReadable, JSONWritable {
    /// -1: not counted. Since API 1.51, and in `df`.
    public var containers: Int64 = -1
    /// Seconds since 1970.
    public var created: Int64 = 0
    public var id: String = ""
    public var labels: [String: String]?
    public var parentID: String = ""
    /// Since API 1.48.
    public var descriptor: OCIDescriptor?
    /// Since API 1.47, where they were asked for.
    public var manifests: [ImageManifestSummary]?
    public var repoDigests: [String] = []
    public var repoTags: [String] = []
    /// -1: not computed.
    public var sharedSize: Int64 = -1
    public var size: Int64 = 0
    /// Up to API 1.43.
    public var virtualSize: Int64?

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case containers = "Containers"
        case created = "Created"
        case id = "Id"
        case labels = "Labels"
        case parentID = "ParentId"
        case descriptor = "Descriptor"
        case manifests = "Manifests"
        case repoDigests = "RepoDigests"
        case repoTags = "RepoTags"
        case sharedSize = "SharedSize"
        case size = "Size"
        case virtualSize = "VirtualSize"
    }

    /// What a list of many images is read with; the same as by `Decodable`, but for keys in another case.
    public init(reading json: JSONFields) throws(JSONError) {
        containers = try json.optional("Containers") ?? -1
        created = try json.read("Created")
        id = try json.read("Id")
        if json.value("Labels") != nil { labels = try json.read("Labels") }
        parentID = try json.read("ParentId")
        descriptor = try json.optional("Descriptor")
        if let value = json.value("Manifests") {
            do { manifests = try JSON.decode([ImageManifestSummary].self, from: value) } catch {
                throw error as? JSONError ?? JSONError.invalid("Manifests: \(error)")
            }
        }
        repoDigests = try json.read("RepoDigests")
        repoTags = try json.read("RepoTags")
        sharedSize = try json.optional("SharedSize") ?? -1
        size = try json.read("Size")
        virtualSize = try json.optional("VirtualSize")
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Containers", containers)
            o.field("Created", created)
            o.field("Id", id)
            o.field("Labels", labels)
            o.field("ParentId", parentID)
            o.optional("Descriptor", descriptor)
            o.nonEmpty("Manifests", manifests ?? [])
            o.field("RepoDigests", repoDigests)
            o.field("RepoTags", repoTags)
            o.field("SharedSize", sharedSize)
            o.field("Size", size)
            o.optional("VirtualSize", virtualSize)
        }
    }
}
