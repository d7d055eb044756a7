// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a container can be. Each state carries exactly the data that exists in it, so "running without a pid" or
// "exited, but no code" can't be written. `ContainerLifecycle` is the only place that moves from one to another.

public import WharfJSON

/// The state of a container as its record keeps it.
public enum ContainerRunState: Sendable, Equatable {
    /// Never ran. A start that failed leaves its reason here.
    case created(StartFailure?)
    case running(Running)
    /// Ran, ended, and is to be started again by its restart policy.
    case restarting(Exited)
    /// Ran, and ended.
    case exited(Exited)
    /// Its removal began; what it was before is kept for those who still look.
    case removing(Exited?)
    /// Its removal failed half-way; only another removal is possible.
    case dead(Dead)

    /// A process that exists now.
    public struct Running: Sendable, Equatable {
        /// The init process, in the host's pid namespace.
        public var pid: Int32
        public var startedAt: Timestamp
        public var isPaused: Bool
        /// The kernel killed something in it for want of memory.
        public var sawOOM: Bool
        /// The boot in which the pid means something.
        public var bootID: String

        public init(pid: Int32, startedAt: Timestamp, isPaused: Bool = false, sawOOM: Bool = false, bootID: String) {
            self.pid = pid
            self.startedAt = startedAt
            self.isPaused = isPaused
            self.sawOOM = sawOOM
            self.bootID = bootID
        }
    }

    /// How a run ended.
    public struct Exited: Sendable, Equatable {
        /// 0-255, or 128 + signal.
        public var exitCode: Int32
        public var startedAt: Timestamp
        public var finishedAt: Timestamp
        public var wasOOMKilled: Bool
        /// Why, where the code alone does not say it: a later start that failed, a shim that died.
        public var error: String
        /// The signal that ended it; 0 where there was none.
        public var signal: Int32 = 0
        /// Bytes, where it was killed for want of memory and its shim could look.
        public var memoryPeak: UInt64 = 0
        public var memoryLimit: UInt64 = 0

        public init(exitCode: Int32, startedAt: Timestamp, finishedAt: Timestamp, wasOOMKilled: Bool = false, error: String = "") {
            self.exitCode = exitCode
            self.startedAt = startedAt
            self.finishedAt = finishedAt
            self.wasOOMKilled = wasOOMKilled
            self.error = error
        }
    }

    /// A start that did not lead to a process.
    public struct StartFailure: Sendable, Equatable {
        /// 127 no such program, 126 not executable, 128 anything else.
        public var exitCode: Int32
        /// The whole text that the client was given.
        public var error: String

        public init(exitCode: Int32, error: String) {
            self.exitCode = exitCode
            self.error = error
        }
    }

    /// A removal that got stuck.
    public struct Dead: Sendable, Equatable {
        public var last: Exited?
        /// What could not be removed.
        public var error: String

        public init(last: Exited?, error: String) {
            self.last = last
            self.error = error
        }
    }

    /// Docker's word: created, running, paused, restarting, exited, removing, dead.
    public var status: String {
        switch self {
        case .created: "created"
        case .running(let running): running.isPaused ? "paused" : "running"
        case .restarting: "restarting"
        case .exited: "exited"
        case .removing: "removing"
        case .dead: "dead"
        }
    }

    /// There is a process. Paused counts as running, as in Docker.
    public var isRunning: Bool {
        if case .running = self { true } else { false }
    }

    /// Docker's `Running`: there is a process, or there will be one again without anybody's doing.
    public var isActive: Bool {
        switch self {
        case .running, .restarting: true
        case .created, .exited, .removing, .dead: false
        }
    }

    public var isRestarting: Bool {
        if case .restarting = self { true } else { false }
    }

    public var isPaused: Bool {
        if case .running(let running) = self { running.isPaused } else { false }
    }

    /// The code that wait and inspect show: 0 where nothing ever ran.
    public var exitCode: Int32 {
        switch self {
        case .created(let failure): failure?.exitCode ?? 0
        case .running: 0
        case .exited(let exited), .restarting(let exited): exited.exitCode
        case .removing(let last): last?.exitCode ?? 0
        case .dead(let dead): dead.last?.exitCode ?? 0
        }
    }

    /// The text of inspect's `State.Error`.
    public var error: String {
        switch self {
        case .created(let failure): failure?.error ?? ""
        case .running: ""
        case .exited(let exited), .restarting(let exited): exited.error
        case .removing(let last): last?.error ?? ""
        case .dead(let dead): dead.error
        }
    }

    public var startedAt: Timestamp {
        switch self {
        case .created: .zero
        case .running(let running): running.startedAt
        case .exited(let exited), .restarting(let exited): exited.startedAt
        case .removing(let last): last?.startedAt ?? .zero
        case .dead(let dead): dead.last?.startedAt ?? .zero
        }
    }

    public var finishedAt: Timestamp {
        switch self {
        case .created, .running: .zero
        case .exited(let exited), .restarting(let exited): exited.finishedAt
        case .removing(let last): last?.finishedAt ?? .zero
        case .dead(let dead): dead.last?.finishedAt ?? .zero
        }
    }

    /// The way the last run ended, or the last start failed.
    public var lastExit: Exited? {
        switch self {
        case .running: nil
        // A start that failed has a code, too, for who waits for the removal.
        case .created(let failure):
            failure.map { Exited(exitCode: $0.exitCode, startedAt: .zero, finishedAt: .zero, error: $0.error) }
        case .exited(let exited), .restarting(let exited): exited
        case .removing(let last): last
        case .dead(let dead): dead.last
        }
    }
}
