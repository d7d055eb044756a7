// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The configuration file: YAML, read strictly. A key that means nothing is an error with its line, since a limit that is
// misspelt is a limit that is not there.

import Glibc
public import WharfError
public import WharfLinux
import Yams

/// What the registry is told.
public struct RegistrySettings: Sendable, Equatable {
    /// Where it listens: `address:port`, `[v6]:port`; a port of 0 takes a free one.
    public var listen = "127.0.0.1:5000"
    /// Where blobs, records and the index lie.
    public var root = HostPath("/var/lib/wharf-registry")
    /// How long a blob that no manifest names is kept for its pusher, in seconds.
    public var grace: Int64 = 24 * 3600
    /// How long an unfinished upload is kept, in seconds.
    public var uploadAge: Int64 = 7 * 24 * 3600
    /// How often space is collected, in seconds.
    public var collectionInterval: Int64 = 3600

    public init() {}

    /// Reads a file's text. `environment` overrides: `WHARF_REGISTRY_LISTEN`, `WHARF_REGISTRY_STORAGE_FILESYSTEM_ROOT`…: the
    /// path of a key, in capitals, joined by underscores.
    ///
    /// - Throws: `invalidArgument` that names the key, and its line where it came from the file.
    public init(yaml: String, environment: (String) -> String? = { _ in nil }) throws(WharfError) {
        var values: [String: Value] = [:]
        do {
            if let node = try compose(yaml: yaml) { try RegistrySettings.collect(node, "", &values) }
        } catch let error as WharfError {
            throw error
        } catch {
            throw WharfError(.invalidArgument, "the configuration is no YAML: \(error)", cause: error)
        }
        for key in RegistrySettings.keys.keys {
            let name = "WHARF_REGISTRY_" + key.uppercased().split(separator: ".").joined(separator: "_")
            if let text = environment(name) { values[key] = Value(text: text, place: name) }
        }
        for (key, value) in values {
            guard let set = RegistrySettings.keys[key] else {
                throw WharfError(
                    .invalidArgument,
                    "\(value.place): unknown key \"\(key)\"; known are \(RegistrySettings.keys.keys.sorted().joined(separator: ", "))")
            }
            guard set(&self, value.text) else {
                throw WharfError(.invalidArgument, "\(value.place): invalid value \"\(value.text)\" of \(key)")
            }
        }
    }

    /// Reads a file, or nothing but the process's environment where there is none.
    public static func read(_ file: String?) throws(WharfError) -> RegistrySettings {
        var text = ""
        if let file {
            do throws(SyscallError) {
                text = String(decoding: try HostPath(file).read(limit: 1 << 20), as: UTF8.self)
            } catch {
                throw WharfError(nil, "configuration \(file)", error)
            }
        }
        return try RegistrySettings(yaml: text) { name in getenv(name).map { String(cString: $0) } }
    }

    /// What a key's text was, and where it stood.
    private struct Value {
        let text: String
        let place: String
    }

    /// Every key with what sets it; false for a value that can't be.
    private static let keys: [String: @Sendable (inout RegistrySettings, String) -> Bool] = [
        "listen": { settings, text in
            settings.listen = text
            return ListenPlace(text) != nil
        },
        "storage.filesystem.root": { settings, text in
            settings.root = HostPath(text)
            return text.utf8.first == UInt8(ascii: "/")
        },
        "cleanup.grace": { settings, text in seconds(text).map { settings.grace = $0 } != nil },
        "cleanup.uploads": { settings, text in seconds(text).map { settings.uploadAge = $0 } != nil },
        "cleanup.interval": { settings, text in seconds(text).map { settings.collectionInterval = max(1, $0) } != nil },
    ]

    private static func collect(_ node: Node, _ path: String, _ values: inout [String: Value]) throws(WharfError) {
        let place = node.mark.map { "line \($0.line)" } ?? "the configuration"
        switch node {
        case .mapping(let mapping):
            for (key, child) in mapping {
                guard let name = key.string else { throw WharfError(.invalidArgument, "\(place): a key is no text") }
                try collect(child, path.isEmpty ? name : "\(path).\(name)", &values)
            }
        case .scalar(let scalar):
            // A section whose lines are all commented out.
            if scalar.string.isEmpty || scalar.string == "~" || scalar.string == "null" { return }
            values[path] = Value(text: scalar.string, place: place)
        case .sequence, .alias: throw WharfError(.invalidArgument, "\(place): \(path.isEmpty ? "the configuration" : path) can't be a list")
        }
    }

    /// `90s`, `15m`, `24h`, `7d`, or seconds; nil for anything else.
    static func seconds(_ text: String) -> Int64? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
        guard let last = text.last else { return nil }
        guard let unit = units[last] else { return Int64(text).flatMap { $0 >= 0 ? $0 : nil } }
        guard let count = Int64(text.dropLast()), count >= 0 else { return nil }
        let (product, isTooLarge) = count.multipliedReportingOverflow(by: unit)
        return isTooLarge ? nil : product
    }
}

/// Where to listen.
struct ListenPlace: Sendable, Equatable {
    let host: String
    let port: Int

    /// Reads `address:port`, `[v6]:port` and `:port`, which means every address; nil for anything else.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")), let port = UInt16(String(decoding: bytes[(colon + 1)...], as: UTF8.self))
        else { return nil }
        var host = bytes[..<colon]
        if host.first == UInt8(ascii: "["), host.last == UInt8(ascii: "]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(UInt8(ascii: ":")) {
            return nil
        }
        self.host = host.isEmpty ? "0.0.0.0" : String(decoding: host, as: UTF8.self)
        self.port = Int(port)
    }
}
