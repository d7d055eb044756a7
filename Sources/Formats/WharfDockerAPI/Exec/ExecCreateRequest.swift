// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The body of `POST /containers/{id}/exec`.

public import WharfJSON

/// What to run beside a container's first process, and with which streams.
public struct ExecCreateRequest: Sendable, Equatable, Decodable, JSONWritable {
    /// Empty: the container's.
    public var user: String = ""
    public var privileged: Bool = false
    public var tty: Bool = false
    public var consoleSize: ConsoleSize?
    public var attachStdin: Bool = false
    public var attachStderr: Bool = false
    public var attachStdout: Bool = false
    /// `ctrl-p,ctrl-q`.
    public var detachKeys: String = ""
    public var env: [String]?
    public var workingDirectory: String = ""
    @StringOrList public var cmd: [String]?
    /// Ignored; old clients send it.
    public var detach: Bool = false

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case user = "User"
        case privileged = "Privileged"
        case tty = "Tty"
        case consoleSize = "ConsoleSize"
        case attachStdin = "AttachStdin"
        case attachStderr = "AttachStderr"
        case attachStdout = "AttachStdout"
        case detachKeys = "DetachKeys"
        case env = "Env"
        case workingDirectory = "WorkingDir"
        case cmd = "Cmd"
        case detach = "Detach"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("User", user)
            o.field("Privileged", privileged)
            o.field("Tty", tty)
            o.optional("ConsoleSize", consoleSize)
            o.field("AttachStdin", attachStdin)
            o.field("AttachStderr", attachStderr)
            o.field("AttachStdout", attachStdout)
            o.field("DetachKeys", detachKeys)
            o.field("Env", env)
            o.field("WorkingDir", workingDirectory)
            o.field("Cmd", cmd)
            o.nonEmpty("Detach", detach)
        }
    }
}
