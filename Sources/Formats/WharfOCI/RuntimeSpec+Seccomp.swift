// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The system call filter of a runtime spec (OCI runtime spec, config-linux.md, "Seccomp"). config.json carries it as a
// plain document: a start that finds the compiled filter in its cache never decodes it.

public import WharfJSON

extension RuntimeSpec {
    /// Which system calls a container may make.
    public struct Seccomp: Sendable, Equatable, JSONReadable, JSONWritable {
        /// `SCMP_ACT_ERRNO` and the like, for calls that no rule names.
        public var defaultAction: String
        /// The error of `SCMP_ACT_ERRNO` and the message of `SCMP_ACT_TRACE`; nil is EPERM.
        public var defaultErrnoRet: UInt32?
        /// `SCMP_ARCH_X86_64` and the like, beyond the native one.
        public var architectures: [String]
        /// `SECCOMP_FILTER_FLAG_LOG` and the like.
        public var flags: [String]
        /// A unix socket that is sent the notification descriptor.
        public var listenerPath: String
        /// Opaque data for the listener.
        public var listenerMetadata: String
        public var syscalls: [Rule]

        public init(
            defaultAction: String, defaultErrnoRet: UInt32? = nil, architectures: [String] = [], flags: [String] = [],
            listenerPath: String = "", listenerMetadata: String = "", syscalls: [Rule] = []
        ) {
            self.defaultAction = defaultAction
            self.defaultErrnoRet = defaultErrnoRet
            self.architectures = architectures
            self.flags = flags
            self.listenerPath = listenerPath
            self.listenerMetadata = listenerMetadata
            self.syscalls = syscalls
        }

        public init(reading json: JSONFields) throws(JSONError) {
            defaultAction = try json.read("defaultAction")
            defaultErrnoRet = try json.optional("defaultErrnoRet")
            architectures = try json.read("architectures")
            flags = try json.read("flags")
            listenerPath = try json.read("listenerPath")
            listenerMetadata = try json.read("listenerMetadata")
            syscalls = try json.read("syscalls")
        }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.field("defaultAction", defaultAction)
                json.optional("defaultErrnoRet", defaultErrnoRet)
                json.nonEmpty("architectures", architectures)
                json.nonEmpty("flags", flags)
                json.nonEmpty("listenerPath", listenerPath)
                json.nonEmpty("listenerMetadata", listenerMetadata)
                json.nonEmpty("syscalls", syscalls)
            }
        }

        /// What happens to some calls.
        public struct Rule: Sendable, Equatable, JSONReadable, JSONWritable {
            public var names: [String]
            public var action: String
            public var errnoRet: UInt32?
            /// All must hold; conditions on one argument twice are alternatives (runc's reading).
            public var args: [Condition]

            public init(_ names: [String], action: String, errnoRet: UInt32? = nil, args: [Condition] = []) {
                self.names = names
                self.action = action
                self.errnoRet = errnoRet
                self.args = args
            }

            public init(reading json: JSONFields) throws(JSONError) {
                names = try json.read("names")
                action = try json.read("action")
                errnoRet = try json.optional("errnoRet")
                args = try json.read("args")
            }

            public func write(to json: inout JSONWriter) {
                json.object { json in
                    json.field("names", names)
                    json.field("action", action)
                    json.optional("errnoRet", errnoRet)
                    json.nonEmpty("args", args)
                }
            }
        }

        /// A test of one argument.
        public struct Condition: Sendable, Equatable, JSONReadable, JSONWritable {
            /// 0 to 5.
            public var index: UInt32
            public var value: UInt64
            /// For `SCMP_CMP_MASKED_EQ`: `argument & value == valueTwo`.
            public var valueTwo: UInt64
            /// `SCMP_CMP_EQ` and the like.
            public var op: String

            public init(index: UInt32, _ op: String, _ value: UInt64, _ valueTwo: UInt64 = 0) {
                self.index = index
                self.op = op
                self.value = value
                self.valueTwo = valueTwo
            }

            public init(reading json: JSONFields) throws(JSONError) {
                index = try json.read("index")
                value = try json.read("value")
                valueTwo = try json.read("valueTwo")
                op = try json.read("op")
            }

            public func write(to json: inout JSONWriter) {
                json.object { json in
                    json.field("index", index)
                    json.field("value", value)
                    json.nonEmpty("valueTwo", valueTwo)
                    json.field("op", op)
                }
            }
        }
    }
}
