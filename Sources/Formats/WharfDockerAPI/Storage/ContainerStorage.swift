// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Where a container's root file system is kept, as API 1.52 tells it.

public import WharfJSON

/// `Storage` of inspect.
public struct ContainerStorage: Sendable, Equatable, Decodable, JSONWritable {
    public var rootFS: RootFSStorage?

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(rootFS: RootFSStorage?) {
        self.rootFS = rootFS
    }

    private enum CodingKeys: String, CodingKey {
        case rootFS = "RootFS"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.optional("RootFS", rootFS)
        }
    }
}
