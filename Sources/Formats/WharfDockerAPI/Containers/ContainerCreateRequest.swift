// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The body of `POST /containers/create`: the portable configuration stands flat at the top, with the host's half
// and the networks beside it.

public import WharfJSON

/// What to create. The name and the platform are in the query.
public struct ContainerCreateRequest: Sendable, Equatable, Decodable, JSONWritable {
    /// Flat at the top of the body.
    @Embedded public var config: ContainerConfig = ContainerConfig()
    /// nil when the body has none, which Docker takes as all defaults.
    public var hostConfig: HostConfig?
    public var networkingConfig: NetworkingConfig?

    /// All fields at their zero values.
    public init(config: ContainerConfig = ContainerConfig(), hostConfig: HostConfig? = nil, networkingConfig: NetworkingConfig? = nil) {
        self.config = config
        self.hostConfig = hostConfig
        self.networkingConfig = networkingConfig
    }

    private enum CodingKeys: String, CodingKey {
        case config
        case hostConfig = "HostConfig"
        case networkingConfig = "NetworkingConfig"
    }

    /// As docker's client writes it.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            config.writeMembers(to: &o)
            o.optional("HostConfig", hostConfig)
            o.optional("NetworkingConfig", networkingConfig)
        }
    }
}
