// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Docker's `strslice`: a list of strings that may also be written as one string. Old clients and people with curl
// do so for Cmd and Entrypoint.

import WharfJSON

/// Reads `null`, `"one"` and `["one", "two"]`; always held as a list.
@propertyWrapper
public struct StringOrList: Sendable, Equatable, Decodable {
    /// nil is `null` or absent, which for a command differs from an empty list.
    public var wrappedValue: [String]?

    /// A list that is there already.
    public init(wrappedValue: [String]? = nil) {
        self.wrappedValue = wrappedValue
    }

    /// Throws `JSONError` for everything but null, a string and a list of strings.
    public init(from decoder: any Decoder) throws {
        switch try JSONValue(from: decoder) {
        case .null: wrappedValue = nil
        case .string(let text): wrappedValue = [text]
        default: wrappedValue = try [String](from: decoder)
        }
    }
}
