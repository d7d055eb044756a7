// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The part of a container's configuration that is portable between hosts: what the image gives and what the
// caller of `create` overrides. It is read from create bodies and written by inspect.

public import WharfJSON

/// `Config` of create and inspect (API description: ContainerConfig). A nil list is Docker's `null`.
public struct ContainerConfig: Sendable, Equatable, Decodable, JSONWritable {
    /// Host name; empty: the daemon takes the first 12 digits of the id.
    public var hostname: String = ""
    /// NIS domain name.
    public var domainname: String = ""
    /// `user[:group]`, names or numbers; empty: the image's.
    public var user: String = ""
    /// The client that creates is going to attach to stdin.
    public var attachStdin: Bool = false
    public var attachStdout: Bool = false
    public var attachStderr: Bool = false
    /// Keys are `80/tcp`.
    public var exposedPorts: [String: EmptyObject]?
    /// Give the process a terminal instead of pipes.
    public var tty: Bool = false
    /// Keep stdin open while nobody is attached.
    public var openStdin: Bool = false
    /// Close stdin when the first attached client leaves.
    public var stdinOnce: Bool = false
    /// `NAME=value`; a bare `NAME` removes the image's variable.
    public var env: [String]?
    /// Arguments, or the whole command when there is no entry point.
    @StringOrList public var cmd: [String]?
    /// nil: the image's.
    public var healthcheck: HealthConfig?
    public var argsEscaped: Bool = false
    /// Reference or id as the caller wrote it.
    public var image: String = ""
    /// Paths that get an anonymous volume.
    public var volumes: [String: EmptyObject]?
    public var workingDirectory: String = ""
    /// nil: the image's; empty or `[""]`: none.
    @StringOrList public var entrypoint: [String]?
    public var networkDisabled: Bool = false
    /// Up to API 1.43; later in the endpoint settings.
    public var macAddress: String = ""
    public var onBuild: [String]?
    public var labels: [String: String]?
    /// `SIGTERM` when empty.
    public var stopSignal: String = ""
    /// Seconds; 10 when nil.
    public var stopTimeout: Int?
    @StringOrList public var shell: [String]?

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case hostname = "Hostname"
        case domainname = "Domainname"
        case user = "User"
        case attachStdin = "AttachStdin"
        case attachStdout = "AttachStdout"
        case attachStderr = "AttachStderr"
        case exposedPorts = "ExposedPorts"
        case tty = "Tty"
        case openStdin = "OpenStdin"
        case stdinOnce = "StdinOnce"
        case env = "Env"
        case cmd = "Cmd"
        case healthcheck = "Healthcheck"
        case argsEscaped = "ArgsEscaped"
        case image = "Image"
        case volumes = "Volumes"
        case workingDirectory = "WorkingDir"
        case entrypoint = "Entrypoint"
        case networkDisabled = "NetworkDisabled"
        case macAddress = "MacAddress"
        case onBuild = "OnBuild"
        case labels = "Labels"
        case stopSignal = "StopSignal"
        case stopTimeout = "StopTimeout"
        case shell = "Shell"
    }

    /// One object with the members.
    public func write(to json: inout JSONWriter) { json.object { writeMembers(to: &$0) } }

    /// The members alone, into the object of the type that embeds this one.
    func writeMembers(to o: inout JSONWriter) {
        o.field("Hostname", hostname)
        o.field("Domainname", domainname)
        o.field("User", user)
        o.field("AttachStdin", attachStdin)
        o.field("AttachStdout", attachStdout)
        o.field("AttachStderr", attachStderr)
        o.nonEmpty("ExposedPorts", exposedPorts ?? [:])
        o.field("Tty", tty)
        o.field("OpenStdin", openStdin)
        o.field("StdinOnce", stdinOnce)
        o.field("Env", env)
        o.field("Cmd", cmd)
        o.optional("Healthcheck", healthcheck)
        o.nonEmpty("ArgsEscaped", argsEscaped)
        o.field("Image", image)
        o.field("Volumes", volumes)
        o.field("WorkingDir", workingDirectory)
        o.field("Entrypoint", entrypoint)
        o.nonEmpty("NetworkDisabled", networkDisabled)
        o.nonEmpty("MacAddress", macAddress)
        o.field("OnBuild", onBuild)
        o.field("Labels", labels)
        o.nonEmpty("StopSignal", stopSignal)
        o.optional("StopTimeout", stopTimeout)
        o.nonEmpty("Shell", shell ?? [])
    }

    /// The form of an image's configuration since API 1.50: only what an image can say, and only what it does say.
    func writeImageForm(to json: inout JSONWriter) {
        json.object { o in
            o.nonEmpty("User", user)
            o.nonEmpty("ExposedPorts", exposedPorts ?? [:])
            o.nonEmpty("Env", env ?? [])
            o.nonEmpty("Entrypoint", entrypoint ?? [])
            o.nonEmpty("Cmd", cmd ?? [])
            o.nonEmpty("Volumes", volumes ?? [:])
            o.nonEmpty("WorkingDir", workingDirectory)
            o.nonEmpty("Labels", labels ?? [:])
            o.nonEmpty("StopSignal", stopSignal)
            o.nonEmpty("ArgsEscaped", argsEscaped)
            o.optional("Healthcheck", healthcheck)
            o.nonEmpty("OnBuild", onBuild ?? [])
            o.nonEmpty("Shell", shell ?? [])
        }
    }
}
