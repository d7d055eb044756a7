// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One change of an image's configuration in a Dockerfile's words, as `import --change` and `commit --change` take it.

import WharfError
import WharfJSON
import WharfOCI

/// An instruction that only touches the configuration.
struct ImageChange {
    private let word: String
    private let argument: String

    /// - Throws: `invalidArgument` for an instruction that is none of these.
    init(_ text: String) throws(WharfError) {
        let bytes = Array(text.utf8)
        let start = bytes.firstIndex { !Self.isSpace($0) } ?? bytes.endIndex
        let end = bytes[start...].firstIndex(where: Self.isSpace) ?? bytes.endIndex
        word = String(decoding: bytes[start..<end], as: UTF8.self).uppercased()
        argument = Self.trimmed(bytes[end...])
        guard Self.words.contains(word) else { throw WharfError(.invalidArgument, "\(word) is not a valid change command") }
        guard !argument.isEmpty || word == "CMD" || word == "ENTRYPOINT" else {
            throw WharfError(.invalidArgument, "\(word) requires at least one argument")
        }
    }

    private static let words: Set<String> = [
        "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "ONBUILD", "STOPSIGNAL", "SHELL", "USER", "VOLUME", "WORKDIR",
    ]

    func apply(to config: inout ContainerDefaults) throws(WharfError) {
        switch word {
        case "CMD": config.command = try command(config)
        case "ENTRYPOINT": config.entrypoint = try command(config)
        case "ENV":
            for (name, value) in try pairs() {
                config.environment.removeAll { $0.utf8.starts(with: "\(name)=".utf8) }
                config.environment.append("\(name)=\(value)")
            }
        case "LABEL":
            for (name, value) in try pairs() { config.labels[name] = value }
        case "EXPOSE": config.exposedPorts = try Self.union(config.exposedPorts, words().map(Self.port))
        case "VOLUME":
            let paths: [String]
            if let list = try list() { paths = list } else { paths = try words() }
            config.volumes = Self.union(config.volumes, paths)
        case "USER": config.user = argument
        case "WORKDIR": config.workingDirectory = Self.join(config.workingDirectory, argument)
        case "STOPSIGNAL": config.stopSignal = argument
        case "ONBUILD": config.onBuild.append(argument)
        case "SHELL":
            guard let words = try list(), !words.isEmpty else { throw invalid("wants a JSON array") }
            config.shell = words
        default: config.healthcheck = try healthcheck(config)
        }
    }

    // MARK: Forms

    /// The exec form as it is, the shell form behind the shell.
    private func command(_ config: ContainerDefaults) throws(WharfError) -> [String]? {
        if let words = try list() { return words }
        if argument.isEmpty { return [] }
        return (config.shell.isEmpty ? ["/bin/sh", "-c"] : config.shell) + [argument]
    }

    /// The argument as a JSON array of strings; nil if it is none.
    private func list() throws(WharfError) -> [String]? {
        guard argument.utf8.first == UInt8(ascii: "["), let value = try? JSON.parse(Array(argument.utf8)), let items = value.array else {
            return nil
        }
        var words: [String] = []
        for item in items {
            guard let word = item.string else { throw invalid("wants an array of strings") }
            words.append(word)
        }
        return words
    }

    /// `NAME=value NAME2="two words"`, or the old `NAME all the rest`.
    private func pairs() throws(WharfError) -> [(String, String)] {
        let words = try words()
        guard let first = words.first else { throw invalid("must have two arguments") }
        guard first.utf8.contains(UInt8(ascii: "=")) else {
            guard words.count > 1 else { throw invalid("must have two arguments") }
            return [(first, Self.trimmed(Array(argument.utf8.dropFirst(first.utf8.count))[...]))]
        }
        var result: [(String, String)] = []
        for word in words {
            let bytes = Array(word.utf8)
            guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")), equals > 0 else {
                throw invalid("has a pair without a name or value: \(word)")
            }
            result.append((String(decoding: bytes[..<equals], as: UTF8.self), String(decoding: bytes[(equals + 1)...], as: UTF8.self)))
        }
        return result
    }

    /// Words between spaces; quotes and backslashes as in a Dockerfile.
    private func words() throws(WharfError) -> [String] {
        var result: [[UInt8]] = []
        var word: [UInt8]?
        var quote: UInt8?
        var bytes = Array(argument.utf8)[...]
        while let byte = bytes.popFirst() {
            if byte == UInt8(ascii: "\\"), quote != UInt8(ascii: "'"), let next = bytes.popFirst() {
                word = (word ?? []) + [next]
            } else if byte == quote {
                quote = nil
            } else if quote == nil, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
                word = word ?? []
            } else if quote == nil, Self.isSpace(byte) {
                if let done = word { result.append(done) }
                word = nil
            } else {
                word = (word ?? []) + [byte]
            }
        }
        guard quote == nil else { throw invalid("has an unfinished quote") }
        if let word { result.append(word) }
        return result.map { String(decoding: $0, as: UTF8.self) }
    }

    private func healthcheck(_ config: ContainerDefaults) throws(WharfError) -> ContainerDefaults.Healthcheck {
        var rest = argument
        var check = ContainerDefaults.Healthcheck(test: [])
        while rest.utf8.starts(with: "--".utf8) {
            let bytes = Array(rest.utf8)
            let end = bytes.firstIndex(where: Self.isSpace) ?? bytes.endIndex
            let option = String(decoding: bytes[2..<end], as: UTF8.self).split(separator: "=", maxSplits: 1).map(String.init)
            rest = Self.trimmed(bytes[end...])
            guard option.count == 2 else { throw invalid("has an option without a value") }
            switch option[0] {
            case "interval": check.interval = try duration(option)
            case "timeout": check.timeout = try duration(option)
            case "start-period": check.startPeriod = try duration(option)
            case "start-interval": check.startInterval = try duration(option)
            case "retries":
                guard let retries = Int(option[1]), retries >= 0 else { throw bad(option) }
                check.retries = retries
            default: throw invalid("has the unknown option --\(option[0])")
            }
        }
        if rest.uppercased() == "NONE" {
            check.test = ["NONE"]
            return check
        }
        guard rest.utf8.count > 4, rest.prefix(4).uppercased() == "CMD " || rest.prefix(4).uppercased() == "CMD[" else {
            throw invalid("wants NONE or CMD")
        }
        let command = try ImageChange("CMD " + rest.dropFirst(3))
        if let words = try command.list() { check.test = ["CMD"] + words } else { check.test = ["CMD-SHELL", command.argument] }
        return check
    }

    private func duration(_ option: [String]) throws(WharfError) -> Int64 {
        guard let duration = GoDuration.parse(option[1]) else { throw bad(option) }
        return duration
    }

    private func bad(_ option: [String]) -> WharfError { invalid("has an invalid value for --\(option[0]): \(option[1])") }

    private func invalid(_ what: String) -> WharfError { WharfError(.invalidArgument, "\(word) \(what)") }

    // MARK: Values

    private static func port(_ text: String) -> String { text.utf8.contains(UInt8(ascii: "/")) ? text : "\(text)/tcp" }

    private static func union(_ old: [String], _ new: [String]) -> [String] {
        Set(old + new).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private static func join(_ directory: String, _ path: String) -> String {
        if path.utf8.first == UInt8(ascii: "/") { return path }
        return directory.isEmpty ? "/\(path)" : directory.utf8.last == UInt8(ascii: "/") ? directory + path : "\(directory)/\(path)"
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
        guard let start = bytes.firstIndex(where: { !isSpace($0) }), let end = bytes.lastIndex(where: { !isSpace($0) }) else { return "" }
        return String(decoding: bytes[start...end], as: UTF8.self)
    }
}

/// Go's spelling of durations: `1m30s`, `1.5h`, `100ms`.
enum GoDuration {
    /// Nanoseconds; nil for what is no duration.
    static func parse(_ text: String) -> Int64? {
        var rest = text.utf8[...]
        var total: Int64 = 0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")) || $0 == UInt8(ascii: ".") }
            rest = rest[number.endIndex...]
            let unit = rest.prefix { !($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")) && $0 != UInt8(ascii: ".") }
            rest = rest[unit.endIndex...]
            guard let value = Double(String(decoding: Array(number), as: UTF8.self)),
                let scale = units[String(decoding: Array(unit), as: UTF8.self)],
                let part = Int64(exactly: (value * scale).rounded())
            else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(part)
            if overflow { return nil }
            total = sum
        }
        return total
    }

    private static let units: [String: Double] = ["ns": 1, "us": 1e3, "µs": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9]
}
