// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Docker fills inspect's templates from Go structs, Wharf from the document. A struct has fields that the document
// leaves out or shows as null, and knows that an absent list is `[]`; scripts rely on both. This table says so.

import WharfJSON

/// What inspect's documents do not say about their fields. Names are in lower case.
enum TypedFields {
    private static let lists: Set<String> = [
        "args", "binds", "capadd", "capdrop", "cmd", "dns", "dnsnames", "dnsoptions", "dnssearch", "entrypoint", "env", "execids",
        "extrahosts", "groupadd", "links", "aliases", "maskedpaths", "mounts", "onbuild", "readonlypaths", "repodigests", "repotags",
        "securityopt", "shell", "ulimits", "volumesfrom", "devices", "devicerequests", "devicecgrouprules", "layers", "warnings",
        "blkioweightdevice", "blkiodevicereadbps", "blkiodevicewritebps", "blkiodevicereadiops", "blkiodevicewriteiops",
    ]
    private static let maps: Set<String> = [
        "labels", "volumes", "exposedports", "portbindings", "ports", "networks", "options", "config", "driveropts", "annotations",
        "sysctls", "tmpfs", "storageopt", "data",
    ]

    /// Fields that are left out of a document when they are empty, with what their type shows then.
    private static let omitted: [String: JSONValue] = [
        "health": .null, "healthcheck": .null, "sizerw": .null, "sizerootfs": .null, "stoptimeout": .null, "init": .null,
        "graphdriver": .null, "storage": .null, "imagemanifestdescriptor": .null, "descriptor": .null, "annotations": .null, "tmpfs": .null,
        "storageopt": .null, "sysctls": .null, "exposedports": .null, "shell": .null, "mounts": .null, "labels": .null, "volumes": .null,
        "env": .null, "cmd": .null, "entrypoint": .null, "onbuild": .null, "stopsignal": .string(""), "macaddress": .string(""),
        "runtime": .string(""), "user": .string(""), "workingdir": .string(""), "variant": .string(""), "osversion": .string(""),
        "parent": .string(""), "comment": .string(""), "author": .string(""), "dockerversion": .string(""), "created": .string(""),
        "networkdisabled": .bool(false), "argsescaped": .bool(false),
    ]

    /// The value of a field that the document leaves out; nil when there is no such field.
    static func value(ofOmitted name: String) -> JSONValue? { omitted[name.lowercased()] }

    /// Whether the field holds keys that users chose: one that is not there has no value, which is no mistake.
    static func isMap(_ name: String) -> Bool {
        let key = name.lowercased()
        return maps.contains(key) && key != "config"
    }

    /// How a null is printed: as an empty list or map where the field is one.
    static func shownNull(named name: String) -> String {
        let key = name.lowercased()
        if lists.contains(key) { return "[]" }
        return maps.contains(key) ? "map[]" : "<nil>"
    }
}
