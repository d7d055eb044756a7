// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What went through one interface of a container.

public import WharfJSON

/// Counters of an interface since it was made.
public struct NetworkStats: Sendable, Equatable, Decodable, JSONWritable {
    public var rxBytes: UInt64 = 0
    public var rxPackets: UInt64 = 0
    public var rxErrors: UInt64 = 0
    public var rxDropped: UInt64 = 0
    public var txBytes: UInt64 = 0
    public var txPackets: UInt64 = 0
    public var txErrors: UInt64 = 0
    public var txDropped: UInt64 = 0

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case rxBytes = "rx_bytes"
        case rxPackets = "rx_packets"
        case rxErrors = "rx_errors"
        case rxDropped = "rx_dropped"
        case txBytes = "tx_bytes"
        case txPackets = "tx_packets"
        case txErrors = "tx_errors"
        case txDropped = "tx_dropped"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("rx_bytes", rxBytes)
            o.field("rx_packets", rxPackets)
            o.field("rx_errors", rxErrors)
            o.field("rx_dropped", rxDropped)
            o.field("tx_bytes", txBytes)
            o.field("tx_packets", txPackets)
            o.field("tx_errors", txErrors)
            o.field("tx_dropped", txDropped)
        }
    }
}
