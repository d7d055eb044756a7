// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The configuration file: the part of dockerd's daemon.json that means something here. As in dockerd an unknown key, or a
// key whose flag is given too, is an error: a setting that is silently not applied is worse than a daemon that says so.

import WharfError
import WharfJSON
import WharfLinux

/// What the file says; nil is not in it.
struct ConfigurationFile: Equatable {
    var root: String?
    var execRoot: String?
    var hosts: [String]?
    var insecureTcp: Bool?
    var shim: String?
    var initPath: String?
    var group: String?
    var logLevel: String?
    var debug: Bool?
    var runtimes: [String: RuntimeSetting]?
    var defaultRuntime: String?
    var registries = RegistryKeys()
    var liveRestore: Bool?
    var shutdownTimeout: Int?
    var logDriver: String?
    var logOptions: [String: String]?

    static let defaultPath = "/etc/wharf/daemon.json"

    init() {}

    /// Reads the file that the flags name, or the default one where it exists.
    ///
    /// - Throws: `WharfError`: not readable, not JSON, an unknown key, a wrong type.
    static func read(_ flags: DaemonFlags) throws(WharfError) -> ConfigurationFile {
        let path = HostPath(flags.config ?? defaultPath)
        let bytes: [UInt8]
        do {
            if flags.config == nil, try !path.exists() { return ConfigurationFile() }
            bytes = try path.read(limit: 1 << 20)
        } catch {
            throw WharfError(nil, "unable to configure the daemon with file \(path)", error)
        }
        do { return try ConfigurationFile(bytes) } catch {
            throw WharfError(error.code, "unable to configure the daemon with file \(path): \(error.message)", cause: error)
        }
    }

    /// - Throws: `invalidArgument` with dockerd's text for unknown keys.
    init(_ bytes: [UInt8]) throws(WharfError) {
        let value: JSONValue
        do { value = try JSON.parse(bytes) } catch { throw WharfError(.invalidArgument, "\(error)", cause: error) }
        guard let object = value.object else { throw WharfError(.invalidArgument, "not a JSON object") }
        var unknown: [String] = []
        for member in object.members {
            switch member.key {
            case "data-root", "root": root = try Self.text(member)
            case "exec-root": execRoot = try Self.text(member)
            case "hosts": hosts = try Self.texts(member)
            case "insecure-tcp": insecureTcp = try Self.flag(member)
            case "shim": shim = try Self.text(member)
            case "init-path": initPath = try Self.text(member)
            case "group": group = try Self.text(member)
            case "log-level": logLevel = try Self.text(member)
            case "debug": debug = try Self.flag(member)
            case "runtimes": runtimes = try RuntimeSetting.all(member)
            case "default-runtime": defaultRuntime = try Self.text(member)
            case let key where RegistryKeys.names.contains(key): try registries.take(member)
            case "live-restore": liveRestore = try Self.flag(member)
            case "shutdown-timeout": shutdownTimeout = try Self.seconds(member)
            case "log-driver": logDriver = try Self.text(member)
            case "log-opts": logOptions = try Self.words(member)
            default: unknown.append(member.key)
            }
        }
        guard unknown.isEmpty else {
            throw WharfError(
                .invalidArgument, "the following directives don't match any configuration option: \(unknown.joined(separator: ", "))")
        }
    }

    static func text(_ member: JSONObject.Member) throws(WharfError) -> String {
        guard let text = member.value.string else { throw WharfError(.invalidArgument, "\(member.key): a string is expected") }
        return text
    }

    private static func flag(_ member: JSONObject.Member) throws(WharfError) -> Bool {
        guard let flag = member.value.bool else { throw WharfError(.invalidArgument, "\(member.key): true or false is expected") }
        return flag
    }

    private static func seconds(_ member: JSONObject.Member) throws(WharfError) -> Int {
        guard let seconds = member.value.int else { throw WharfError(.invalidArgument, "\(member.key): a number of seconds is expected") }
        return Int(clamping: seconds)
    }

    private static func words(_ member: JSONObject.Member) throws(WharfError) -> [String: String] {
        guard let object = member.value.object else { throw WharfError(.invalidArgument, "\(member.key): an object is expected") }
        var words: [String: String] = [:]
        for option in object.members {
            guard let text = option.value.string else {
                throw WharfError(.invalidArgument, "\(member.key): \(option.key): a string is expected")
            }
            words[option.key] = text
        }
        return words
    }

    static func texts(_ member: JSONObject.Member) throws(WharfError) -> [String] {
        let texts = member.value.array?.compactMap(\.string)
        guard let texts, texts.count == member.value.array?.count else {
            throw WharfError(.invalidArgument, "\(member.key): a list of strings is expected")
        }
        return texts
    }
}
