// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Go embeds structs: their fields stand flat in the object of the outer one. This wrapper reads such a part from
// the same object; writing is done by the outer type, which calls the part's `writeMembers`.

/// A property whose members stand flat in the object of its owner.
@propertyWrapper
public struct Embedded<Part: Decodable & Sendable & Equatable>: Sendable, Equatable {
    /// The part.
    public var wrappedValue: Part

    /// A part that is there already.
    public init(wrappedValue: Part) {
        self.wrappedValue = wrappedValue
    }
}

extension Embedded: Decodable {
    /// Reads the part from the object itself.
    public init(from decoder: any Decoder) throws {
        wrappedValue = try Part(from: decoder)
    }
}

extension KeyedDecodingContainer {
    /// Synthesised decoding asks for a key; the part's members are in this object instead.
    func decode<Part>(_ type: Embedded<Part>.Type, forKey key: Key) throws -> Embedded<Part> {
        Embedded(wrappedValue: try Part(from: superDecoder()))
    }
}
