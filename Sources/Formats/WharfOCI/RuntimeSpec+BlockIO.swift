// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Limits on block devices (OCI runtime spec, config-linux.md, "Block IO").

public import WharfJSON

extension RuntimeSpec {
    /// Block devices.
    public struct BlockIO: Sendable, Equatable, JSONReadable, JSONWritable {
        /// 10...1000.
        public var weight: UInt16?
        /// As `weight`, for this group's own processes against its sub-groups; version 1 only.
        public var leafWeight: UInt16?
        public var weightDevice: [WeightDevice]
        /// Bytes in a second.
        public var throttleReadBpsDevice: [ThrottleDevice]
        public var throttleWriteBpsDevice: [ThrottleDevice]
        /// Operations in a second.
        public var throttleReadIOPSDevice: [ThrottleDevice]
        public var throttleWriteIOPSDevice: [ThrottleDevice]

        public init(
            weight: UInt16? = nil, leafWeight: UInt16? = nil, weightDevice: [WeightDevice] = [],
            throttleReadBpsDevice: [ThrottleDevice] = [], throttleWriteBpsDevice: [ThrottleDevice] = [],
            throttleReadIOPSDevice: [ThrottleDevice] = [], throttleWriteIOPSDevice: [ThrottleDevice] = []
        ) {
            self.weight = weight
            self.leafWeight = leafWeight
            self.weightDevice = weightDevice
            self.throttleReadBpsDevice = throttleReadBpsDevice
            self.throttleWriteBpsDevice = throttleWriteBpsDevice
            self.throttleReadIOPSDevice = throttleReadIOPSDevice
            self.throttleWriteIOPSDevice = throttleWriteIOPSDevice
        }

        public init(reading json: JSONFields) throws(JSONError) {
            weight = try json.optional("weight")
            leafWeight = try json.optional("leafWeight")
            weightDevice = try json.read("weightDevice")
            throttleReadBpsDevice = try json.read("throttleReadBpsDevice")
            throttleWriteBpsDevice = try json.read("throttleWriteBpsDevice")
            throttleReadIOPSDevice = try json.read("throttleReadIOPSDevice")
            throttleWriteIOPSDevice = try json.read("throttleWriteIOPSDevice")
        }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.optional("weight", weight)
                json.optional("leafWeight", leafWeight)
                json.nonEmpty("weightDevice", weightDevice)
                json.nonEmpty("throttleReadBpsDevice", throttleReadBpsDevice)
                json.nonEmpty("throttleWriteBpsDevice", throttleWriteBpsDevice)
                json.nonEmpty("throttleReadIOPSDevice", throttleReadIOPSDevice)
                json.nonEmpty("throttleWriteIOPSDevice", throttleWriteIOPSDevice)
            }
        }
    }

    /// The weight on one device.
    public struct WeightDevice: Sendable, Equatable, JSONReadable, JSONWritable {
        public var major: Int64
        public var minor: Int64
        /// 10...1000.
        public var weight: UInt16?
        /// Version 1 only.
        public var leafWeight: UInt16?

        public init(
            major: Int64, minor: Int64, weight: UInt16? = nil, leafWeight: UInt16? = nil
        ) {
            self.major = major
            self.minor = minor
            self.weight = weight
            self.leafWeight = leafWeight
        }

        public init(reading json: JSONFields) throws(JSONError) {
            major = try json.read("major")
            minor = try json.read("minor")
            weight = try json.optional("weight")
            leafWeight = try json.optional("leafWeight")
        }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.field("major", major)
                json.field("minor", minor)
                json.optional("weight", weight)
                json.optional("leafWeight", leafWeight)
            }
        }
    }

    /// The limit of one device.
    public struct ThrottleDevice: Sendable, Equatable, JSONReadable, JSONWritable {
        public var major: Int64
        public var minor: Int64
        /// In a second; 0 takes the limit away.
        public var rate: UInt64

        public init(
            major: Int64, minor: Int64, rate: UInt64
        ) {
            self.major = major
            self.minor = minor
            self.rate = rate
        }

        public init(reading json: JSONFields) throws(JSONError) {
            major = try json.read("major")
            minor = try json.read("minor")
            rate = try json.read("rate")
        }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.field("major", major)
                json.field("minor", minor)
                json.field("rate", rate)
            }
        }
    }
}
