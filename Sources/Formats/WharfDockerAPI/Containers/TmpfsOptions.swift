// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Options of a tmpfs mount in the long form.

public import WharfJSON

/// `Mounts[].TmpfsOptions`.
public struct TmpfsOptions: Sendable, Equatable, Decodable, JSONWritable {
    public var sizeBytes: Int64 = 0
    /// Permission bits as a number.
    public var mode: UInt32 = 0
    /// `[["noexec"], ["key", "value"]]`.
    public var options: [[String]]?

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(sizeBytes: Int64, mode: UInt32 = 0, options: [[String]]? = nil) {
        self.sizeBytes = sizeBytes
        self.mode = mode
        self.options = options
    }

    private enum CodingKeys: String, CodingKey {
        case sizeBytes = "SizeBytes"
        case mode = "Mode"
        case options = "Options"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.nonEmpty("SizeBytes", sizeBytes)
            o.nonEmpty("Mode", mode)
            o.nonEmpty("Options", options ?? [])
        }
    }
}
