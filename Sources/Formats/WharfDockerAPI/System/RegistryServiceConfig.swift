// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The registries that a daemon treats specially.

public import WharfJSON

/// `RegistryConfig` of the info answer.
public struct RegistryServiceConfig: Sendable, Equatable, Decodable, JSONWritable {
    public var insecureRegistryCIDRs: [String] = []
    public var indexConfigs: [String: IndexInfo] = [:]
    public var mirrors: [String] = []

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(insecureRegistryCIDRs: [String], indexConfigs: [String: IndexInfo] = [:], mirrors: [String] = []) {
        self.insecureRegistryCIDRs = insecureRegistryCIDRs
        self.indexConfigs = indexConfigs
        self.mirrors = mirrors
    }

    private enum CodingKeys: String, CodingKey {
        case insecureRegistryCIDRs = "InsecureRegistryCIDRs"
        case indexConfigs = "IndexConfigs"
        case mirrors = "Mirrors"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("InsecureRegistryCIDRs", insecureRegistryCIDRs)
            o.field("IndexConfigs", indexConfigs)
            o.field("Mirrors", mirrors)
        }
    }
}
