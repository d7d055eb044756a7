// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Limits on huge pages, packets and RDMA devices (OCI runtime spec, config-linux.md).

public import WharfJSON

extension RuntimeSpec {
    /// The limit on huge pages of one size.
    public struct HugepageLimit: Sendable, Equatable, JSONReadable, JSONWritable {
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

        public init(reading json: JSONFields) throws(JSONError) {
            pageSize = try json.read("pageSize")
            limit = try json.read("limit")
        }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.field("pageSize", pageSize)
                json.field("limit", limit)
            }
        }
    }

    /// Marks on packets, version 1 only.
    public struct Network: Sendable, Equatable, JSONReadable, JSONWritable {
        /// For the classifier of tc(8).
        public var classID: UInt32?
        public var priorities: [InterfacePriority]

        public init(
            classID: UInt32? = nil, priorities: [InterfacePriority] = []
        ) {
            self.classID = classID
            self.priorities = priorities
        }

        public init(reading json: JSONFields) throws(JSONError) {
            classID = try json.optional("classID")
            priorities = try json.read("priorities")
        }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.optional("classID", classID)
                json.nonEmpty("priorities", priorities)
            }
        }
    }

    /// The priority of packets that leave by one interface.
    public struct InterfacePriority: Sendable, Equatable, JSONReadable, JSONWritable {
        public var name: String
        public var priority: UInt32

        public init(
            name: String, priority: UInt32
        ) {
            self.name = name
            self.priority = priority
        }

        public init(reading json: JSONFields) throws(JSONError) {
            name = try json.read("name")
            priority = try json.read("priority")
        }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.field("name", name)
                json.field("priority", priority)
            }
        }
    }

    /// The limits of one RDMA device.
    public struct RDMA: Sendable, Equatable, JSONReadable, JSONWritable {
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

        public init(reading json: JSONFields) throws(JSONError) {
            hcaHandles = try json.optional("hcaHandles")
            hcaObjects = try json.optional("hcaObjects")
        }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.optional("hcaHandles", hcaHandles)
                json.optional("hcaObjects", hcaObjects)
            }
        }
    }
}
