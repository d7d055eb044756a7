// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One container in the answer to `GET /containers/json`.

public import WharfJSON

/// An element of the container list.
public struct ContainerSummary: Sendable, Equatable, Decodable, JSONWritable {
    public var id: String = ""
    /// With a leading slash.
    public var names: [String] = []
    /// As written at create.
    public var image: String = ""
    public var imageID: String = ""
    /// Since API 1.48.
    public var imageManifestDescriptor: OCIDescriptor?
    public var command: String = ""
    /// Seconds since 1970.
    public var created: Int64 = 0
    public var ports: [PortSummary] = []
    /// Only when sizes were asked for.
    public var sizeRw: Int64?
    public var sizeRootFs: Int64?
    public var labels: [String: String] = [:]
    public var state: String = ""
    /// `Up 5 seconds`.
    public var status: String = ""
    public var hostConfig: ContainerSummaryHostConfig = ContainerSummaryHostConfig()
    /// Since API 1.52.
    public var health: HealthSummary?
    public var networkSettings: NetworkSettingsSummary?
    public var mounts: [MountPoint] = []

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case names = "Names"
        case image = "Image"
        case imageID = "ImageID"
        case imageManifestDescriptor = "ImageManifestDescriptor"
        case command = "Command"
        case created = "Created"
        case ports = "Ports"
        case sizeRw = "SizeRw"
        case sizeRootFs = "SizeRootFs"
        case labels = "Labels"
        case state = "State"
        case status = "Status"
        case hostConfig = "HostConfig"
        case health = "Health"
        case networkSettings = "NetworkSettings"
        case mounts = "Mounts"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Id", id)
            o.field("Names", names)
            o.field("Image", image)
            o.field("ImageID", imageID)
            o.optional("ImageManifestDescriptor", imageManifestDescriptor)
            o.field("Command", command)
            o.field("Created", created)
            o.field("Ports", ports)
            o.optional("SizeRw", sizeRw)
            o.optional("SizeRootFs", sizeRootFs)
            o.field("Labels", labels)
            o.field("State", state)
            o.field("Status", status)
            o.field("HostConfig", hostConfig)
            o.optional("Health", health)
            o.field("NetworkSettings", networkSettings)
            o.field("Mounts", mounts)
        }
    }
}
