// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Limits on huge pages, packets and RDMA devices (OCI runtime spec, config-linux.md).

public import WharfJSON

extension RuntimeSpec {
    /// The limit on huge pages of one size.
    public struct HugepageLimit: Sendable, Equatable, Decodable, JSONWritable {
        /// As the kernel names its files: `2MB`, `1GB`, `64KB`.
        public var pageSize: String
        /// Bytes.
        public var limit: UInt64

        public init(
            pageSize: String, limit: UInt64
        ) {
            self.pageSize = pageSize
            self.limit = limit
        }

        private enum CodingKeys: String, CodingKey { case pageSize, limit }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.field("pageSize", pageSize)
                json.field("limit", limit)
            }
        }
    }

    /// Marks on packets, version 1 only.
    public struct Network: Sendable, Equatable, Decodable, JSONWritable {
        /// For the classifier of tc(8).
        public var classID: UInt32?
        public var priorities: [InterfacePriority]

        public init(
            classID: UInt32? = nil, priorities: [InterfacePriority] = []
        ) {
            self.classID = classID
            self.priorities = priorities
        }

        private enum CodingKeys: String, CodingKey { case classID, priorities }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.optional("classID", classID)
                json.nonEmpty("priorities", priorities)
            }
        }
    }

    /// The priority of packets that leave by one interface.
    public struct InterfacePriority: Sendable, Equatable, Decodable, JSONWritable {
        public var name: String
        public var priority: UInt32

        public init(
            name: String, priority: UInt32
        ) {
            self.name = name
            self.priority = priority
        }

        private enum CodingKeys: String, CodingKey { case name, priority }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.field("name", name)
                json.field("priority", priority)
            }
        }
    }

    /// The limits of one RDMA device.
    public struct RDMA: Sendable, Equatable, Decodable, JSONWritable {
        /// Open handles.
        public var hcaHandles: UInt32?
        /// Objects.
        public var hcaObjects: UInt32?

        public init(
            hcaHandles: UInt32? = nil, hcaObjects: UInt32? = nil
        ) {
            self.hcaHandles = hcaHandles
            self.hcaObjects = hcaObjects
        }

        private enum CodingKeys: String, CodingKey { case hcaHandles, hcaObjects }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.optional("hcaHandles", hcaHandles)
                json.optional("hcaObjects", hcaObjects)
            }
        }
    }
}
