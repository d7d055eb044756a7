// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// New limits for a container that lives: `docker update`, on its way from wharfd to the shim's child that writes them.

/// Changes what a container may use.
public struct UpdateRequest: Sendable, Equatable {
    /// The OCI `linux.resources` object as JSON; what it does not name stays as it is. Only the shim's child reads it.
    public var resources: [UInt8] = []

    public init() {}

    public init(resources: [UInt8]) { self.resources = resources }
}

extension UpdateRequest: WireMessage {
    mutating func read(_ field: Field) throws(ShimProtocolError) {
        if field.number == 1 { resources = Array(field.bytes) }
    }

    func write(to fields: inout FieldWriter) { fields.bytes(1, resources) }
}
