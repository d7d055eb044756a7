// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What an agent for system calls is told together with the listener's descriptor (OCI runtime spec, config-linux.md, "The
// Container Process State").

public import WharfJSON

/// A process that has just got a filter which notifies, and its container.
public struct ContainerProcessState: Sendable, Equatable, Decodable, JSONWritable {
    /// The name in `fds` of the listener.
    public static let listenerName = "seccompFd"

    public var ociVersion: String
    /// Names of the descriptors that come with the document, in their order.
    public var fds: [String]
    /// As the runtime sees it.
    public var pid: Int32
    /// `listenerMetadata` of the spec.
    public var metadata: String
    public var state: ContainerState

    public init(ociVersion: String, fds: [String], pid: Int32, metadata: String, state: ContainerState) {
        self.ociVersion = ociVersion
        self.fds = fds
        self.pid = pid
        self.metadata = metadata
        self.state = state
    }

    private enum CodingKeys: String, CodingKey { case ociVersion, fds, pid, metadata, state }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("ociVersion", ociVersion)
            json.field("fds", fds)
            json.field("pid", pid)
            json.nonEmpty("metadata", metadata)
            json.field("state", state)
        }
    }
}
