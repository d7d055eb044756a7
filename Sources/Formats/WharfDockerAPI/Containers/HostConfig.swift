// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The part of a container's configuration that depends on the host it runs on. It is read from create bodies and
// written by inspect; fields that no code handles yet are carried, so that inspect echoes what was asked for.

public import WharfJSON

/// `HostConfig` of create and inspect. A nil list is Docker's `null`.
public struct HostConfig: Sendable, Equatable, Decodable, JSONWritable {
    /// `HOST-or-volume:CONTAINER[:options]`.
    public var binds: [String]?
    public var containerIDFile: String = ""
    public var logConfig: LogConfig = LogConfig()
    /// `default`, `none`, `host`, `bridge`, `container:ID` or a network's name.
    public var networkMode: String = ""
    /// Keys are `80/tcp`.
    public var portBindings: [String: [PortBinding]?]?
    public var restartPolicy: RestartPolicy = RestartPolicy()
    public var autoRemove: Bool = false
    public var volumeDriver: String = ""
    public var volumesFrom: [String]?
    /// Since API 1.42.
    public var consoleSize: ConsoleSize = ConsoleSize()
    /// Since API 1.43.
    public var annotations: [String: String]?
    @StringOrList public var capAdd: [String]?
    @StringOrList public var capDrop: [String]?
    /// `host`, `private`; empty: the host's default.
    public var cgroupnsMode: String = ""
    public var dns: [String]?
    public var dnsOptions: [String]?
    public var dnsSearch: [String]?
    /// `name:address`.
    public var extraHosts: [String]?
    public var groupAdd: [String]?
    /// `none`, `private`, `shareable`, `host`, `container:ID`.
    public var ipcMode: String = ""
    public var cgroup: String = ""
    public var links: [String]?
    public var oomScoreAdj: Int = 0
    /// empty, `host`, `container:ID`.
    public var pidMode: String = ""
    public var privileged: Bool = false
    public var publishAllPorts: Bool = false
    public var readonlyRootfs: Bool = false
    public var securityOpt: [String]?
    public var storageOpt: [String: String]?
    /// Path to mount options.
    public var tmpfs: [String: String]?
    public var utsMode: String = ""
    public var usernsMode: String = ""
    /// Bytes; 0: the default of 64 MiB.
    public var shmSize: Int64 = 0
    public var sysctls: [String: String]?
    public var runtime: String = ""
    public var isolation: String = ""
    /// Flat in the object on the wire.
    @Embedded public var resources: ContainerResources = ContainerResources()
    public var mounts: [MountRequest]?
    /// nil: the default list.
    public var maskedPaths: [String]?
    /// nil: the default list.
    public var readonlyPaths: [String]?
    /// Run a small init as process 1.
    public var initProcess: Bool?

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case binds = "Binds"
        case containerIDFile = "ContainerIDFile"
        case logConfig = "LogConfig"
        case networkMode = "NetworkMode"
        case portBindings = "PortBindings"
        case restartPolicy = "RestartPolicy"
        case autoRemove = "AutoRemove"
        case volumeDriver = "VolumeDriver"
        case volumesFrom = "VolumesFrom"
        case consoleSize = "ConsoleSize"
        case annotations = "Annotations"
        case capAdd = "CapAdd"
        case capDrop = "CapDrop"
        case cgroupnsMode = "CgroupnsMode"
        case dns = "Dns"
        case dnsOptions = "DnsOptions"
        case dnsSearch = "DnsSearch"
        case extraHosts = "ExtraHosts"
        case groupAdd = "GroupAdd"
        case ipcMode = "IpcMode"
        case cgroup = "Cgroup"
        case links = "Links"
        case oomScoreAdj = "OomScoreAdj"
        case pidMode = "PidMode"
        case privileged = "Privileged"
        case publishAllPorts = "PublishAllPorts"
        case readonlyRootfs = "ReadonlyRootfs"
        case securityOpt = "SecurityOpt"
        case storageOpt = "StorageOpt"
        case tmpfs = "Tmpfs"
        case utsMode = "UTSMode"
        case usernsMode = "UsernsMode"
        case shmSize = "ShmSize"
        case sysctls = "Sysctls"
        case runtime = "Runtime"
        case isolation = "Isolation"
        case resources
        case mounts = "Mounts"
        case maskedPaths = "MaskedPaths"
        case readonlyPaths = "ReadonlyPaths"
        case initProcess = "Init"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Binds", binds)
            o.field("ContainerIDFile", containerIDFile)
            o.field("LogConfig", logConfig)
            o.field("NetworkMode", networkMode)
            o.field("PortBindings", portBindings)
            o.field("RestartPolicy", restartPolicy)
            o.field("AutoRemove", autoRemove)
            o.field("VolumeDriver", volumeDriver)
            o.field("VolumesFrom", volumesFrom)
            o.field("ConsoleSize", consoleSize)
            o.nonEmpty("Annotations", annotations ?? [:])
            o.field("CapAdd", capAdd)
            o.field("CapDrop", capDrop)
            o.field("CgroupnsMode", cgroupnsMode)
            o.field("Dns", dns)
            o.field("DnsOptions", dnsOptions)
            o.field("DnsSearch", dnsSearch)
            o.field("ExtraHosts", extraHosts)
            o.field("GroupAdd", groupAdd)
            o.field("IpcMode", ipcMode)
            o.field("Cgroup", cgroup)
            o.field("Links", links)
            o.field("OomScoreAdj", oomScoreAdj)
            o.field("PidMode", pidMode)
            o.field("Privileged", privileged)
            o.field("PublishAllPorts", publishAllPorts)
            o.field("ReadonlyRootfs", readonlyRootfs)
            o.field("SecurityOpt", securityOpt)
            o.nonEmpty("StorageOpt", storageOpt ?? [:])
            o.nonEmpty("Tmpfs", tmpfs ?? [:])
            o.field("UTSMode", utsMode)
            o.field("UsernsMode", usernsMode)
            o.field("ShmSize", shmSize)
            o.nonEmpty("Sysctls", sysctls ?? [:])
            o.nonEmpty("Runtime", runtime)
            o.field("Isolation", isolation)
            resources.writeMembers(to: &o)
            o.nonEmpty("Mounts", mounts ?? [])
            o.field("MaskedPaths", maskedPaths)
            o.field("ReadonlyPaths", readonlyPaths)
            o.optional("Init", initProcess)
        }
    }
}
