// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The options of run and create for storage, networks, namespaces, security, devices and logs.

extension ContainerFlags {
    static let volume = Flag.list("volume", "v", "Bind mount a volume")
    static let mount = Flag.parsed("mount", "Attach a filesystem mount to the container", value: "mount", MountSpec.parse)
    static let tmpfs = Flag.list("tmpfs", nil, "Mount a tmpfs directory")
    static let volumesFrom = Flag.list("volumes-from", nil, "Mount volumes from the specified container(s)")
    static let volumeDriver = Flag.text("volume-driver", nil, "Optional volume driver for the container")
    static let storageOption = Flag.list("storage-opt", nil, "Storage driver options for the container")
    static let readOnly = Flag.on("read-only", nil, "Mount the container's root filesystem as read only")

    static let network = Flag.parsed("network", "Connect a container to a network", value: "network", NetworkSpecs.advanced).alias("net")
    static let networkAlias = Flag.list("network-alias", nil, "Add network-scoped alias for the container").alias("net-alias")
    static let publish = Flag.list("publish", "p", "Publish a container's port(s) to the host")
    static let publishAll = Flag.on("publish-all", "P", "Publish all exposed ports to random ports")
    static let expose = Flag.list("expose", nil, "Expose a port or a range of ports")
    static let addHost = Flag.list("add-host", nil, "Add a custom host-to-IP mapping (host:ip)") { text throws(InvalidValue) in
        try NetworkSpecs.checkExtraHost(text)
    }
    static let dns = Flag.list("dns", nil, "Set custom DNS servers") { text throws(InvalidValue) in
        guard NetworkSpecs.isAddress(text) else { throw InvalidValue(reason: "IP address is not correctly formatted: \(text)") }
        return text
    }
    static let dnsOption = Flag.list("dns-option", nil, "Set DNS options").alias("dns-opt")
    static let dnsSearch = Flag.list("dns-search", nil, "Set custom DNS search domains")
    static let link = Flag.list("link", nil, "Add link to another container")
    static let linkLocalIP = Flag.list("link-local-ip", nil, "Container IPv4/IPv6 link-local addresses")
    static let ip = Flag.text("ip", nil, "IPv4 address (e.g., 172.30.100.104)")
    static let ip6 = Flag.text("ip6", nil, "IPv6 address (e.g., 2001:db8::33)")
    static let macAddress = Flag.text("mac-address", nil, "Container MAC address (e.g., 92:d0:c6:0a:29:33)")

    static let privileged = Flag.on("privileged", nil, "Give extended privileges to this container")
    static let capAdd = Flag.list("cap-add", nil, "Add Linux capabilities")
    static let capDrop = Flag.list("cap-drop", nil, "Drop Linux capabilities")
    static let securityOption = Flag.list("security-opt", nil, "Security Options")
    static let groupAdd = Flag.list("group-add", nil, "Add additional groups to join")
    static let pid = Flag.text("pid", nil, "PID namespace to use")
    static let ipc = Flag.text("ipc", nil, "IPC mode to use")
    static let uts = Flag.text("uts", nil, "UTS namespace to use")
    static let userns = Flag.text("userns", nil, "User namespace to use")
    static let cgroupns = Flag.text("cgroupns", nil, "Cgroup namespace to use (host|private)")
    static let device = Flag.parsed("device", "Add a host device to the container", DeviceSpecs.device)
    static let deviceCgroupRule = Flag.list(
        "device-cgroup-rule", nil, "Add a rule to the cgroup allowed devices list", check: DeviceSpecs.cgroupRule)
    static let gpus = Flag.parsed(
        "gpus", "GPU devices to add to the container ('all' to pass all GPUs)", value: "gpu-request", DeviceSpecs.gpus)
    static let logDriver = Flag.text("log-driver", nil, "Logging driver for the container")
    static let logOption = Flag.list("log-opt", nil, "Log driver options")

    /// All flags of this file.
    static let host: [any AnyFlag] = [
        volume, mount, tmpfs, volumesFrom, volumeDriver, storageOption, readOnly, network, networkAlias, publish, publishAll, expose,
        addHost, dns, dnsOption, dnsSearch, link, linkLocalIP, ip, ip6, macAddress, privileged, capAdd, capDrop, securityOption, groupAdd,
        pid, ipc, uts, userns, cgroupns, device, deviceCgroupRule, gpus, logDriver, logOption,
    ]
}
