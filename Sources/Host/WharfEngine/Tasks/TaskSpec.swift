// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a container may do and see, in plain values that the engine fills from a record. TaskSpec+RuntimeSpec.swift turns
// it into the OCI runtime spec; Docker's defaults are in there, so an empty field means "as docker run without the flag".

/// A process in a container: init, or an exec.
public struct TaskProcess: Sendable, Equatable {
    /// argv; the first is looked up in the container's PATH.
    public var arguments: [String]
    /// `NAME=value`, in order.
    public var environment: [String] = []
    /// Absolute path in the container, made when it is missing. Empty is `/`.
    public var workingDirectory = ""
    /// Docker's `-u`: `name`, `uid`, `name:group`, `uid:gid`; resolved below the container's root. Empty is root.
    public var user = ""
    /// Names or numbers of further groups.
    public var additionalGroups: [String] = []
    public var terminal = false
    public var privileged = false
    /// Docker's `--cap-add` and `--cap-drop`: names with or without `CAP_`, or `ALL`.
    public var capabilitiesAdded: [String] = []
    public var capabilitiesDropped: [String] = []
    public var noNewPrivileges = false
    public var rlimits: [TaskLimit] = []
    /// nil inherits; 0 is Docker's default.
    public var oomScoreAdjustment: Int?
    /// An AppArmor profile of the host; empty for none.
    public var appArmorProfile = ""

    public init(arguments: [String]) { self.arguments = arguments }
}

/// One resource limit of a process.
public struct TaskLimit: Sendable, Equatable {
    /// Docker's word: `nofile`.
    public let name: String
    public let soft: UInt64
    public let hard: UInt64

    public init(name: String, soft: UInt64, hard: UInt64) {
        self.name = name
        self.soft = soft
        self.hard = hard
    }
}

/// Which instance of a namespace a container gets.
public enum TaskNamespace: Sendable, Equatable {
    /// One of its own.
    case new
    /// The host's.
    case host
    /// An existing one: `/proc/<pid>/ns/net` of a container that is joined, or a pin.
    case path(String)
}

/// A file system from outside of the image.
public struct TaskMount: Sendable, Equatable {
    /// What is mounted.
    public enum Source: Sendable, Equatable {
        /// A file or directory of the host.
        case bind(String)
        /// A new tmpfs; `options` are tmpfs's own (`size=64m`, `mode=1777`).
        case tmpfs
    }
    public let source: Source
    /// Absolute path in the container.
    public let destination: String
    public var readOnly = false
    /// `private`, `rprivate`, `shared`, `rshared`, `slave`, `rslave`; empty is Docker's rprivate.
    public var propagation = ""
    /// Further mount options: `nosuid`, `size=64m`.
    public var options: [String] = []

    public init(_ source: Source, at destination: String, readOnly: Bool = false, propagation: String = "", options: [String] = []) {
        self.source = source
        self.destination = destination
        self.readOnly = readOnly
        self.propagation = propagation
        self.options = options
    }
}

/// A device of the host that the container may use.
public struct TaskDevice: Sendable, Equatable {
    public let hostPath: String
    public let containerPath: String
    /// Of `r`, `w`, `m`.
    public let access: String

    public init(hostPath: String, containerPath: String, access: String = "rwm") {
        self.hostPath = hostPath
        self.containerPath = containerPath
        self.access = access
    }
}

/// Which system calls a container may make.
public enum TaskSeccomp: Sendable, Equatable {
    /// Docker's default profile; a privileged container has none.
    case standard
    /// All of them.
    case unconfined
    /// A profile in Docker's JSON form.
    case profile(String)
}

/// What stands at /dev/shm.
public enum TaskSharedMemory: Sendable, Equatable {
    /// A tmpfs of the container's own.
    case own
    /// Nothing.
    case none
    /// The host's.
    case host
    /// That of the container with this first process.
    case joined(Int32)
}

/// A container's task in plain values.
public struct TaskSpec: Sendable, Equatable {
    public var containerID: String
    public var process: TaskProcess
    public var hostname = ""
    public var domainname = ""
    public var readOnlyRoot = false
    public var resources = TaskResources()
    /// Absolute cgroup path above the container's own; empty is `/wharf`.
    public var cgroupParent = ""

    public var networkNamespace = TaskNamespace.new
    public var pidNamespace = TaskNamespace.new
    public var ipcNamespace = TaskNamespace.new
    public var utsNamespace = TaskNamespace.new
    /// nil is Docker's default: the host's on cgroup v1 and hybrid, its own on v2.
    public var cgroupNamespace: TaskNamespace?

    /// Binds and tmpfs of the user, in order.
    public var mounts: [TaskMount] = []
    /// Files of the host that stand at /etc/hosts, /etc/hostname and /etc/resolv.conf; empty keeps the image's.
    public var hostsPath = ""
    public var hostnamePath = ""
    public var resolvConfPath = ""
    public var sharedMemory = TaskSharedMemory.own
    /// Bytes of /dev/shm; 0 is Docker's 64 MiB.
    public var sharedMemorySize: Int64 = 0
    /// Whether the container may change its cgroups; nil is what a privileged one may.
    public var hasWritableCgroups: Bool?
    /// Docker's `--init`: a small process 1 that reaps and hands signals on, where the pid namespace is the container's own.
    public var usesInit = false
    public var devices: [TaskDevice] = []
    /// Docker's `--device-cgroup-rule`: `c 1:3 rwm`.
    public var deviceRules: [String] = []
    /// Kernel parameters of the container's namespaces, by name.
    public var sysctls: [String: String] = [:]
    public var seccomp = TaskSeccomp.standard
    /// nil is Docker's list.
    public var maskedPaths: [String]?
    /// nil is Docker's list.
    public var readOnlyPaths: [String]?
    /// Kept in config.json for whoever looks at the bundle.
    public var annotations: [String: String] = [:]

    public init(containerID: String, process: TaskProcess) {
        self.containerID = containerID
        self.process = process
    }

    /// The container's cgroup, below each hierarchy: `/wharf/<id>`. A parent can't lead out of the hierarchy.
    public var cgroupPath: String {
        var parts: [Substring] = []
        for part in (cgroupParent.isEmpty ? "wharf" : cgroupParent).split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + (parts + [Substring(containerID)]).joined(separator: "/")
    }
}
