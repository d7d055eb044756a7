// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the maker hands to `createContainer` and `executeProcess`, and what it gets back for the shim.

import Glibc
public import WharfCgroups
public import WharfLinux
public import WharfOCI

/// A container that is to be made.
public struct NewContainer: Sendable {
    /// Names the session keyring; checked against `NameGrammar.isContainerName`.
    public var id: String
    public var spec: RuntimeSpec
    /// What a relative `root.path` of the spec starts from.
    public var bundle: HostPath
    /// The root file system; nil takes the spec's `root.path`.
    public var root: RootSource?
    public var stdio: Stdio
    public var parent: ParentChoice
    /// Where compiled system call filters are kept; nil compiles each time.
    public var filterCache: HostPath?
    /// Who starts the program.
    public var start: StartSource
    /// How many descriptors from 3 on the program keeps, as they are in the caller.
    public var preservedDescriptors: Int
    /// How many of them are sockets that systemd gave (sd_listen_fds(3)): the program is told by LISTEN_FDS and LISTEN_PID.
    public var listenDescriptors: Int
    /// Whether the root is changed by pivot_root; false for a host whose root is an initramfs.
    public var usesPivot: Bool

    public init(
        id: String, spec: RuntimeSpec, bundle: HostPath, root: RootSource? = nil, stdio: Stdio, parent: ParentChoice = .grandparent,
        filterCache: HostPath? = nil, start: StartSource = .channel, preservedDescriptors: Int = 0, listenDescriptors: Int = 0,
        usesPivot: Bool = true
    ) {
        self.id = id
        self.spec = spec
        self.bundle = bundle
        self.root = root
        self.stdio = stdio
        self.parent = parent
        self.filterCache = filterCache
        self.start = start
        self.preservedDescriptors = preservedDescriptors
        self.listenDescriptors = listenDescriptors
        self.usesPivot = usesPivot
    }
}

/// How a created process learns that its program may run.
public enum StartSource: Sendable {
    /// By the start channel in the result, which somebody must keep: its end ends the process.
    case channel
    /// By a connection to this listening unix socket, which then carries the start channel's protocol. The start channel in
    /// the result holds the process until `StartChannel.detach`: before that, the end of the caller ends the process too.
    case listener(Descriptor)
}

/// A process that is to run in a container.
public struct NewProcess: Sendable {
    public var process: RuntimeSpec.Process
    /// The container's first process, whose namespaces are entered.
    public var container: PidFD
    /// As in the container's spec; empty joins no group.
    public var cgroupsPath: String
    /// Groups below the container's own that are joined instead.
    public var subgroups: CgroupSubpaths?
    public var stdio: Stdio
    public var parent: ParentChoice
    /// The container's system call filter; nil for none.
    public var filter: SeccompFilter?
    /// Those of the container's spec; an empty list stands for everything but user and time.
    public var namespaces: [RuntimeSpec.Namespace]
    /// The container's state, for the agent of a filter that notifies.
    public var state: ContainerState?
    /// How many descriptors from 3 on the program keeps, as they are in the caller.
    public var preservedDescriptors: Int
    /// How many of them are sockets that systemd gave.
    public var listenDescriptors: Int
    /// The execution domain of the container's spec.
    public var personality: RuntimeSpec.Personality?

    public init(
        process: RuntimeSpec.Process, container: PidFD, cgroupsPath: String, stdio: Stdio, parent: ParentChoice = .grandparent,
        filter: SeccompFilter? = nil, namespaces: [RuntimeSpec.Namespace] = [], state: ContainerState? = nil,
        preservedDescriptors: Int = 0, listenDescriptors: Int = 0, personality: RuntimeSpec.Personality? = nil
    ) {
        self.process = process
        self.container = container
        self.cgroupsPath = cgroupsPath
        self.stdio = stdio
        self.parent = parent
        self.filter = filter
        self.namespaces = namespaces
        self.state = state
        self.preservedDescriptors = preservedDescriptors
        self.listenDescriptors = listenDescriptors
        self.personality = personality
    }
}

extension NewProcess {
    /// What it keeps from the caller.
    var inherited: InheritedDescriptors { InheritedDescriptors(count: preservedDescriptors, listening: listenDescriptors) }
}

/// What becomes descriptors 0, 1 and 2.
public enum Stdio: Sendable {
    /// These three; the process gets its own copies.
    case descriptors(input: Descriptor, output: Descriptor, error: Descriptor)
    /// A new terminal of the container's devpts; its master comes back in the result. A size of 0 leaves it unset.
    case terminal(WindowSize)
}

/// Whose child the new process becomes.
public enum ParentChoice: Sendable {
    /// The caller's: it waits for the process itself.
    case caller
    /// The caller's parent's: the maker goes away, the shim waits.
    case grandparent
}

/// Where the root file system comes from. Paths are trusted.
public enum RootSource: Sendable {
    /// An overlay: `lower` topmost first; without `upper` and `work` it is read-only.
    case overlay(lower: [HostPath], upper: HostPath?, work: HostPath?)
    /// The directory itself, with the mounts below it.
    case directory(HostPath)
}

/// A process that waits for its start byte.
public struct CreatedProcess: Sendable {
    /// In the caller's pid namespace.
    public let pid: Int32
    public let pidfd: PidFD
    /// The terminal's master, when one was asked for.
    public let terminal: Descriptor?
    /// Starts the program and tells whether that worked.
    public let startChannel: StartChannel
    /// What the host could not do as asked; for people.
    public let warnings: [String]

    public init(pid: Int32, pidfd: PidFD, terminal: Descriptor?, startChannel: StartChannel, warnings: [String]) {
        self.pid = pid
        self.pidfd = pidfd
        self.terminal = terminal
        self.startChannel = startChannel
        self.warnings = warnings
    }
}

/// A container whose first process waits for its start byte.
public struct CreatedContainer: Sendable {
    public let process: CreatedProcess
    /// The container's root directory as it sees it, mounts included; a handle (O_PATH).
    public let root: RootFD
    /// Its control groups; nil when the spec names none.
    public let cgroup: (any CgroupManager)?

    public init(process: CreatedProcess, root: RootFD, cgroup: (any CgroupManager)?) {
        self.process = process
        self.root = root
        self.cgroup = cgroup
    }
}
