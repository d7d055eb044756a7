// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The answer to `GET /system/df`. Up to API 1.51 it was four lists and a sum, since 1.52 it is four summaries; 1.52 itself
// has both.

public import WharfJSON

/// What the daemon's objects take on the disk. A kind that was not asked for is nil.
public struct DiskUsage: Sendable, Equatable, Decodable, JSONWritable {
    public var imageUsage: ResourceUsage<ImageSummary>?
    public var containerUsage: ResourceUsage<ContainerSummary>?
    /// Volumes and build cache have no objects of their own here yet.
    public var volumeUsage: ResourceUsage<JSONValue>?
    public var buildCacheUsage: ResourceUsage<JSONValue>?

    /// Write the lists of old versions. Not on the wire.
    public var writesLists: Bool = false
    /// Write the summaries. Not on the wire.
    public var writesSummaries: Bool = true
    /// Put the objects into the summaries too. Not on the wire.
    public var isVerbose: Bool = false

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case imageUsage = "ImageUsage"
        case containerUsage = "ContainerUsage"
        case volumeUsage = "VolumeUsage"
        case buildCacheUsage = "BuildCacheUsage"
        case layersSize = "LayersSize"
        case images = "Images"
        case containers = "Containers"
    }

    /// Reads both forms.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        imageUsage = try values.decodeIfPresent(ResourceUsage<ImageSummary>.self, forKey: .imageUsage)
        containerUsage = try values.decodeIfPresent(ResourceUsage<ContainerSummary>.self, forKey: .containerUsage)
        volumeUsage = try values.decodeIfPresent(ResourceUsage<JSONValue>.self, forKey: .volumeUsage)
        buildCacheUsage = try values.decodeIfPresent(ResourceUsage<JSONValue>.self, forKey: .buildCacheUsage)
        if imageUsage == nil, let images = try values.decodeIfPresent([ImageSummary].self, forKey: .images) {
            var usage = ResourceUsage<ImageSummary>()
            usage.items = images
            usage.totalCount = Int64(images.count)
            usage.activeCount = Int64(images.count { $0.containers > 0 })
            usage.totalSize = try values.decodeIfPresent(Int64.self, forKey: .layersSize) ?? 0
            imageUsage = usage
        }
        if containerUsage == nil, let containers = try values.decodeIfPresent([ContainerSummary].self, forKey: .containers) {
            var usage = ResourceUsage<ContainerSummary>()
            usage.items = containers
            usage.totalCount = Int64(containers.count)
            containerUsage = usage
        }
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            if writesLists {
                o.nonEmpty("LayersSize", imageUsage?.totalSize ?? 0)
                o.field("Images", imageUsage?.items)
                o.field("Containers", containerUsage?.items)
                o.field("Volumes", volumeUsage.map { $0.items ?? [] })
                o.field("BuildCache", buildCacheUsage.map { $0.items ?? [] })
            }
            guard writesSummaries else { return }
            o.optional("ImageUsage", imageUsage.map(shown))
            o.optional("ContainerUsage", containerUsage.map(shown))
            o.optional("VolumeUsage", volumeUsage.map(shown))
            o.optional("BuildCacheUsage", buildCacheUsage.map(shown))
        }
    }

    private func shown<Item>(_ usage: ResourceUsage<Item>) -> ResourceUsage<Item> {
        var usage = usage
        if !isVerbose { usage.items = nil }
        return usage
    }
}
