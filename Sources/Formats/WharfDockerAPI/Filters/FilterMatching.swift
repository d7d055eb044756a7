// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// How a filter's values are compared with an object's properties. Without the key everything matches.

extension Filters {
    /// Exactly one of the values (or no value given).
    public func exactMatch(_ key: String, _ candidate: String) -> Bool {
        let values = values(key)
        return values.isEmpty || values.contains { $0.utf8.elementsEqual(candidate.utf8) }
    }

    /// A value is the candidate or a prefix of it.
    public func prefixMatch(_ key: String, _ candidate: String) -> Bool {
        let values = values(key)
        return values.isEmpty || values.contains { candidate.utf8.starts(with: $0.utf8) }
    }

    /// A value, as a regular expression, is found in the candidate (the `name` and `id` filters). A broken expression finds nothing, as in Docker.
    public func patternMatch(_ key: String, _ candidate: String) -> Bool {
        let values = values(key)
        if values.isEmpty { return true }
        return values.contains { value in
            value.utf8.elementsEqual(candidate.utf8) || FilterPattern(value)?.isFound(in: candidate) == true
        }
    }

    /// Every value `key` or `key=value` holds in the map (the `label` filter).
    public func labelMatch(_ key: String, _ labels: [String: String]) -> Bool {
        values(key).allSatisfy { value in
            let parts = value.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = parts.first.flatMap({ String(Substring($0)) }), let found = labels[name] else { return false }
            return parts.count == 1 || found.utf8.elementsEqual(parts[1])
        }
    }
}
