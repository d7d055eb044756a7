// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The body of `POST /containers/{id}/update`: new limits and, perhaps, a new restart policy.

public import WharfJSON

/// What is to change; a zero value leaves a setting as it is.
public struct ContainerUpdateRequest: Sendable, Equatable, Decodable, JSONWritable {
    /// Flat in the object on the wire.
    @Embedded public var resources: ContainerResources = ContainerResources()
    /// An empty name leaves the policy as it is.
    public var restartPolicy: RestartPolicy = RestartPolicy()

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(resources: ContainerResources, restartPolicy: RestartPolicy = RestartPolicy()) {
        self.resources = resources
        self.restartPolicy = restartPolicy
    }

    private enum CodingKeys: String, CodingKey {
        case resources
        case restartPolicy = "RestartPolicy"
    }

    /// Docker's keys in the client's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            resources.writeMembers(to: &o)
            o.field("RestartPolicy", restartPolicy)
        }
    }
}
