// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The state of a container as a runtime tells it (OCI runtime spec 1.2, runtime.md, "State"): what a hook finds on its
// standard input, what a seccomp agent gets, and the part of `state` that the specification fixes.

public import WharfJSON

/// The state document of the OCI runtime specification.
public struct ContainerState: Sendable, Equatable, Decodable, JSONWritable {
    /// Where a container stands between its making and its removal.
    public enum Status: String, Sendable, Equatable, Decodable {
        case creating, created, running, paused, stopped
    }

    /// Of the specification that this document follows.
    public var ociVersion: String
    public var id: String
    public var status: Status
    /// Of the first process as the host sees it; 0 (and left out) when it has none.
    public var pid: Int32
    /// Absolute path on the host.
    public var bundle: String
    /// Those of the container's config.json.
    public var annotations: [String: String]

    public init(
        ociVersion: String = "1.2.0", id: String, status: Status, pid: Int32 = 0, bundle: String, annotations: [String: String] = [:]
    ) {
        self.ociVersion = ociVersion
        self.id = id
        self.status = status
        self.pid = pid
        self.bundle = bundle
        self.annotations = annotations
    }

    private enum CodingKeys: String, CodingKey { case ociVersion, id, status, pid, bundle, annotations }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("ociVersion", ociVersion)
            json.field("id", id)
            json.field("status", status.rawValue)
            json.nonEmpty("pid", pid)
            json.field("bundle", bundle)
            json.nonEmpty("annotations", annotations)
        }
    }
}
