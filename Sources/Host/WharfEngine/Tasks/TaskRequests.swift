// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the engine gives to make a task or an exec: plain values, no records and no Docker types.

public import WharfLinux
public import WharfShimProtocol

/// A client that is attached from the first byte on: the connection and how to serve it.
public struct TaskAttach: Sendable {
    public let request: AttachRequest
    public let connection: Descriptor

    public init(_ request: AttachRequest, _ connection: Descriptor) {
        self.request = request
        self.connection = connection
    }
}

/// An OCI runtime that is not the built-in one.
public struct TaskRuntime: Sendable, Equatable {
    /// The program: an absolute path.
    public let path: String
    /// Arguments before its verb.
    public let arguments: [String]

    public init(path: String, arguments: [String] = []) {
        self.path = path
        self.arguments = arguments
    }
}

/// Makes a container's task.
public struct TaskCreateRequest: Sendable {
    /// What the container may do and see; becomes the bundle's config.json.
    public var spec: TaskSpec
    /// The root file system in order, each on top of the one before.
    public var rootMounts: [RootMount]
    /// The terminal's first size; 0 leaves it unset. Whether there is one stands in the spec.
    public var rows: UInt16 = 0
    public var columns: UInt16 = 0
    public var openStdin = false
    /// Standard input ends with the first attached client that has it.
    public var stdinOnce = false
    public var log = LogTarget()
    /// Where the shim writes the exit record: `<root>/containers/<id>/exit`.
    public var exitPath: String
    public var attaches: [TaskAttach] = []
    /// nil is the built-in runtime.
    public var runtime: TaskRuntime?

    public init(spec: TaskSpec, rootMounts: [RootMount], exitPath: String) {
        self.spec = spec
        self.rootMounts = rootMounts
        self.exitPath = exitPath
    }
}

/// Makes and starts a further process in a running container.
public struct ExecTaskRequest: Sendable {
    /// Unique within the container.
    public var id: String
    public var process: TaskProcess
    public var rows: UInt16 = 0
    public var columns: UInt16 = 0
    public var openStdin = false
    public var attaches: [TaskAttach] = []

    public init(id: String, process: TaskProcess) {
        self.id = id
        self.process = process
    }
}
