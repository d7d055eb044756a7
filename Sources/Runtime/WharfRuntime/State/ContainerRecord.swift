// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the runtime remembers of a container between two command lines: enough to find its processes and groups, and so to
// remove all of it, whatever became of the command that made it.

public import WharfJSON
import WharfLinux
public import WharfOCI

/// The content of state.json.
public struct ContainerRecord: Sendable, Equatable, Decodable, JSONWritable {
    public var id: String
    /// Absolute.
    public var bundle: String
    /// Absolute.
    public var rootfs: String
    public var created: Timestamp
    /// The uid of whoever made it.
    public var owner: UInt32
    public var annotations: [String: String]
    /// Absolute in the hierarchies, as it was given to the container. On record before the groups are made.
    public var cgroupsPath: String
    /// The first process; nil until it is set up and waits for its start.
    public var process: ProcessIdentity?
    /// The command that makes the container, as long as it does: a hook or a mount may keep it for ever.
    public var maker: ProcessIdentity?

    public init(
        id: String, bundle: String, rootfs: String, created: Timestamp, owner: UInt32, annotations: [String: String], cgroupsPath: String,
        process: ProcessIdentity? = nil, maker: ProcessIdentity? = nil
    ) {
        self.id = id
        self.bundle = bundle
        self.rootfs = rootfs
        self.created = created
        self.owner = owner
        self.annotations = annotations
        self.cgroupsPath = cgroupsPath
        self.process = process
        self.maker = maker
    }

    private enum CodingKeys: String, CodingKey { case id, bundle, rootfs, created, owner, annotations, cgroupsPath, process, maker }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("bundle", bundle)
            json.field("rootfs", rootfs)
            json.field("created", created)
            json.field("owner", owner)
            json.nonEmpty("annotations", annotations)
            json.field("cgroupsPath", cgroupsPath)
            json.optional("process", process)
            json.optional("maker", maker)
        }
    }

    /// The document for hooks and callers. The pid is told while there is a process.
    public func state(_ status: ContainerState.Status) -> ContainerState {
        ContainerState(
            id: id, status: status, pid: status == .stopped ? 0 : process?.pid ?? 0, bundle: bundle, annotations: annotations)
    }
}
