// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The record of one snapshot as text: four short lines, written whole by a rename.

/// Codes a snapshot's record; the layout stands in SnapshotFolder.swift.
enum SnapshotRecord {
    static func format(_ status: SnapshotStatus) -> [UInt8] {
        var text = "wharf-snapshot 1\nkind \(status.kind.rawValue)\nkey \(status.key)\n"
        if let parent = status.parent { text += "parent \(parent)\n" }
        return Array(text.utf8)
    }

    /// Nil for anything that `format` does not write: a torn or foreign file. Unknown fields are skipped.
    static func parse(_ bytes: [UInt8]) -> SnapshotStatus? {
        guard bytes.last == UInt8(ascii: "\n") else { return nil }
        var lines = bytes.split(separator: UInt8(ascii: "\n"))
        guard !lines.isEmpty, lines.removeFirst().elementsEqual("wharf-snapshot 1".utf8) else { return nil }
        var fields: [String: String] = [:]
        for line in lines {
            guard let space = line.firstIndex(of: UInt8(ascii: " ")), let value = String(validating: line[(space + 1)...], as: UTF8.self)
            else { return nil }
            fields[String(decoding: line[..<space], as: UTF8.self)] = value
        }
        guard let kind = fields["kind"].flatMap(SnapshotKind.init(rawValue:)), let key = fields["key"], SnapshotFolder.isKey(key) else {
            return nil
        }
        if let parent = fields["parent"], !SnapshotFolder.isKey(parent) { return nil }
        return SnapshotStatus(key: key, kind: kind, parent: fields["parent"])
    }
}
