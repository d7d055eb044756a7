// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Hooks of a runtime spec: programs of the host or the container that run at six moments of a container's life and get its
// state on their standard input (OCI runtime spec, config.md, "POSIX-platform Hooks").

public import WharfJSON

extension RuntimeSpec {
    /// When a hook runs, and in whose namespaces.
    public enum HookMoment: String, Sendable, CaseIterable {
        /// Deprecated; before `createRuntime`, in the runtime's namespaces.
        case prestart
        /// In the runtime's namespaces, when the container's exist and before its root is entered.
        case createRuntime
        /// In the container's namespaces, with a path of the runtime's, before the root is entered.
        case createContainer
        /// In the container, before its program.
        case startContainer
        /// In the runtime's namespaces, when the program runs.
        case poststart
        /// In the runtime's namespaces, when the container is gone.
        case poststop
    }

    /// The hooks of a container, each list in the order in which it runs.
    public struct Hooks: Sendable, Equatable, JSONReadable, JSONWritable {
        public var prestart: [Hook]
        public var createRuntime: [Hook]
        public var createContainer: [Hook]
        public var startContainer: [Hook]
        public var poststart: [Hook]
        public var poststop: [Hook]

        public init(
            prestart: [Hook] = [], createRuntime: [Hook] = [], createContainer: [Hook] = [], startContainer: [Hook] = [],
            poststart: [Hook] = [], poststop: [Hook] = []
        ) {
            self.prestart = prestart
            self.createRuntime = createRuntime
            self.createContainer = createContainer
            self.startContainer = startContainer
            self.poststart = poststart
            self.poststop = poststop
        }

        /// The hooks of one moment.
        public subscript(moment: HookMoment) -> [Hook] {
            switch moment {
            case .prestart: prestart
            case .createRuntime: createRuntime
            case .createContainer: createContainer
            case .startContainer: startContainer
            case .poststart: poststart
            case .poststop: poststop
            }
        }

        public init(reading json: JSONFields) throws(JSONError) {
            prestart = try json.read("prestart")
            createRuntime = try json.read("createRuntime")
            createContainer = try json.read("createContainer")
            startContainer = try json.read("startContainer")
            poststart = try json.read("poststart")
            poststop = try json.read("poststop")
        }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                for moment in HookMoment.allCases { json.nonEmpty(moment.rawValue, self[moment]) }
            }
        }
    }

    /// One program.
    public struct Hook: Sendable, Equatable, JSONReadable, JSONWritable {
        /// Absolute.
        public var path: String
        /// All of argv; empty means only the path.
        public var args: [String]
        /// All of the environment; empty means none.
        public var env: [String]
        /// Seconds, more than 0; nil waits for ever.
        public var timeout: Int64?

        public init(path: String, args: [String] = [], env: [String] = [], timeout: Int64? = nil) {
            self.path = path
            self.args = args
            self.env = env
            self.timeout = timeout
        }

        public init(reading json: JSONFields) throws(JSONError) {
            path = try json.read("path")
            args = try json.read("args")
            env = try json.read("env")
            timeout = try json.optional("timeout")
        }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.field("path", path)
                json.nonEmpty("args", args)
                json.nonEmpty("env", env)
                json.optional("timeout", timeout)
            }
        }
    }
}
