// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The user's configuration, `~/.docker/config.json`: Docker's own file, so that logins made there work here and the other way
// round. Whatever Wharf does not know in it stays as it is, in its place.

import Glibc
import WharfJSON
import WharfLinux

/// One configuration file.
struct ClientConfig: Sendable {
    /// Where it is; need not exist.
    let path: HostPath
    private(set) var document = JSONObject()
    /// Why the file that is there could not be used; nil when all is well.
    private(set) var problem: String?

    private static let limit = 4 << 20

    /// A configuration without a file.
    init(path: HostPath) { self.path = path }

    /// Reads the file below `directory`; without one `$DOCKER_CONFIG`, else `.docker` in the home. A broken file counts as
    /// empty and is told by `problem`.
    init(directory: String, environment: (String) -> String?) {
        var folder = directory
        if folder.isEmpty { folder = environment("DOCKER_CONFIG") ?? "" }
        if folder.isEmpty { folder = Self.home(environment) + "/.docker" }
        self.init(path: HostPath(folder) / "config.json")
        do { document = try read() } catch { problem = "Error parsing config file (\(path)): \(error)" }
    }

    private static func home(_ environment: (String) -> String?) -> String {
        if let home = environment("HOME"), !home.isEmpty { return home }
        // No home in the environment: the one of the user's entry, and the root without one.
        guard let root = try? RootFD(HostPath("/").openDirectory()), let home = try? UserLookup(root).home(of: getuid()) else { return "" }
        return String(decoding: home, as: UTF8.self)
    }

    private func read() throws -> JSONObject {
        let bytes: [UInt8]
        do { bytes = try path.read(limit: Self.limit) } catch {
            if error.errno == ENOENT || error.errno == ENOTDIR { return JSONObject() }
            throw error
        }
        if bytes.isEmpty { return JSONObject() }
        guard let object = try JSON.parse(bytes).object else { throw ExitError("not a json object") }
        return object
    }

    /// A text at the top of the file; empty when it is not there.
    func text(_ key: String) -> String { document[key]?.string ?? "" }

    /// Strings of an object at the top of the file, in their order.
    func strings(_ key: String) -> [(name: String, value: String)] {
        (document[key]?.object?.members ?? []).compactMap { member in member.value.string.map { (member.key, $0) } }
    }

    /// `HttpHeaders`: what goes with every request to the daemon.
    var httpHeaders: [(name: String, value: String)] { strings("HttpHeaders") }

    /// `pruneFilters`: `key=value`, added to what a prune was told.
    var pruneFilters: [String] { (document["pruneFilters"]?.array ?? []).compactMap(\.string) }

    /// The program that keeps the credentials of a registry: the part behind `docker-credential-`; nil for this file.
    func helper(for server: String) -> String? {
        let name = document["credHelpers"]?[server]?.string ?? text("credsStore")
        return name.isEmpty ? nil : name
    }

    /// Replaces the entry of a registry in `auths`, nil removes it, and writes the file: whole or not at all, for its owner alone.
    ///
    /// Reads the file again first, so that what others wrote meanwhile stays. Throws when it can't be read: it is never
    /// replaced by one that lacks what stood there.
    mutating func setAuth(_ entry: JSONValue?, for server: String) throws {
        document = try read()
        problem = nil
        var auths = document["auths"]?.object ?? JSONObject()
        guard entry != nil || auths[server] != nil else { return }
        auths = auths.setting(server, entry)
        document = document.setting("auths", .object(auths))
        try write()
    }

    private func write() throws {
        try path.parent.mkdir(permissions: 0o700)
        try target().writeAtomically(Array(JSONText.indented(.object(document), step: "\t").utf8), permissions: 0o600)
    }

    /// Where the bytes are: people keep this file in a repository and link to it.
    private func target() throws -> HostPath {
        var file = path
        for _ in 0..<40 {
            let link: [UInt8]
            do { link = try file.readLink() } catch {
                if error.errno == EINVAL || error.errno == ENOENT { return file }
                throw error
            }
            file = link.first == UInt8(ascii: "/") ? HostPath(link) : file.parent / link
        }
        throw ExitError("too many levels of symbolic links: \(path)")
    }
}

extension JSONObject {
    /// The same object with one member replaced in its place, added at the end, or (nil) taken out.
    func setting(_ key: String, _ value: JSONValue?) -> JSONObject {
        var result = JSONObject()
        for member in members {
            if !member.key.utf8.elementsEqual(key.utf8) {
                result.append(member.key, member.value)
            } else if let value {
                result.append(key, value)
            }
        }
        if let value { result.append(key, value) }
        return result
    }
}
