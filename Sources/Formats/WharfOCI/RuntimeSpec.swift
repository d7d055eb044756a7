// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a runtime is told about one container: config.json of a bundle (OCI runtime spec 1.2, config.md). wharfd writes
// it, the shim's maker and wharf-runtime read it. Unknown keys are skipped, as the spec wants it.

public import WharfJSON

/// A container's configuration. Absent objects read as empty ones.
public struct RuntimeSpec: Sendable, Equatable, JSONReadable, JSONWritable {
    /// `1.0.0` and later.
    public var ociVersion: String
    public var root: Root
    public var process: Process
    /// Empty: the host's name is kept in a shared uts namespace, `localhost`-like emptiness in a new one.
    public var hostname: String
    public var domainname: String
    /// In the order in which they are mounted.
    public var mounts: [Mount]
    public var annotations: [String: String]
    public var linux: Linux
    /// Programs that run around the container's life; nil for none.
    public var hooks: Hooks?

    public init(
        ociVersion: String = "1.2.0", root: Root = Root(), process: Process = Process(), hostname: String = "", domainname: String = "",
        mounts: [Mount] = [], annotations: [String: String] = [:], linux: Linux = Linux(), hooks: Hooks? = nil
    ) {
        self.ociVersion = ociVersion
        self.root = root
        self.process = process
        self.hostname = hostname
        self.domainname = domainname
        self.mounts = mounts
        self.annotations = annotations
        self.linux = linux
        self.hooks = hooks
    }

    /// The root file system.
    public struct Root: Sendable, Equatable, JSONReadable {
        /// Absolute, or relative to the bundle. Empty when the root comes as mounts beside the spec.
        public var path: String
        public var readonly: Bool

        public init(path: String = "", readonly: Bool = false) {
            self.path = path
            self.readonly = readonly
        }

        public init(reading json: JSONFields) throws(JSONError) {
            path = try json.read("path")
            readonly = try json.read("readonly")
        }
    }

    public init(reading json: JSONFields) throws(JSONError) {
        ociVersion = try json.read("ociVersion")
        root = try json.read("root")
        process = try json.read("process")
        hostname = try json.read("hostname")
        domainname = try json.read("domainname")
        mounts = try json.read("mounts")
        annotations = try json.read("annotations")
        linux = try json.read("linux")
        hooks = try json.optional("hooks")
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("ociVersion", ociVersion)
            json.object("root") { json in
                json.field("path", root.path)
                json.nonEmpty("readonly", root.readonly)
            }
            json.field("process", process)
            json.nonEmpty("hostname", hostname)
            json.nonEmpty("domainname", domainname)
            json.nonEmpty("mounts", mounts)
            json.nonEmpty("annotations", annotations)
            json.field("linux", linux)
            json.optional("hooks", hooks)
        }
    }
}
