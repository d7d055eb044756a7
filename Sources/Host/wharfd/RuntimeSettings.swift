// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Other OCI runtimes in dockerd's two forms: `--add-runtime name=path`, and in the file
// `"runtimes": {"name": {"path": "…", "runtimeArgs": ["…"]}}`.

import Glibc
import WharfEngine
import WharfError
import WharfJSON
import WharfLinux

/// One entry as it was written.
struct RuntimeSetting: Equatable {
    var path: String
    var arguments: [String] = []

    init(path: String) { self.path = path }

    /// An entry of the file. - Throws: `invalidArgument` that names the entry.
    init(_ name: String, _ value: JSONValue) throws(WharfError) {
        func refuse(_ text: String) -> WharfError { WharfError(.invalidArgument, "runtime '\(name)': \(text)") }
        guard let object = value.object else { throw refuse("an object is expected") }
        var (path, type): (String?, String?) = (nil, nil)
        for member in object.members {
            switch member.key {
            case "path":
                path = member.value.string
                guard path != nil else { throw refuse("path: a string is expected") }
            case "runtimeArgs":
                let texts = member.value.array?.compactMap(\.string)
                guard let texts, texts.count == member.value.array?.count else {
                    throw refuse("runtimeArgs: a list of strings is expected")
                }
                arguments = texts
            case "runtimeType": type = member.value.string
            case "options":
                guard member.value.object?.members.isEmpty == true else { throw refuse("options cannot be used with a path runtime") }
            default: throw refuse("unknown key \(member.key)")
            }
        }
        guard type == nil else { throw refuse("runtimeType is not supported, give the path of an OCI runtime") }
        guard let path, !path.isEmpty else { throw refuse("either a runtimeType or a path must be configured") }
        self.path = path
    }

    /// All entries of the file's `runtimes`.
    static func all(_ member: JSONObject.Member) throws(WharfError) -> [String: RuntimeSetting] {
        guard let object = member.value.object else { throw WharfError(.invalidArgument, "\(member.key): an object is expected") }
        var settings: [String: RuntimeSetting] = [:]
        for entry in object.members { settings[entry.key] = try RuntimeSetting(entry.key, entry.value) }
        return settings
    }

    /// `--add-runtime`, given any number of times.
    static func all(_ flags: [String]) throws(WharfError) -> [String: RuntimeSetting] {
        var settings: [String: RuntimeSetting] = [:]
        for flag in flags {
            let parts = flag.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let name = String(parts[0]), let path = String(parts[1]), !name.isEmpty, !path.isEmpty else {
                throw WharfError(.invalidArgument, "invalid runtime argument: \(flag)")
            }
            guard settings.updateValue(RuntimeSetting(path: path), forKey: name) == nil else {
                throw WharfError(.invalidArgument, "runtime '\(name)' was already defined")
            }
        }
        return settings
    }

    /// With an absolute path: a bare name is looked up in the daemon's PATH, once. One that is not found stays as it is,
    /// and its containers say so when they start.
    func resolved(from directory: HostPath) throws(WharfError) -> TaskRuntime {
        TaskRuntime(path: Self.lookUp(path, directory).description, arguments: arguments)
    }

    private static func lookUp(_ path: String, _ directory: HostPath) -> HostPath {
        if path.utf8.first == UInt8(ascii: "/") { return HostPath(path) }
        if path.utf8.contains(UInt8(ascii: "/")) { return directory / path }
        let search = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        for folder in search.utf8.split(separator: UInt8(ascii: ":")) where folder.first == UInt8(ascii: "/") {
            let candidate = HostPath(Array(folder)) / path
            // What can't be looked at can't be run.
            if (try? candidate.status().kind) == .regular { return candidate }
        }
        return HostPath(path)
    }
}
