// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The answer to `GET /distribution/{name}/json`.

public import WharfJSON

/// What a name means in its registry.
public struct DistributionInspect: Sendable, Equatable, Decodable, JSONWritable {
    public var descriptor: OCIDescriptor = OCIDescriptor()
    public var platforms: [OCIPlatform] = []

    /// All fields, in the order of the description.
    public init(descriptor: OCIDescriptor, platforms: [OCIPlatform] = []) {
        self.descriptor = descriptor
        self.platforms = platforms
    }

    private enum CodingKeys: String, CodingKey {
        case descriptor = "Descriptor"
        case platforms = "Platforms"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Descriptor", descriptor)
            o.field("Platforms", platforms)
        }
    }
}
