// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The `filters` parameter of lists, prunes and events: keys with one or more values each. It is read by the routes,
// checked and asked by the engine, and written by the client.

public import WharfError
public import WharfJSON

/// Filter keys with their values. Several values of a key mean "any of them", several keys mean "all of them".
public struct Filters: Sendable, Equatable, JSONWritable {
    private var entries: [String: [String]] = [:]

    /// No filters: everything matches.
    public init() {}

    /// Reads the parameter in both forms: `{"label": {"a": true}}` (since API 1.22) and `{"label": ["a"]}`.
    ///
    /// A key with `false` is still a value, as in Docker. Throws `invalidArgument` with `invalid filter`.
    public init(json text: String) throws(WharfError) {
        guard !text.isEmpty else { return }
        let document: JSONValue
        do { document = try JSON.parse(Array(text.utf8)) } catch { throw WharfError(.invalidArgument, "invalid filter", cause: error) }
        if document == .null { return }
        guard case .object(let object) = document else { throw WharfError(.invalidArgument, "invalid filter") }
        for member in object.members {
            switch member.value {
            case .null: entries[member.key] = []
            case .object(let values):
                guard values.members.allSatisfy({ $0.value.bool != nil }) else { throw WharfError(.invalidArgument, "invalid filter") }
                entries[member.key] = values.keys
            case .array(let values):
                guard values.allSatisfy({ $0.string != nil }) else { throw WharfError(.invalidArgument, "invalid filter") }
                entries[member.key] = values.compactMap(\.string)
            default: throw WharfError(.invalidArgument, "invalid filter")
            }
        }
    }

    /// True without any key.
    public var isEmpty: Bool { entries.isEmpty }

    /// The keys, sorted.
    public var keys: [String] { entries.keys.sorted() }

    /// The values of a key in the order they came; empty without the key.
    public func values(_ key: String) -> [String] { entries[key] ?? [] }

    /// Whether the key is there.
    public func contains(_ key: String) -> Bool { entries[key] != nil }

    /// Adds a value to a key, once.
    public mutating func add(_ key: String, _ value: String) {
        if !values(key).contains(value) { entries[key, default: []].append(value) }
    }

    /// Removes a key with its values.
    public mutating func remove(_ key: String) { entries[key] = nil }

    /// Throws `invalid filter 'x'` for a key that the caller does not know.
    public func validate(accepting known: Set<String>) throws(WharfError) {
        for key in keys where !known.contains(key) { throw WharfError(.invalidArgument, "invalid filter '\(key)'") }
    }

    /// A key with exactly one true or false value; `fallback` without the key.
    ///
    /// Throws `invalid filter 'dangling=[x]'`.
    public func bool(_ key: String, default fallback: Bool) throws(WharfError) -> Bool {
        guard contains(key) else { return fallback }
        let values = values(key)
        let isTrue = values.contains { $0 == "1" || $0 == "true" }
        let isFalse = values.contains { $0 == "0" || $0 == "false" }
        guard isTrue != isFalse else {
            throw WharfError(.invalidArgument, "invalid filter '\(key)=[\(values.joined(separator: " "))]'")
        }
        return isTrue
    }

    /// Written as maps, the form that every version since 1.22 reads.
    public func write(to json: inout JSONWriter) {
        json.object { json in
            for key in keys {
                json.object(key) { json in
                    for value in values(key).sorted() { json.field(value, true) }
                }
            }
        }
    }

    /// The text of the query parameter; nil without filters.
    public var parameter: String? { isEmpty ? nil : String(decoding: JSON.encode(self), as: UTF8.self) }
}
