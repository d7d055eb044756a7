// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The block devices' part of a sample. Lists that the host's cgroup version does not have are null, as in Docker.

public import WharfJSON

/// What went to and came from block devices.
public struct BlockIOStats: Sendable, Equatable, Decodable, JSONWritable {
    public var serviceBytes: [BlockIOEntry]?
    /// Version 1 has these; version 2 has the bytes and, where the kernel counts them, the operations only.
    public var serviced: [BlockIOEntry]?
    public var queued: [BlockIOEntry]?
    public var serviceTime: [BlockIOEntry]?
    public var waitTime: [BlockIOEntry]?
    public var merged: [BlockIOEntry]?
    public var time: [BlockIOEntry]?
    public var sectors: [BlockIOEntry]?

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case serviceBytes = "io_service_bytes_recursive"
        case serviced = "io_serviced_recursive"
        case queued = "io_queue_recursive"
        case serviceTime = "io_service_time_recursive"
        case waitTime = "io_wait_time_recursive"
        case merged = "io_merged_recursive"
        case time = "io_time_recursive"
        case sectors = "sectors_recursive"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("io_service_bytes_recursive", serviceBytes)
            o.field("io_serviced_recursive", serviced)
            o.field("io_queue_recursive", queued)
            o.field("io_service_time_recursive", serviceTime)
            o.field("io_wait_time_recursive", waitTime)
            o.field("io_merged_recursive", merged)
            o.field("io_time_recursive", time)
            o.field("sectors_recursive", sectors)
        }
    }
}
