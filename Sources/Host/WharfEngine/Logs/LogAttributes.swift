// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What `--log-opt labels=…,env=…,tag=…` adds to every line, for `logs --details` and for who ships logs.

import WharfDockerAPI
import WharfError
import WharfJSON

/// The extra attributes of a container's log.
enum LogAttributes {
    /// - Throws: `invalidArgument` for a tag with a placeholder that nobody knows.
    static func validate(_ options: [String: String]) throws(WharfError) { _ = try expand(options["tag"] ?? "") { _ in "" } }

    /// By name (moby, daemon/logger/loginfo.go, ExtraAttributes).
    ///
    /// - Throws: as `validate`.
    static func collect(_ record: ContainerRecord) throws(WharfError) -> [String: String] {
        let options = record.hostConfig.logConfig.config ?? [:]
        var found: [String: String] = [:]
        let labels = record.config.labels ?? [:]
        for name in names(options["labels"]) { found[name] = labels[name] }
        for (name, value) in matching(options["labels-regex"], labels) { found[name] = value }
        var variables: [String: String] = [:]
        for variable in record.config.env ?? [] {
            let name = ContainerConfig.variableName(variable)
            variables[String(Substring(name))] = String(Substring(variable.utf8.dropFirst(name.count + 1)))
        }
        for name in names(options["env"]) { found[name] = variables[name] }
        for (name, value) in matching(options["env-regex"], variables) { found[name] = value }
        if let tag = options["tag"], !tag.isEmpty { found["tag"] = try expand(tag) { value($0, record) } }
        return found
    }

    /// As it stands in a line of json-file; empty for none.
    static func json(_ attributes: [String: String]) -> [UInt8] {
        guard !attributes.isEmpty else { return [] }
        var writer = JSONWriter()
        writer.object { o in
            for (name, value) in attributes.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) { o.field(name, value) }
        }
        return writer.bytes
    }

    /// In front of a line of `logs --details`: `name=value,…`, escaped as in a query (moby, httputils/write_log_stream.go).
    static func details(_ attributes: [String: String]) -> [UInt8] {
        let sorted = attributes.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        return Array(sorted.map { escaped($0.key) + [UInt8(ascii: "=")] + escaped($0.value) }.joined(separator: [UInt8(ascii: ",")]))
    }

    private static func escaped(_ text: String) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return text.utf8.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"):
                [byte]
            case UInt8(ascii: " "): [UInt8(ascii: "+")]
            default: [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
    }

    private static func names(_ list: String?) -> [String] {
        (list ?? "").utf8.split(separator: UInt8(ascii: ",")).map { String(Substring($0)) }
    }

    private static func matching(_ pattern: String?, _ values: [String: String]) -> [String: String] {
        guard let pattern, !pattern.isEmpty else { return [:] }
        var filters = Filters()
        filters.add("name", pattern)
        return values.filter { filters.patternMatch("name", $0.key) }
    }

    // MARK: tag

    private static func value(_ word: String, _ record: ContainerRecord) -> String {
        switch word {
        case ".ID": record.shortID
        case ".FullID": record.id
        case ".Name": record.name
        case ".ImageName": record.config.image
        case ".ImageID": ContainerID.short(String(record.imageID.dropFirst(record.imageID.hasPrefix("sha256:") ? 7 : 0)))
        case ".ImageFullID": record.imageID
        default: "wharf"
        }
    }

    private static let words: Set<String> = [".ID", ".FullID", ".Name", ".ImageName", ".ImageID", ".ImageFullID", ".DaemonName"]

    private static func expand(_ tag: String, _ value: (String) -> String) throws(WharfError) -> String {
        var text: [UInt8] = []
        var rest = Array(tag.utf8)[...]
        while let byte = rest.first {
            guard rest.starts(with: "{{".utf8) else {
                text.append(byte)
                rest = rest.dropFirst()
                continue
            }
            rest = rest.dropFirst(2)
            let inside = rest.prefix { $0 != UInt8(ascii: "}") }
            rest = rest.dropFirst(inside.count)
            let word = String(decoding: inside.filter { $0 != UInt8(ascii: " ") }, as: UTF8.self)
            guard rest.starts(with: "}}".utf8), words.contains(word) else {
                throw WharfError(.invalidArgument, "invalid log opt tag: \(tag)")
            }
            rest = rest.dropFirst(2)
            text += value(word).utf8
        }
        return String(decoding: text, as: UTF8.self)
    }
}
