// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Go writes a set as a map to empty structs: `{"80/tcp": {}}`.

public import WharfJSON

/// The `{}` behind each key of a set. Whatever stands inside is ignored.
public struct EmptyObject: Sendable, Equatable, Decodable, JSONWritable {
    /// The only value.
    public init() {}

    /// Accepts any object, and null.
    public init(from decoder: any Decoder) throws {
        switch try JSONValue(from: decoder) {
        case .object, .null: break
        default: throw JSONError.invalid("expected an empty object")
        }
    }

    /// `{}`
    public func write(to json: inout JSONWriter) { json.object { _ in } }
}

extension [String: EmptyObject] {
    /// A set from its members.
    public init(members: some Sequence<String>) {
        self.init(members.map { ($0, EmptyObject()) }) { first, _ in first }
    }
}
