// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The answer to `GET /containers/{id}/json`.

public import WharfJSON

/// A container with its configuration and its state.
public struct ContainerInspect: Sendable, Equatable, Decodable, JSONWritable {
    public var id: String = ""
    public var created: Timestamp = .zero
    /// The program.
    public var path: String = ""
    public var arguments: [String] = []
    public var state: ContainerState = ContainerState()
    /// Id of the image.
    public var image: String = ""
    public var resolvConfPath: String = ""
    public var hostnamePath: String = ""
    public var hostsPath: String = ""
    public var logPath: String = ""
    /// With a leading slash.
    public var name: String = ""
    public var restartCount: Int = 0
    /// The snapshotter.
    public var driver: String = ""
    public var platform: String = ""
    public var mountLabel: String = ""
    public var processLabel: String = ""
    public var appArmorProfile: String = ""
    /// nil when none runs.
    public var execIDs: [String]?
    public var hostConfig: HostConfig = HostConfig()
    public var graphDriver: DriverData?
    /// Since API 1.52.
    public var storage: ContainerStorage?
    public var sizeRw: Int64?
    public var sizeRootFs: Int64?
    public var mounts: [MountPoint] = []
    public var config: ContainerConfig = ContainerConfig()
    public var networkSettings: NetworkSettings = NetworkSettings()
    /// Since API 1.48.
    public var imageManifestDescriptor: OCIDescriptor?

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case created = "Created"
        case path = "Path"
        case arguments = "Args"
        case state = "State"
        case image = "Image"
        case resolvConfPath = "ResolvConfPath"
        case hostnamePath = "HostnamePath"
        case hostsPath = "HostsPath"
        case logPath = "LogPath"
        case name = "Name"
        case restartCount = "RestartCount"
        case driver = "Driver"
        case platform = "Platform"
        case mountLabel = "MountLabel"
        case processLabel = "ProcessLabel"
        case appArmorProfile = "AppArmorProfile"
        case execIDs = "ExecIDs"
        case hostConfig = "HostConfig"
        case graphDriver = "GraphDriver"
        case storage = "Storage"
        case sizeRw = "SizeRw"
        case sizeRootFs = "SizeRootFs"
        case mounts = "Mounts"
        case config = "Config"
        case networkSettings = "NetworkSettings"
        case imageManifestDescriptor = "ImageManifestDescriptor"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Id", id)
            o.field("Created", created)
            o.field("Path", path)
            o.field("Args", arguments)
            o.field("State", state)
            o.field("Image", image)
            o.field("ResolvConfPath", resolvConfPath)
            o.field("HostnamePath", hostnamePath)
            o.field("HostsPath", hostsPath)
            o.field("LogPath", logPath)
            o.field("Name", name)
            o.field("RestartCount", restartCount)
            o.field("Driver", driver)
            o.field("Platform", platform)
            o.field("MountLabel", mountLabel)
            o.field("ProcessLabel", processLabel)
            o.field("AppArmorProfile", appArmorProfile)
            o.field("ExecIDs", execIDs)
            o.field("HostConfig", hostConfig)
            o.optional("GraphDriver", graphDriver)
            o.optional("Storage", storage)
            o.optional("SizeRw", sizeRw)
            o.optional("SizeRootFs", sizeRootFs)
            o.field("Mounts", mounts)
            o.field("Config", config)
            o.field("NetworkSettings", networkSettings)
            o.optional("ImageManifestDescriptor", imageManifestDescriptor)
        }
    }
}
