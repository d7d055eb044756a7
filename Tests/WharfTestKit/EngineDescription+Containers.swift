// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the Engine API's description says about answers that have to do with containers. Written by Tests/Description/write.py.

extension EngineDescription {
    /// API 1.56: containers, exec, events, info and version.
    public static let containers = EngineDescription(
        """
        GET /containers/json 200: [ContainerSummary]
        POST /containers/create 201: ContainerCreateResponse
        GET /containers/{id}/json 200: ContainerInspectResponse
        GET /containers/{id}/top 200: ContainerTopResponse
        GET /containers/{id}/changes 200: [FilesystemChange]
        GET /containers/{id}/stats 200: ContainerStatsResponse
        POST /containers/{id}/update 200: ContainerUpdateResponse
        POST /containers/{id}/wait 200: ContainerWaitResponse
        POST /containers/prune 200: ContainerPruneResponse
        POST /containers/{id}/exec 201: IDResponse
        GET /exec/{id}/json 200: ExecInspectResponse
        GET /events 200: EventMessage
        GET /info 200: SystemInfo
        GET /version 200: SystemVersion
        ContainerSummary { Id: string, Names: [string]?, Image: string, ImageID: string, ImageManifestDescriptor: OCIDescriptor?,
            Command: string, Created: integer, Ports: [PortSummary]?, SizeRw: integer?, SizeRootFs: integer?, Labels: {string}?,
            State: string(created|running|paused|restarting|exited|removing|dead), Status: string, HostConfig:
            ContainerSummaryHostConfig?, NetworkSettings: ContainerSummaryNetworkSettings?, Mounts: [MountPoint]?, Health:
            ContainerSummaryHealth? }
        OCIDescriptor { mediaType: string, digest: string, size: integer, urls: [string]?, annotations: {string}?, data: string?,
            platform: OCIPlatform?, artifactType: string? }
        OCIPlatform { architecture: string, os: string, os.version: string, os.features: [string]?, variant: string }
        PortSummary { IP: string, PrivatePort*: integer, PublicPort: integer, Type*: string(tcp|udp|sctp) }
        ContainerSummaryHostConfig { NetworkMode: string, Annotations: {string}? }
        ContainerSummaryNetworkSettings { Networks: {EndpointSettings}? }
        EndpointSettings { IPAMConfig: EndpointIPAMConfig?, Links: [string]?, MacAddress: string, Aliases: [string]?, DriverOpts:
            {string}?, GwPriority: integer, NetworkID: string, EndpointID: string, Gateway: string, IPAddress: string,
            IPPrefixLen: integer, IPv6Gateway: string, GlobalIPv6Address: string, GlobalIPv6PrefixLen: integer, DNSNames:
            [string]? }
        EndpointIPAMConfig { IPv4Address: string, IPv6Address: string, LinkLocalIPs: [string]? }
        MountPoint { Type: string(bind|cluster|image|npipe|tmpfs|volume), Name: string, Source: string, Destination: string,
            Driver: string, Mode: string, RW: boolean, Propagation: string }
        ContainerSummaryHealth { Status: string(none|starting|healthy|unhealthy), FailingStreak: integer }
        ContainerCreateResponse { Id*: string, Warnings*: [string] }
        ContainerInspectResponse { Id: string, Created: string?, Path: string, Args: [string]?, State: ContainerState?, Image:
            string, ResolvConfPath: string, HostnamePath: string, HostsPath: string, LogPath: string?, Name: string, RestartCount:
            integer, Driver: string, Platform: string, ImageManifestDescriptor: OCIDescriptor?, MountLabel: string, ProcessLabel:
            string, AppArmorProfile: string, ExecIDs: [string]?, HostConfig: HostConfig?, GraphDriver: DriverData?, Storage:
            Storage?, SizeRw: integer?, SizeRootFs: integer?, Mounts: [MountPoint]?, Config: ContainerConfig?, NetworkSettings:
            NetworkSettings? }
        ContainerState { Status: string(created|running|paused|restarting|removing|exited|dead), Running: boolean, Paused:
            boolean, Restarting: boolean, OOMKilled: boolean, Dead: boolean, Pid: integer, ExitCode: integer, Error: string,
            StartedAt: string, FinishedAt: string, Health: Health? }
        Health { Status: string(none|starting|healthy|unhealthy), FailingStreak: integer, Log: [HealthcheckResult]? }
        HealthcheckResult { Start: string, End: string, ExitCode: integer, Output: string }
        HostConfig { CpuShares: integer, Memory: integer, CgroupParent: string, BlkioWeight: integer, BlkioWeightDevice:
            [HostConfigBlkioWeightDeviceItem]?, BlkioDeviceReadBps: [ThrottleDevice]?, BlkioDeviceWriteBps: [ThrottleDevice]?,
            BlkioDeviceReadIOps: [ThrottleDevice]?, BlkioDeviceWriteIOps: [ThrottleDevice]?, CpuPeriod: integer, CpuQuota:
            integer, CpuRealtimePeriod: integer, CpuRealtimeRuntime: integer, CpusetCpus: string, CpusetMems: string, Devices:
            [DeviceMapping]?, DeviceCgroupRules: [string]?, DeviceRequests: [DeviceRequest]?, MemoryReservation: integer,
            MemorySwap: integer, MemorySwappiness: integer, NanoCpus: integer, OomKillDisable: boolean, Init: boolean?, PidsLimit:
            integer?, Ulimits: [HostConfigUlimitsItem]?, CpuCount: integer, CpuPercent: integer, IOMaximumIOps: integer,
            IOMaximumBandwidth: integer, Binds: [string]?, ContainerIDFile: string, LogConfig: HostConfigLogConfig?, NetworkMode:
            string, PortBindings: {[PortBinding]}?, RestartPolicy: RestartPolicy?, AutoRemove: boolean, VolumeDriver: string,
            VolumesFrom: [string]?, Mounts: [Mount]?, ConsoleSize: [integer]?, Annotations: {string}?, CapAdd: [string]?, CapDrop:
            [string]?, CgroupnsMode: string(private|host), Dns: [string]?, DnsOptions: [string]?, DnsSearch: [string]?,
            ExtraHosts: [string]?, GroupAdd: [string]?, IpcMode: string, Cgroup: string, Links: [string]?, OomScoreAdj: integer,
            PidMode: string, Privileged: boolean, PublishAllPorts: boolean, ReadonlyRootfs: boolean, SecurityOpt: [string]?,
            StorageOpt: {string}?, Tmpfs: {string}?, UTSMode: string, UsernsMode: string, ShmSize: integer, Sysctls: {string}?,
            Runtime: string?, Isolation: string(default|process|hyperv|), MaskedPaths: [string]?, ReadonlyPaths: [string]? }
        HostConfigBlkioWeightDeviceItem { Path: string, Weight: integer }
        ThrottleDevice { Path: string, Rate: integer }
        DeviceMapping { PathOnHost: string, PathInContainer: string, CgroupPermissions: string }
        DeviceRequest { Driver: string, Count: integer, DeviceIDs: [string]?, Capabilities: [[string]]?, Options: {string}? }
        HostConfigUlimitsItem { Name: string, Soft: integer, Hard: integer }
        HostConfigLogConfig { Type: string(local|json-file|syslog|journald|gelf|fluentd|awslogs|splunk|etwlogs|none), Config:
            {string}? }
        PortBinding { HostIp: string, HostPort: string }
        RestartPolicy { Name: string(|no|always|unless-stopped|on-failure), MaximumRetryCount: integer }
        Mount { Target: string, Source: string, Type: string(bind|cluster|image|npipe|tmpfs|volume), ReadOnly: boolean,
            Consistency: string, BindOptions: MountBindOptions?, VolumeOptions: MountVolumeOptions?, ImageOptions:
            MountImageOptions?, TmpfsOptions: MountTmpfsOptions? }
        MountBindOptions { Propagation: string(private|rprivate|shared|rshared|slave|rslave), NonRecursive: boolean,
            CreateMountpoint: boolean, ReadOnlyNonRecursive: boolean, ReadOnlyForceRecursive: boolean }
        MountVolumeOptions { NoCopy: boolean, Labels: {string}?, DriverConfig: MountVolumeOptionsDriverConfig?, Subpath: string }
        MountVolumeOptionsDriverConfig { Name: string, Options: {string}? }
        MountImageOptions { Subpath: string }
        MountTmpfsOptions { SizeBytes: integer, Mode: integer, Options: [[string]]? }
        DriverData { Name*: string, Data*: {string} }
        Storage { RootFS: RootFSStorage? }
        RootFSStorage { Snapshot: RootFSStorageSnapshot? }
        RootFSStorageSnapshot { Name: string }
        ContainerConfig { Hostname: string, Domainname: string, User: string, AttachStdin: boolean, AttachStdout: boolean,
            AttachStderr: boolean, ExposedPorts: {{any}}?, Tty: boolean, OpenStdin: boolean, StdinOnce: boolean, Env: [string]?,
            Cmd: [string]?, Healthcheck: HealthConfig?, ArgsEscaped: boolean?, Image: string, Volumes: {{any}}?, WorkingDir:
            string, Entrypoint: [string]?, NetworkDisabled: boolean?, OnBuild: [string]?, Labels: {string}?, StopSignal: string?,
            StopTimeout: integer?, Shell: [string]? }
        HealthConfig { Test: [string]?, Interval: integer, Timeout: integer, Retries: integer, StartPeriod: integer,
            StartInterval: integer }
        NetworkSettings { SandboxID: string, SandboxKey: string, Ports: {[PortBinding]}?, Networks: {EndpointSettings}? }
        ContainerTopResponse { Titles: [string]?, Processes: [[string]]? }
        FilesystemChange { Path*: string, Kind*: integer }
        ContainerStatsResponse { id: string?, name: string?, os_type: string?, read: string, cpu_stats: ContainerCPUStats?,
            memory_stats: ContainerMemoryStats?, networks: any, pids_stats: ContainerPidsStats?, blkio_stats:
            ContainerBlkioStats?, num_procs: integer, storage_stats: ContainerStorageStats?, preread: string, precpu_stats:
            ContainerCPUStats? }
        ContainerCPUStats { cpu_usage: ContainerCPUUsage?, system_cpu_usage: integer?, online_cpus: integer?, throttling_data:
            ContainerThrottlingData? }
        ContainerCPUUsage { total_usage: integer, percpu_usage: [integer]?, usage_in_kernelmode: integer, usage_in_usermode:
            integer }
        ContainerThrottlingData { periods: integer, throttled_periods: integer, throttled_time: integer }
        ContainerMemoryStats { usage: integer?, max_usage: integer?, stats: {integer}?, failcnt: integer?, limit: integer?,
            commitbytes: integer?, commitpeakbytes: integer?, privateworkingset: integer? }
        ContainerPidsStats { current: integer?, limit: integer? }
        ContainerBlkioStats { io_service_bytes_recursive: [ContainerBlkioStatEntry]?, io_serviced_recursive:
            [ContainerBlkioStatEntry]?, io_queue_recursive: [ContainerBlkioStatEntry]?, io_service_time_recursive:
            [ContainerBlkioStatEntry]?, io_wait_time_recursive: [ContainerBlkioStatEntry]?, io_merged_recursive:
            [ContainerBlkioStatEntry]?, io_time_recursive: [ContainerBlkioStatEntry]?, sectors_recursive:
            [ContainerBlkioStatEntry]? }
        ContainerBlkioStatEntry { major: integer, minor: integer, op: string, value: integer }
        ContainerStorageStats { read_count_normalized: integer?, read_size_bytes: integer?, write_count_normalized: integer?,
            write_size_bytes: integer? }
        ContainerUpdateResponse { Warnings: [string]? }
        ContainerWaitResponse { StatusCode*: integer, Error: ContainerWaitExitError? }
        ContainerWaitExitError { Message: string }
        ContainerPruneResponse { ContainersDeleted: [string]?, SpaceReclaimed: integer }
        IDResponse { Id*: string }
        ExecInspectResponse { CanRemove: boolean, DetachKeys: string, ID: string, Running: boolean, ExitCode: integer,
            ProcessConfig: ProcessConfig?, OpenStdin: boolean, OpenStderr: boolean, OpenStdout: boolean, ContainerID: string, Pid:
            integer }
        ProcessConfig { privileged: boolean, user: string, tty: boolean, entrypoint: string, arguments: [string]? }
        EventMessage { Type: string(builder|config|container|daemon|image|network|node|plugin|secret|service|volume), Action:
            string, Actor: EventActor?, scope: string(local|swarm), time: integer, timeNano: integer }
        EventActor { ID: string, Attributes: {string}? }
        SystemInfo { ID: string, Containers: integer, ContainersRunning: integer, ContainersPaused: integer, ContainersStopped:
            integer, Images: integer, Driver: string, DriverStatus: [[string]]?, DockerRootDir: string, Plugins: PluginsInfo?,
            MemoryLimit: boolean, SwapLimit: boolean, CpuCfsPeriod: boolean, CpuCfsQuota: boolean, CPUShares: boolean, CPUSet:
            boolean, PidsLimit: boolean, OomKillDisable: boolean, IPv4Forwarding: boolean, Debug: boolean, NFd: integer,
            NGoroutines: integer, SystemTime: string, LoggingDriver: string, CgroupDriver: string(cgroupfs|systemd|none),
            CgroupVersion: string(1|2), NEventsListener: integer, KernelVersion: string, OperatingSystem: string, OSVersion:
            string, OSType: string, Architecture: string, NCPU: integer, MemTotal: integer, IndexServerAddress: string,
            RegistryConfig: RegistryServiceConfig?, GenericResources: [GenericResourcesItem]?, HttpProxy: string, HttpsProxy:
            string, NoProxy: string, Name: string, Labels: [string]?, ExperimentalBuild: boolean, ServerVersion: string, Runtimes:
            {Runtime}?, DefaultRuntime: string, Swarm: SwarmInfo?, LiveRestoreEnabled: boolean, Isolation:
            string(default|hyperv|process|), InitBinary: string, ContainerdCommit: Commit?, RuncCommit: Commit?, InitCommit:
            Commit?, SecurityOptions: [string]?, ProductLicense: string, DefaultAddressPools:
            [SystemInfoDefaultAddressPoolsItem]?, FirewallBackend: FirewallInfo?, DiscoveredDevices: [DeviceInfo]?, NRI: NRIInfo?,
            Warnings: [string]?, CDISpecDirs: [string]?, Containerd: ContainerdInfo? }
        PluginsInfo { Volume: [string]?, Network: [string]?, Authorization: [string]?, Log: [string]? }
        RegistryServiceConfig { InsecureRegistryCIDRs: [string]?, IndexConfigs: {IndexInfo}?, Mirrors: [string]? }
        IndexInfo { Name: string, Mirrors: [string]?, Secure: boolean, Official: boolean }
        GenericResourcesItem { NamedResourceSpec: GenericResourcesItemNamedResourceSpec?, DiscreteResourceSpec:
            GenericResourcesItemDiscreteResourceSpec? }
        GenericResourcesItemNamedResourceSpec { Kind: string, Value: string }
        GenericResourcesItemDiscreteResourceSpec { Kind: string, Value: integer }
        Runtime { path: string, runtimeArgs: [string]?, status: {string}? }
        SwarmInfo { NodeID: string, NodeAddr: string, LocalNodeState: string(|inactive|pending|active|error|locked),
            ControlAvailable: boolean, Error: string, RemoteManagers: [PeerNode]?, Nodes: integer?, Managers: integer?, Cluster:
            any }
        PeerNode { NodeID: string, Addr: string }
        Commit { ID: string }
        SystemInfoDefaultAddressPoolsItem { Base: string, Size: integer }
        FirewallInfo { Driver: string, Info: [[string]]? }
        DeviceInfo { Source: string, ID: string }
        NRIInfo { Info: [[string]]? }
        ContainerdInfo { Address: string, Namespaces: ContainerdInfoNamespaces? }
        ContainerdInfoNamespaces { Containers: string, Plugins: string }
        SystemVersion { Platform: SystemVersionPlatform?, Components: [SystemVersionComponentsItem]?, Version: string, ApiVersion:
            string, MinAPIVersion: string, GitCommit: string, GoVersion: string, Os: string, Arch: string, KernelVersion: string,
            Experimental: boolean, BuildTime: string }
        SystemVersionPlatform { Name*: string }
        SystemVersionComponentsItem { Name*: string, Version*: string, Details: {any}? }
        ErrorResponse { message*: string }
        """)
}
