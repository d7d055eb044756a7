// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One mount: the value that snapshots answer with, that volumes and binds become and that a runtime spec lists
// (OCI runtime spec, config.md, "Mounts").

public import WharfJSON

/// What is mounted where. Nobody mounts from this value but the runtime.
public struct Mount: Sendable, Equatable, JSONReadable, JSONWritable {
    /// An absolute path inside the container; empty for a root file system.
    public var destination: String
    /// A file system type of the kernel (`tmpfs`, `proc`, `overlay`), or `bind`.
    public var type: String
    /// A host path for a bind, else the name that /proc/mounts shows.
    public var source: String
    /// As for mount(8): `ro`, `nosuid`, `rbind`, `rslave`, `size=64m`…
    public var options: [String]
    /// How owners of the source show in the container; with `idmap` or `ridmap` among the options, or alone. Empty with
    /// `idmap`: by the maps of the container's user namespace.
    public var uidMappings: [IDMapping]
    public var gidMappings: [IDMapping]

    public init(
        destination: String, type: String, source: String, options: [String] = [], uidMappings: [IDMapping] = [],
        gidMappings: [IDMapping] = []
    ) {
        self.destination = destination
        self.type = type
        self.source = source
        self.options = options
        self.uidMappings = uidMappings
        self.gidMappings = gidMappings
    }

    public init(reading json: JSONFields) throws(JSONError) {
        destination = try json.read("destination")
        type = try json.read("type")
        source = try json.read("source")
        options = try json.read("options")
        uidMappings = try json.read("uidMappings")
        gidMappings = try json.read("gidMappings")
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("destination", destination)
            json.nonEmpty("type", type)
            json.nonEmpty("source", source)
            json.nonEmpty("options", options)
            json.nonEmpty("uidMappings", uidMappings)
            json.nonEmpty("gidMappings", gidMappings)
        }
    }
}
