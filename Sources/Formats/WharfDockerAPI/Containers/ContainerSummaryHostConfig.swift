// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The two host settings that the list of containers shows.

public import WharfJSON

/// `HostConfig` of a container summary.
public struct ContainerSummaryHostConfig: Sendable, Equatable, Decodable, JSONWritable {
    public var networkMode: String = ""
    public var annotations: [String: String]?

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(networkMode: String, annotations: [String: String]? = nil) {
        self.networkMode = networkMode
        self.annotations = annotations
    }

    private enum CodingKeys: String, CodingKey {
        case networkMode = "NetworkMode"
        case annotations = "Annotations"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.nonEmpty("NetworkMode", networkMode)
            o.nonEmpty("Annotations", annotations ?? [:])
        }
    }
}
