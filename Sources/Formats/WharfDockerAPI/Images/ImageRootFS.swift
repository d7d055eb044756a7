// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The layers of an image as inspect shows them.

public import WharfJSON

/// `RootFS` of image inspect.
public struct ImageRootFS: Sendable, Equatable, Decodable, JSONWritable {
    public var type: String = "layers"
    /// diff ids.
    public var layers: [String]?

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(type: String, layers: [String]? = nil) {
        self.type = type
        self.layers = layers
    }

    private enum CodingKeys: String, CodingKey {
        case type = "Type"
        case layers = "Layers"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.nonEmpty("Type", type)
            o.nonEmpty("Layers", layers ?? [])
        }
    }
}
