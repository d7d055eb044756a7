// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The size of a terminal, which create and exec carry as a pair.

public import WharfJSON

/// `[height, width]` in characters; zero is "not said".
public struct ConsoleSize: Sendable, Equatable, Decodable, JSONWritable {
    /// Rows.
    public var height: UInt16
    /// Columns.
    public var width: UInt16

    /// A size; without arguments "not said".
    public init(height: UInt16 = 0, width: UInt16 = 0) {
        self.height = height
        self.width = width
    }

    /// Reads a pair. Like Go's fixed array it takes a missing element as 0 and ignores further ones.
    public init(from decoder: any Decoder) throws {
        let values = try [UInt](from: decoder)
        height = UInt16(clamping: values.first ?? 0)
        width = UInt16(clamping: values.dropFirst().first ?? 0)
    }

    /// `[24,80]`
    public func write(to json: inout JSONWriter) {
        json.array { json in
            json.integer(height)
            json.integer(width)
        }
    }
}
