// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The answer to `GET /info`.

public import WharfJSON

/// What the daemon knows of itself and its host.
public struct SystemInfo: Sendable, Equatable, Decodable, JSONWritable {
    public var id: String = ""
    public var containers: Int = 0
    public var containersRunning: Int = 0
    public var containersPaused: Int = 0
    public var containersStopped: Int = 0
    public var images: Int = 0
    public var driver: String = ""
    /// Pairs of label and value.
    public var driverStatus: [[String]] = []
    public var plugins: PluginsInfo = PluginsInfo()
    public var memoryLimit: Bool = false
    public var swapLimit: Bool = false
    /// Up to API 1.41.
    public var kernelMemory: Bool?
    public var kernelMemoryTCP: Bool = false
    public var cpuCfsPeriod: Bool = false
    public var cpuCfsQuota: Bool = false
    public var cpuShares: Bool = false
    public var cpuSet: Bool = false
    public var pidsLimit: Bool = false
    public var ipv4Forwarding: Bool = false
    /// Up to API 1.49.
    public var bridgeNfIptables: Bool?
    /// Up to API 1.49.
    public var bridgeNfIp6tables: Bool?
    public var debug: Bool = false
    public var fileDescriptors: Int = 0
    public var oomKillDisable: Bool = false
    /// Threads, here.
    public var goroutines: Int = 0
    public var systemTime: Timestamp = .zero
    public var loggingDriver: String = ""
    public var cgroupDriver: String = ""
    public var cgroupVersion: String = ""
    public var eventsListeners: Int = 0
    public var kernelVersion: String = ""
    public var operatingSystem: String = ""
    public var osVersion: String = ""
    public var osType: String = ""
    /// `x86_64`.
    public var architecture: String = ""
    public var indexServerAddress: String = ""
    public var registryConfig: RegistryServiceConfig?
    public var cpus: Int = 0
    public var memoryTotal: Int64 = 0
    public var genericResources: [String]?
    public var rootDirectory: String = ""
    public var httpProxy: String = ""
    public var httpsProxy: String = ""
    public var noProxy: String = ""
    public var name: String = ""
    public var labels: [String] = []
    public var experimentalBuild: Bool = false
    public var serverVersion: String = ""
    public var runtimes: [String: RuntimeInfo] = [:]
    public var defaultRuntime: String = ""
    public var swarm: SwarmInfo = SwarmInfo()
    public var liveRestoreEnabled: Bool = false
    public var isolation: String = ""
    public var initBinary: String = ""
    public var containerdCommit: ToolCommit = ToolCommit()
    public var runcCommit: ToolCommit = ToolCommit()
    public var initCommit: ToolCommit = ToolCommit()
    public var securityOptions: [String] = []
    public var productLicense: String = ""
    public var defaultAddressPools: [NetworkAddressPool]?
    public var firewallBackend: FirewallInfo?
    public var cdiSpecDirs: [String] = []
    public var warnings: [String]?

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case id = "ID"
        case containers = "Containers"
        case containersRunning = "ContainersRunning"
        case containersPaused = "ContainersPaused"
        case containersStopped = "ContainersStopped"
        case images = "Images"
        case driver = "Driver"
        case driverStatus = "DriverStatus"
        case plugins = "Plugins"
        case memoryLimit = "MemoryLimit"
        case swapLimit = "SwapLimit"
        case kernelMemory = "KernelMemory"
        case kernelMemoryTCP = "KernelMemoryTCP"
        case cpuCfsPeriod = "CpuCfsPeriod"
        case cpuCfsQuota = "CpuCfsQuota"
        case cpuShares = "CPUShares"
        case cpuSet = "CPUSet"
        case pidsLimit = "PidsLimit"
        case ipv4Forwarding = "IPv4Forwarding"
        case bridgeNfIptables = "BridgeNfIptables"
        case bridgeNfIp6tables = "BridgeNfIp6tables"
        case debug = "Debug"
        case fileDescriptors = "NFd"
        case oomKillDisable = "OomKillDisable"
        case goroutines = "NGoroutines"
        case systemTime = "SystemTime"
        case loggingDriver = "LoggingDriver"
        case cgroupDriver = "CgroupDriver"
        case cgroupVersion = "CgroupVersion"
        case eventsListeners = "NEventsListener"
        case kernelVersion = "KernelVersion"
        case operatingSystem = "OperatingSystem"
        case osVersion = "OSVersion"
        case osType = "OSType"
        case architecture = "Architecture"
        case indexServerAddress = "IndexServerAddress"
        case registryConfig = "RegistryConfig"
        case cpus = "NCPU"
        case memoryTotal = "MemTotal"
        case genericResources = "GenericResources"
        case rootDirectory = "DockerRootDir"
        case httpProxy = "HttpProxy"
        case httpsProxy = "HttpsProxy"
        case noProxy = "NoProxy"
        case name = "Name"
        case labels = "Labels"
        case experimentalBuild = "ExperimentalBuild"
        case serverVersion = "ServerVersion"
        case runtimes = "Runtimes"
        case defaultRuntime = "DefaultRuntime"
        case swarm = "Swarm"
        case liveRestoreEnabled = "LiveRestoreEnabled"
        case isolation = "Isolation"
        case initBinary = "InitBinary"
        case containerdCommit = "ContainerdCommit"
        case runcCommit = "RuncCommit"
        case initCommit = "InitCommit"
        case securityOptions = "SecurityOptions"
        case productLicense = "ProductLicense"
        case defaultAddressPools = "DefaultAddressPools"
        case firewallBackend = "FirewallBackend"
        case cdiSpecDirs = "CDISpecDirs"
        case warnings = "Warnings"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("ID", id)
            o.field("Containers", containers)
            o.field("ContainersRunning", containersRunning)
            o.field("ContainersPaused", containersPaused)
            o.field("ContainersStopped", containersStopped)
            o.field("Images", images)
            o.field("Driver", driver)
            o.field("DriverStatus", driverStatus)
            o.field("Plugins", plugins)
            o.field("MemoryLimit", memoryLimit)
            o.field("SwapLimit", swapLimit)
            o.optional("KernelMemory", kernelMemory)
            o.nonEmpty("KernelMemoryTCP", kernelMemoryTCP)
            o.field("CpuCfsPeriod", cpuCfsPeriod)
            o.field("CpuCfsQuota", cpuCfsQuota)
            o.field("CPUShares", cpuShares)
            o.field("CPUSet", cpuSet)
            o.field("PidsLimit", pidsLimit)
            o.field("IPv4Forwarding", ipv4Forwarding)
            o.optional("BridgeNfIptables", bridgeNfIptables)
            o.optional("BridgeNfIp6tables", bridgeNfIp6tables)
            o.field("Debug", debug)
            o.field("NFd", fileDescriptors)
            o.field("OomKillDisable", oomKillDisable)
            o.field("NGoroutines", goroutines)
            o.field("SystemTime", systemTime)
            o.field("LoggingDriver", loggingDriver)
            o.field("CgroupDriver", cgroupDriver)
            o.nonEmpty("CgroupVersion", cgroupVersion)
            o.field("NEventsListener", eventsListeners)
            o.field("KernelVersion", kernelVersion)
            o.field("OperatingSystem", operatingSystem)
            o.field("OSVersion", osVersion)
            o.field("OSType", osType)
            o.field("Architecture", architecture)
            o.field("IndexServerAddress", indexServerAddress)
            o.field("RegistryConfig", registryConfig)
            o.field("NCPU", cpus)
            o.field("MemTotal", memoryTotal)
            o.field("GenericResources", genericResources)
            o.field("DockerRootDir", rootDirectory)
            o.field("HttpProxy", httpProxy)
            o.field("HttpsProxy", httpsProxy)
            o.field("NoProxy", noProxy)
            o.field("Name", name)
            o.field("Labels", labels)
            o.field("ExperimentalBuild", experimentalBuild)
            o.field("ServerVersion", serverVersion)
            o.field("Runtimes", runtimes)
            o.field("DefaultRuntime", defaultRuntime)
            o.field("Swarm", swarm)
            o.field("LiveRestoreEnabled", liveRestoreEnabled)
            o.field("Isolation", isolation)
            o.field("InitBinary", initBinary)
            o.field("ContainerdCommit", containerdCommit)
            o.field("RuncCommit", runcCommit)
            o.field("InitCommit", initCommit)
            o.field("SecurityOptions", securityOptions)
            o.nonEmpty("ProductLicense", productLicense)
            o.nonEmpty("DefaultAddressPools", defaultAddressPools ?? [])
            o.optional("FirewallBackend", firewallBackend)
            o.field("CDISpecDirs", cdiSpecDirs)
            o.field("Warnings", warnings)
        }
    }
}
