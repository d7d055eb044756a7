// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The answer to `GET /exec/{id}/json`.

public import WharfJSON

/// An exec's state. `exitCode` is nil while it runs.
public struct ExecInspect: Sendable, Equatable, Decodable, JSONWritable {
    public var id: String = ""
    public var running: Bool = false
    public var exitCode: Int?
    public var processConfig: ExecProcessConfig = ExecProcessConfig()
    public var openStdin: Bool = false
    public var openStderr: Bool = false
    public var openStdout: Bool = false
    public var canRemove: Bool = false
    public var containerID: String = ""
    public var detachKeys: Base64Bytes = Base64Bytes()
    /// On the host; 0 before the start.
    public var pid: Int = 0

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case id = "ID"
        case running = "Running"
        case exitCode = "ExitCode"
        case processConfig = "ProcessConfig"
        case openStdin = "OpenStdin"
        case openStderr = "OpenStderr"
        case openStdout = "OpenStdout"
        case canRemove = "CanRemove"
        case containerID = "ContainerID"
        case detachKeys = "DetachKeys"
        case pid = "Pid"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("ID", id)
            o.field("Running", running)
            o.field("ExitCode", exitCode)
            o.field("ProcessConfig", processConfig)
            o.field("OpenStdin", openStdin)
            o.field("OpenStderr", openStderr)
            o.field("OpenStdout", openStdout)
            o.field("CanRemove", canRemove)
            o.field("ContainerID", containerID)
            o.field("DetachKeys", detachKeys)
            o.field("Pid", pid)
        }
    }
}
