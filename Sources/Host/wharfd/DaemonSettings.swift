// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the daemon does, once flags, file and defaults have been put together and checked.

import Logging
import WharfEngine
import WharfError
import WharfHTTP
import WharfImages
import WharfLinux
import WharfRegistryClient

/// Checked settings; paths are absolute.
struct DaemonSettings {
    let root: HostPath
    let execRoot: HostPath
    let listeners: [HTTPEndpoint]
    /// nil looks beside the program.
    let shim: HostPath?
    /// nil looks beside the shim.
    let initProgram: HostPath?
    /// The socket's group, and whether somebody asked for it by name.
    let group: (name: String, isRequired: Bool)
    let logLevel: Logger.Level
    let runtimes: RuntimeTable
    let registries: RegistrySettings
    let images: ImageSettings
    /// Containers go on when the daemon ends.
    let liveRestore: Bool
    let shutdownTimeout: Duration
    /// The log driver and options of containers that name none.
    let logDefaults: LogDefaults

    /// - Throws: `invalidArgument`: a setting that is given twice, or makes no sense.
    init(flags: DaemonFlags, file: ConfigurationFile) throws(WharfError) {
        var twice: [String] = []
        func choose<Value>(_ name: String, _ flag: Value?, _ file: Value?) -> Value? {
            if let flag, let file { twice.append("\(name): (from flag: \(flag), from file: \(file))") }
            return flag ?? file
        }
        let root = choose("data-root", flags.root, file.root) ?? "/var/lib/wharf"
        let execRoot = choose("exec-root", flags.execRoot, file.execRoot) ?? "/run/wharf"
        let hosts = choose("hosts", flags.host.isEmpty ? nil : flags.host, file.hosts) ?? []
        let shim = choose("shim", flags.shim, file.shim)
        let initPath = choose("init-path", flags.initPath, file.initPath)
        let group = choose("group", flags.group, file.group)
        let level = choose("log-level", flags.logLevel, file.logLevel) ?? (flags.debug || file.debug == true ? "debug" : "info")
        let added = flags.addRuntime.isEmpty ? nil : try RuntimeSetting.all(flags.addRuntime)
        if added != nil, file.runtimes != nil {
            twice.append("runtimes: (from flag: \(flags.addRuntime), from file: \((file.runtimes ?? [:]).keys.sorted()))")
        }
        let defaultRuntime = choose("default-runtime", flags.defaultRuntime, file.defaultRuntime)
        func list(_ flag: [String]) -> [String]? { flag.isEmpty ? nil : flag }
        var keys = file.registries
        keys.mirrors = try choose("registry-mirrors", list(flags.registryMirror), keys.mirrors)?.map(RegistryKeys.mirror)
        keys.insecure = choose("insecure-registries", list(flags.insecureRegistry), keys.insecure)
        keys.concurrentDownloads = choose("max-concurrent-downloads", flags.maxConcurrentDownloads, keys.concurrentDownloads)
        keys.concurrentUploads = choose("max-concurrent-uploads", flags.maxConcurrentUploads, keys.concurrentUploads)
        keys.attempts = choose("max-download-attempts", flags.maxDownloadAttempts, keys.attempts)
        liveRestore = choose("live-restore", flags.liveRestore ? true : nil, file.liveRestore) ?? true
        shutdownTimeout = .seconds(choose("shutdown-timeout", flags.shutdownTimeout, file.shutdownTimeout) ?? 15)
        let logDriver = choose("log-driver", flags.logDriver, file.logDriver) ?? "json-file"
        let logOptions = choose("log-opts", flags.logOpt.isEmpty ? nil : try Self.options(flags.logOpt), file.logOptions) ?? [:]
        guard twice.isEmpty else {
            throw WharfError(
                .invalidArgument,
                "the following directives are specified both as a flag and in the configuration file: \(twice.joined(separator: ", "))")
        }
        do { logDefaults = try Containers.logDefaults(driver: logDriver, options: logOptions) } catch {
            throw WharfError(.invalidArgument, "failed to set log opts: \(error.message)", cause: error)
        }
        try keys.check()
        registries = keys.registrySettings(version: Version.number)
        images = keys.imageSettings
        let here = HostPath.current
        self.root = Self.absolute(root, here)
        self.execRoot = Self.absolute(execRoot, here)
        self.shim = shim.map { Self.absolute($0, here) }
        initProgram = initPath.map { Self.absolute($0, here) }
        self.group = (group ?? "wharf", group != nil)
        logLevel = try Self.level(level)
        var others: [String: TaskRuntime] = [:]
        for (name, setting) in added ?? file.runtimes ?? [:] { others[name] = try setting.resolved(from: here) }
        runtimes = try RuntimeTable(others: others, defaultName: defaultRuntime ?? RuntimeTable.builtIn)
        let insecure = flags.insecureTcp || file.insecureTcp == true
        var listeners: [HTTPEndpoint] = []
        for host in hosts { listeners.append(try ListenAddress.parse(host, allowsInsecureTCP: insecure, here: here)) }
        self.listeners = listeners.isEmpty ? [.unix(path: (self.execRoot / "wharf.sock").description)] : listeners
    }

    private static func options(_ words: [String]) throws(WharfError) -> [String: String] {
        var options: [String: String] = [:]
        for word in words {
            let name = word.utf8.prefix { $0 != UInt8(ascii: "=") }
            guard name.count < word.utf8.count else {
                throw WharfError(.invalidArgument, "invalid value \"\(word)\" for --log-opt: name=value is expected")
            }
            options[String(Substring(name))] = String(Substring(word.utf8.dropFirst(name.count + 1)))
        }
        return options
    }

    private static func absolute(_ path: String, _ here: HostPath) -> HostPath {
        path.utf8.first == UInt8(ascii: "/") ? HostPath(path) : here / path
    }

    private static func level(_ word: String) throws(WharfError) -> Logger.Level {
        switch word {
        case "debug": .debug
        case "info": .info
        case "warn": .warning
        case "error": .error
        case "fatal": .critical
        default: throw WharfError(.invalidArgument, "invalid logging level: \(word)")
        }
    }
}

extension HostPath {
    /// The directory in which wharfd was started.
    fileprivate static var current: HostPath {
        // Unreadable only when the directory was removed; then only absolute paths make sense anyway.
        HostPath((try? HostPath("/proc/self/cwd").readLink()) ?? Array("/".utf8))
    }
}
