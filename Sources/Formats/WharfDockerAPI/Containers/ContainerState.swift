// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A container's state as inspect shows it.

public import WharfJSON

/// `State` of inspect. `startedAt` and `finishedAt` are `0001-01-01T00:00:00Z` before they happened.
public struct ContainerState: Sendable, Equatable, Decodable, JSONWritable {
    /// `created running paused restarting removing exited dead`.
    public var status: String = ""
    /// Also true while paused.
    public var running: Bool = false
    public var paused: Bool = false
    public var restarting: Bool = false
    public var oomKilled: Bool = false
    public var dead: Bool = false
    /// On the host; 0 when there is no process.
    public var pid: Int = 0
    public var exitCode: Int = 0
    /// Why the last start failed.
    public var error: String = ""
    public var startedAt: Timestamp = .zero
    public var finishedAt: Timestamp = .zero
    public var health: Health?

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case status = "Status"
        case running = "Running"
        case paused = "Paused"
        case restarting = "Restarting"
        case oomKilled = "OOMKilled"
        case dead = "Dead"
        case pid = "Pid"
        case exitCode = "ExitCode"
        case error = "Error"
        case startedAt = "StartedAt"
        case finishedAt = "FinishedAt"
        case health = "Health"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Status", status)
            o.field("Running", running)
            o.field("Paused", paused)
            o.field("Restarting", restarting)
            o.field("OOMKilled", oomKilled)
            o.field("Dead", dead)
            o.field("Pid", pid)
            o.field("ExitCode", exitCode)
            o.field("Error", error)
            o.field("StartedAt", startedAt)
            o.field("FinishedAt", finishedAt)
            o.optional("Health", health)
        }
    }
}
