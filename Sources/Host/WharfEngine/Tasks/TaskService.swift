// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The live side of containers as the rest of the engine sees it: a record says what a container is, a task is the
// connection to the shim that runs it now. Tests put a fake behind these protocols and drive the whole lifecycle without
// root; the real ones are ShimTaskService and ShimClient beside this file.

public import WharfLinux
public import WharfShimProtocol

/// Makes tasks, and finds the ones that outlived the last daemon.
public protocol TaskService: Sendable {
    /// Starts a shim and lets it make the container up to the moment before its program runs.
    ///
    /// - Throws: `TaskFailure` with the maker's step and errno. Nothing is left behind then.
    func create(_ request: TaskCreateRequest) async throws -> any ContainerTask

    /// Connects to every shim that still runs, called once at start.
    ///
    /// What died while no daemon was there is cleaned up meanwhile: its processes killed, its cgroup and bundle removed; it
    /// is not in the result, and its exit record, if it had time to write one, is where `exitPath` said.
    func adopt() async -> [any ContainerTask]

    /// The ids of which something lies in the exec-root, running or not.
    func leftovers() async -> [String]

    /// Makes an end of what a container that does not run has left: a shim, processes, cgroup, bundle. Never throws; what
    /// can't be removed is in `leftovers` again.
    func removeLeftovers(of id: String) async
}

/// The connection to one container's shim. A process is named by its exec id, the container's init by nil.
///
/// Every request has a deadline of its own and throws `TaskFailure` with the step `timeout` and ETIMEDOUT when it passes:
/// a shim that hangs delays only its own container. After the shim's death requests throw the step `shim` and ESRCH.
public protocol ContainerTask: Sendable {
    var containerID: String { get }
    /// Init's process id in the host's namespace; 0 for an adopted shim that did not tell yet.
    var pid: Int32 { get }

    /// Lets init go on to its program. - Throws: `TaskFailure` with the step `exec` when it can't be run.
    func start() async throws
    func signal(_ signal: Int32, process: String?) async throws
    /// To every process in the container's cgroup.
    func signalAll(_ signal: Int32) async throws
    func resize(process: String?, rows: UInt16, columns: UInt16) async throws
    /// Hands a connection over: it belongs to the shim from then on. The request's `process` says which.
    func attach(_ request: AttachRequest, _ connection: Descriptor) async throws
    /// Ends a process's standard input once what waits has been written.
    func closeStdin(process: String?) async throws
    /// Creates and starts a further process. - Returns: its process id.
    func exec(_ request: ExecTaskRequest) async throws -> Int32
    func pause() async throws
    func resume() async throws
    /// Changes limits while the container lives; what is nil or empty stays as it is.
    ///
    /// - Returns: warnings about what the host can't do.
    func update(_ resources: TaskResources) async throws -> [String]
    /// What the shim knows; for a task that was just adopted. ETIMEDOUT at once for a shim that is alive and did not answer
    /// when it was adopted: it is stopped, its container may well run, and its news comes when it goes on.
    func state() async throws -> TaskState

    /// News in order, for one reader. It ends behind `shimDied`, and behind `shutdown`.
    ///
    /// What ended while no daemon was connected is told here too, as soon as the task is adopted.
    var events: AsyncStream<TaskEvent> { get }

    /// Tells the shim that the end of a process has been written down, so that it need not keep it. Waits for nothing and
    /// never fails; a shim of an older version is not told.
    func acknowledge(process: String?)

    /// Acknowledges the end of the container: the shim ends, and bundle, socket and cgroup are removed. A shim that doesn't
    /// end is killed with everything in its cgroup. Never fails.
    func shutdown() async
}

/// News from a task.
public enum TaskEvent: Sendable, Equatable {
    /// A process ended and its output has been written; `process` is nil for init.
    case exited(process: String?, ExitRecord)
    /// The kernel killed a process of the container for want of memory.
    case outOfMemory
    /// A client typed its detach keys.
    case detached(process: String?, token: UInt64)
    /// An attach ended: the client went away, or the process's output did.
    case attachClosed(process: String?, token: UInt64)
    /// The log has begun a new file.
    case logRotated
    /// The shim is gone without having told how init ended. What it left is cleaned up by the time this comes, and the
    /// record holds 137 and the reason. Told once; nothing follows.
    case shimDied(ExitRecord)
}

/// Why a task request failed, as the maker or the connection saw it.
public struct TaskFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was being done: `exec`, `rootfs`, `cgroup` from the maker; `spawn`, `hello`, `timeout`, `shim` from here.
    public let step: String
    /// The kernel's number, 0 where there is none. For the step `exec`: ENOENT is Docker's 127, EACCES its 126.
    public let errno: Int32
    /// For people, lower case, names the object.
    public let text: String

    public init(step: String, errno: Int32, text: String) {
        self.step = step
        self.errno = errno
        self.text = text
    }

    public var description: String { text }
}
