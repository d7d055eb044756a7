// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Options of a bind mount in the long form.

public import WharfJSON

/// `Mounts[].BindOptions`.
public struct BindOptions: Sendable, Equatable, Decodable, JSONWritable {
    /// `rprivate` and its five kin.
    public var propagation: String = ""
    public var nonRecursive: Bool = false
    public var createMountpoint: Bool = false
    /// Since API 1.44.
    public var readOnlyNonRecursive: Bool = false
    public var readOnlyForceRecursive: Bool = false

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(
        propagation: String, nonRecursive: Bool = false, createMountpoint: Bool = false, readOnlyNonRecursive: Bool = false,
        readOnlyForceRecursive: Bool = false
    ) {
        self.propagation = propagation
        self.nonRecursive = nonRecursive
        self.createMountpoint = createMountpoint
        self.readOnlyNonRecursive = readOnlyNonRecursive
        self.readOnlyForceRecursive = readOnlyForceRecursive
    }

    private enum CodingKeys: String, CodingKey {
        case propagation = "Propagation"
        case nonRecursive = "NonRecursive"
        case createMountpoint = "CreateMountpoint"
        case readOnlyNonRecursive = "ReadOnlyNonRecursive"
        case readOnlyForceRecursive = "ReadOnlyForceRecursive"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.nonEmpty("Propagation", propagation)
            o.nonEmpty("NonRecursive", nonRecursive)
            o.nonEmpty("CreateMountpoint", createMountpoint)
            o.nonEmpty("ReadOnlyNonRecursive", readOnlyNonRecursive)
            o.nonEmpty("ReadOnlyForceRecursive", readOnlyForceRecursive)
        }
    }
}
