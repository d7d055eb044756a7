// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The Linux part of a runtime spec: namespaces, devices, paths that are hidden, kernel parameters (OCI runtime spec,
// config-linux.md).

public import WharfJSON

extension RuntimeSpec {
    /// What only Linux knows.
    public struct Linux: Sendable, Equatable, JSONReadable, JSONWritable {
        /// Which namespaces are new or joined; a type that is not listed is the runtime's own.
        public var namespaces: [Namespace]
        /// Nodes beyond the default ones.
        public var devices: [Device]
        /// Absolute in the cgroup hierarchy: `/wharf/ID`.
        public var cgroupsPath: String
        public var resources: Resources
        /// `net.ipv4.ip_forward` and the like.
        public var sysctl: [String: String]
        public var rootfsPropagation: String
        public var maskedPaths: [String]
        public var readonlyPaths: [String]
        public var mountLabel: String
        /// The system call filter, a `Seccomp` that is decoded only where it must be compiled; nil for none.
        public var seccomp: JSONValue?
        /// The maps of a new user namespace.
        public var uidMappings: [IDMapping]
        public var gidMappings: [IDMapping]
        /// `monotonic` and `boottime`, for a new time namespace.
        public var timeOffsets: [String: TimeOffset]
        /// The execution domain; nil keeps the runtime's own.
        public var personality: Personality?
        /// Resource control groups of the processor; carried as it is, because no part of it is acted on.
        public var intelRdt: JSONValue?

        public init(
            namespaces: [Namespace] = [], devices: [Device] = [], cgroupsPath: String = "", resources: Resources = Resources(),
            sysctl: [String: String] = [:], rootfsPropagation: String = "", maskedPaths: [String] = [], readonlyPaths: [String] = [],
            mountLabel: String = "", seccomp: JSONValue? = nil, uidMappings: [IDMapping] = [], gidMappings: [IDMapping] = [],
            timeOffsets: [String: TimeOffset] = [:], personality: Personality? = nil, intelRdt: JSONValue? = nil
        ) {
            self.namespaces = namespaces
            self.devices = devices
            self.cgroupsPath = cgroupsPath
            self.resources = resources
            self.sysctl = sysctl
            self.rootfsPropagation = rootfsPropagation
            self.maskedPaths = maskedPaths
            self.readonlyPaths = readonlyPaths
            self.mountLabel = mountLabel
            self.seccomp = seccomp
            self.uidMappings = uidMappings
            self.gidMappings = gidMappings
            self.timeOffsets = timeOffsets
            self.personality = personality
            self.intelRdt = intelRdt
        }

        public init(reading json: JSONFields) throws(JSONError) {
            namespaces = try json.read("namespaces")
            devices = try json.read("devices")
            cgroupsPath = try json.read("cgroupsPath")
            resources = try json.read("resources")
            sysctl = try json.read("sysctl")
            rootfsPropagation = try json.read("rootfsPropagation")
            maskedPaths = try json.read("maskedPaths")
            readonlyPaths = try json.read("readonlyPaths")
            mountLabel = try json.read("mountLabel")
            seccomp = json.value("seccomp")
            uidMappings = try json.read("uidMappings")
            gidMappings = try json.read("gidMappings")
            timeOffsets = try json.read("timeOffsets")
            personality = try json.optional("personality")
            intelRdt = json.value("intelRdt")
        }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.nonEmpty("uidMappings", uidMappings)
                json.nonEmpty("gidMappings", gidMappings)
                json.nonEmpty("timeOffsets", timeOffsets)
                json.nonEmpty("sysctl", sysctl)
                json.nonEmpty("cgroupsPath", cgroupsPath)
                json.field("namespaces", namespaces)
                json.nonEmpty("devices", devices)
                json.field("resources", resources)
                json.nonEmpty("rootfsPropagation", rootfsPropagation)
                json.nonEmpty("maskedPaths", maskedPaths)
                json.nonEmpty("readonlyPaths", readonlyPaths)
                json.nonEmpty("mountLabel", mountLabel)
                json.optional("seccomp", seccomp)
                json.optional("personality", personality)
                json.optional("intelRdt", intelRdt)
            }
        }
    }

    /// One namespace: a new one, or the one that `path` (`/proc/PID/ns/net`, a bind mount) names.
    public struct Namespace: Sendable, Equatable, JSONReadable, JSONWritable {
        /// `mount`, `pid`, `network`, `ipc`, `uts`, `cgroup`, `user`, `time`.
        public var type: String
        /// Empty: a new one.
        public var path: String

        public init(_ type: String, path: String = "") {
            self.type = type
            self.path = path
        }

        public init(reading json: JSONFields) throws(JSONError) {
            type = try json.read("type")
            path = try json.read("path")
        }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.field("type", type)
                json.nonEmpty("path", path)
            }
        }
    }

    /// A device node that is made inside the container.
    public struct Device: Sendable, Equatable, JSONReadable, JSONWritable {
        /// `c`, `b`, `u` (as `c`) or `p` (FIFO).
        public var type: String
        /// Absolute, inside the container.
        public var path: String
        public var major: Int64
        public var minor: Int64
        /// Permission bits; nil means 0666.
        public var fileMode: UInt32?
        public var uid: UInt32
        public var gid: UInt32

        public init(
            type: String, path: String, major: Int64 = 0, minor: Int64 = 0, fileMode: UInt32? = nil, uid: UInt32 = 0, gid: UInt32 = 0
        ) {
            self.type = type
            self.path = path
            self.major = major
            self.minor = minor
            self.fileMode = fileMode
            self.uid = uid
            self.gid = gid
        }

        public init(reading json: JSONFields) throws(JSONError) {
            type = try json.read("type")
            path = try json.read("path")
            major = try json.read("major")
            minor = try json.read("minor")
            fileMode = try json.optional("fileMode")
            uid = try json.read("uid")
            gid = try json.read("gid")
        }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.field("type", type)
                json.field("path", path)
                json.nonEmpty("major", major)
                json.nonEmpty("minor", minor)
                json.optional("fileMode", fileMode)
                json.nonEmpty("uid", uid)
                json.nonEmpty("gid", gid)
            }
        }
    }
}
