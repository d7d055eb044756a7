// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The process of a runtime spec: what runs, as whom, with which rights (OCI runtime spec, config.md, "Process").
// exec takes the same value.

public import WharfJSON

extension RuntimeSpec {
    /// One process in a container.
    public struct Process: Sendable, Equatable, JSONReadable, JSONWritable {
        public var terminal: Bool
        /// Rows and columns at the start; 0 when not known.
        public var consoleSize: ConsoleSize
        public var user: User
        /// The program and its arguments; the first one is looked up in the PATH of `env`.
        public var args: [String]
        /// `NAME=value`.
        public var env: [String]
        /// Absolute. Made when it is missing (create only).
        public var cwd: String
        public var capabilities: Capabilities
        public var rlimits: [Rlimit]
        public var noNewPrivileges: Bool
        /// -1000...1000; nil inherits.
        public var oomScoreAdj: Int?
        /// The AppArmor profile that the program runs under; empty and `unconfined` want none.
        public var apparmorProfile: String
        /// The SELinux label that the program runs under; empty wants none.
        public var selinuxLabel: String
        public var scheduler: Scheduler?
        public var ioPriority: IOPriority?
        /// Of processes that exec makes; a container's first process takes no notice of it.
        public var execCPUAffinity: ExecCPUAffinity?

        public init(
            terminal: Bool = false, consoleSize: ConsoleSize = ConsoleSize(), user: User = User(), args: [String] = [],
            env: [String] = [], cwd: String = "/", capabilities: Capabilities = Capabilities(), rlimits: [Rlimit] = [],
            noNewPrivileges: Bool = false, oomScoreAdj: Int? = nil, apparmorProfile: String = "", selinuxLabel: String = "",
            scheduler: Scheduler? = nil,
            ioPriority: IOPriority? = nil, execCPUAffinity: ExecCPUAffinity? = nil
        ) {
            self.terminal = terminal
            self.consoleSize = consoleSize
            self.user = user
            self.args = args
            self.env = env
            self.cwd = cwd
            self.capabilities = capabilities
            self.rlimits = rlimits
            self.noNewPrivileges = noNewPrivileges
            self.oomScoreAdj = oomScoreAdj
            self.apparmorProfile = apparmorProfile
            self.selinuxLabel = selinuxLabel
            self.scheduler = scheduler
            self.ioPriority = ioPriority
            self.execCPUAffinity = execCPUAffinity
        }

        public init(reading json: JSONFields) throws(JSONError) {
            terminal = try json.read("terminal")
            consoleSize = try json.read("consoleSize")
            user = try json.read("user")
            args = try json.read("args")
            env = try json.read("env")
            cwd = try json.read("cwd")
            capabilities = try json.read("capabilities")
            rlimits = try json.read("rlimits")
            noNewPrivileges = try json.read("noNewPrivileges")
            oomScoreAdj = try json.optional("oomScoreAdj")
            apparmorProfile = try json.read("apparmorProfile")
            selinuxLabel = try json.read("selinuxLabel")
            scheduler = try json.optional("scheduler")
            ioPriority = try json.optional("ioPriority")
            execCPUAffinity = try json.optional("execCPUAffinity")
        }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.nonEmpty("terminal", terminal)
                if consoleSize != ConsoleSize() {
                    json.object("consoleSize") { json in
                        json.field("height", consoleSize.height)
                        json.field("width", consoleSize.width)
                    }
                }
                json.field("user", user)
                json.field("args", args)
                json.nonEmpty("env", env)
                json.field("cwd", cwd)
                if capabilities != Capabilities() { json.field("capabilities", capabilities) }
                json.array("rlimits", rlimits) { json, limit in
                    json.object { json in
                        json.field("type", limit.type)
                        json.field("hard", limit.hard)
                        json.field("soft", limit.soft)
                    }
                }
                json.nonEmpty("noNewPrivileges", noNewPrivileges)
                json.optional("oomScoreAdj", oomScoreAdj)
                json.nonEmpty("apparmorProfile", apparmorProfile)
                json.nonEmpty("selinuxLabel", selinuxLabel)
                json.optional("scheduler", scheduler)
                json.optional("ioPriority", ioPriority)
                json.optional("execCPUAffinity", execCPUAffinity)
            }
        }
    }

    /// A terminal's size in characters.
    public struct ConsoleSize: Sendable, Equatable, JSONReadable {
        public var height: UInt16
        public var width: UInt16

        public init(height: UInt16 = 0, width: UInt16 = 0) {
            self.height = height
            self.width = width
        }

        public init(reading json: JSONFields) throws(JSONError) {
            height = try json.read("height")
            width = try json.read("width")
        }
    }

    /// Who the process is. `username`, where it is set, decides: it is what a user typed (`1000`, `www-data`,
    /// `www-data:staff`) and is looked up in the container's own /etc/passwd and /etc/group.
    public struct User: Sendable, Equatable, JSONReadable, JSONWritable {
        public var uid: UInt32
        public var gid: UInt32
        public var additionalGids: [UInt32]
        public var username: String
        /// Further groups by name, looked up like `username`. Wharf's own: other runtimes skip it.
        public var additionalGroups: [String]
        /// nil keeps the mask that the process inherits (0o022).
        public var umask: UInt32?

        public init(
            uid: UInt32 = 0, gid: UInt32 = 0, additionalGids: [UInt32] = [], username: String = "", additionalGroups: [String] = [],
            umask: UInt32? = nil
        ) {
            self.uid = uid
            self.gid = gid
            self.additionalGids = additionalGids
            self.username = username
            self.additionalGroups = additionalGroups
            self.umask = umask
        }

        public init(reading json: JSONFields) throws(JSONError) {
            uid = try json.read("uid")
            gid = try json.read("gid")
            additionalGids = try json.read("additionalGids")
            username = try json.read("username")
            additionalGroups = try json.read("additionalGroups")
            umask = try json.optional("umask")
        }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.field("uid", uid)
                json.field("gid", gid)
                json.nonEmpty("additionalGids", additionalGids)
                json.nonEmpty("username", username)
                json.nonEmpty("additionalGroups", additionalGroups)
                json.optional("umask", umask)
            }
        }
    }

    /// Capability names (`CAP_CHOWN`) of each set.
    public struct Capabilities: Sendable, Equatable, JSONReadable, JSONWritable {
        public var bounding: [String]
        public var effective: [String]
        public var permitted: [String]
        public var inheritable: [String]
        public var ambient: [String]

        public init(
            bounding: [String] = [], effective: [String] = [], permitted: [String] = [], inheritable: [String] = [], ambient: [String] = []
        ) {
            self.bounding = bounding
            self.effective = effective
            self.permitted = permitted
            self.inheritable = inheritable
            self.ambient = ambient
        }

        /// The same names in the three sets that a container's root has; nothing inheritable, nothing ambient.
        public init(_ names: [String]) { self.init(bounding: names, effective: names, permitted: names) }

        public init(reading json: JSONFields) throws(JSONError) {
            bounding = try json.read("bounding")
            effective = try json.read("effective")
            permitted = try json.read("permitted")
            inheritable = try json.read("inheritable")
            ambient = try json.read("ambient")
        }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.nonEmpty("bounding", bounding)
                json.nonEmpty("effective", effective)
                json.nonEmpty("permitted", permitted)
                json.nonEmpty("inheritable", inheritable)
                json.nonEmpty("ambient", ambient)
            }
        }
    }

    /// A resource limit; `RLIMIT_NOFILE` and the like.
    public struct Rlimit: Sendable, Equatable, JSONReadable {
        public var type: String
        public var hard: UInt64
        public var soft: UInt64

        public init(type: String, hard: UInt64, soft: UInt64) {
            self.type = type
            self.hard = hard
            self.soft = soft
        }

        public init(reading json: JSONFields) throws(JSONError) {
            type = try json.read("type")
            hard = try json.read("hard")
            soft = try json.read("soft")
        }
    }
}
