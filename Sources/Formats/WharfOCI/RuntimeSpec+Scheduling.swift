// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// How a process of a runtime spec is scheduled, and the clocks and the execution domain that it sees (OCI runtime spec,
// config.md, "Linux Process"; config-linux.md, "Offset for Time Namespace", "Personality").

public import WharfJSON

extension RuntimeSpec {
    /// The scheduling policy (sched_setattr(2)).
    public struct Scheduler: Sendable, Equatable, JSONReadable, JSONWritable {
        /// `SCHED_OTHER`, `SCHED_FIFO`, `SCHED_RR`, `SCHED_BATCH`, `SCHED_ISO`, `SCHED_IDLE`, `SCHED_DEADLINE`.
        public var policy: String
        /// -20...19, for SCHED_OTHER and SCHED_BATCH.
        public var nice: Int32
        /// 1...99, for SCHED_FIFO and SCHED_RR.
        public var priority: Int32
        /// `SCHED_FLAG_RESET_ON_FORK` and the like.
        public var flags: [String]
        /// Nanoseconds, for SCHED_DEADLINE.
        public var runtime: UInt64
        public var deadline: UInt64
        public var period: UInt64

        public init(
            policy: String, nice: Int32 = 0, priority: Int32 = 0, flags: [String] = [], runtime: UInt64 = 0, deadline: UInt64 = 0,
            period: UInt64 = 0
        ) {
            self.policy = policy
            self.nice = nice
            self.priority = priority
            self.flags = flags
            self.runtime = runtime
            self.deadline = deadline
            self.period = period
        }

        public init(reading json: JSONFields) throws(JSONError) {
            policy = try json.read("policy")
            nice = try json.read("nice")
            priority = try json.read("priority")
            flags = try json.read("flags")
            runtime = try json.read("runtime")
            deadline = try json.read("deadline")
            period = try json.read("period")
        }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.field("policy", policy)
                json.nonEmpty("nice", nice)
                json.nonEmpty("priority", priority)
                json.nonEmpty("flags", flags)
                json.nonEmpty("runtime", runtime)
                json.nonEmpty("deadline", deadline)
                json.nonEmpty("period", period)
            }
        }
    }

    /// The priority of reads and writes (ioprio_set(2)).
    public struct IOPriority: Sendable, Equatable, JSONReadable, JSONWritable {
        /// `IOPRIO_CLASS_RT`, `IOPRIO_CLASS_BE` or `IOPRIO_CLASS_IDLE`.
        public var `class`: String
        /// 0 (first) to 7.
        public var priority: Int32

        public init(class: String, priority: Int32 = 0) {
            self.class = `class`
            self.priority = priority
        }

        public init(reading json: JSONFields) throws(JSONError) {
            self.class = try json.read("class")
            priority = try json.read("priority")
        }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.field("class", self.class)
                json.field("priority", priority)
            }
        }
    }

    /// Processors as lists (`0-3,7`): where an exec'd process starts, and where it goes on inside the container.
    public struct ExecCPUAffinity: Sendable, Equatable, JSONReadable, JSONWritable {
        /// Before the container's groups are joined; empty keeps what the runtime has.
        public var initial: String
        /// Behind it; empty means all that the groups allow.
        public var final: String

        public init(initial: String = "", final: String = "") {
            self.initial = initial
            self.final = final
        }

        public init(reading json: JSONFields) throws(JSONError) {
            initial = try json.read("initial")
            final = try json.read("final")
        }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.nonEmpty("initial", initial)
                json.nonEmpty("final", final)
            }
        }
    }

    /// What a time namespace adds to one of the host's clocks.
    public struct TimeOffset: Sendable, Equatable, JSONReadable, JSONWritable {
        public var secs: Int64
        public var nanosecs: UInt32

        public init(secs: Int64 = 0, nanosecs: UInt32 = 0) {
            self.secs = secs
            self.nanosecs = nanosecs
        }

        public init(reading json: JSONFields) throws(JSONError) {
            secs = try json.read("secs")
            nanosecs = try json.read("nanosecs")
        }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.field("secs", secs)
                json.field("nanosecs", nanosecs)
            }
        }
    }

    /// The execution domain (personality(2)).
    public struct Personality: Sendable, Equatable, JSONReadable, JSONWritable {
        /// `LINUX` or `LINUX32`.
        public var domain: String
        /// The spec knows none.
        public var flags: [String]

        public init(domain: String, flags: [String] = []) {
            self.domain = domain
            self.flags = flags
        }

        public init(reading json: JSONFields) throws(JSONError) {
            domain = try json.read("domain")
            flags = try json.read("flags")
        }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.field("domain", domain)
                json.nonEmpty("flags", flags)
            }
        }
    }
}
