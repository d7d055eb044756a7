// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// docs/conformance.md against the published members, the code that reads them and the suites that show them.

/// One row: `| process.user | `uid` `gid` | supported | `SomeTests` | note |`.
struct ConformanceRow: Equatable {
    let line: Int
    /// The object that has the members; empty for the document itself.
    let object: String
    let members: [String]
    let state: String
    let suites: [String]
    let note: String

    /// nil for a line that is no row of five cells about members.
    init?(_ line: Substring, number: Int) {
        let cells = line.split(separator: "|", omittingEmptySubsequences: false).map { $0.trimmed }
        guard cells.count == 7, !cells[1].isEmpty, cells[2].hasPrefix("`") else { return nil }
        self.line = number
        object = cells[1] == "(top level)" ? "" : cells[1]
        members = Self.quoted(cells[2])
        state = cells[3]
        suites = Self.quoted(cells[4])
        note = cells[5]
    }

    static func quoted(_ text: String) -> [String] {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false)
        return parts.indices.filter { $0 % 2 == 1 }.map { String(parts[$0]) }
    }

    func mentions(_ member: Substring) -> Bool {
        note.split { !($0.isLetter || $0.isNumber) }.contains(member)
    }
}

extension Substring {
    fileprivate var trimmed: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}

/// The rules.
enum ConformanceRules {
    static let page = "docs/conformance.md"

    static func rows(of text: String) -> [ConformanceRow] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { ConformanceRow($1, number: $0 + 1) }
    }

    /// The row of a member: one that lists it, or the row of its object when that row's note speaks of it. A member of
    /// something that is refused or skipped goes with it.
    static func row(of path: String, in rows: [ConformanceRow]) -> ConformanceRow? {
        let parts = path.split(separator: ".")
        guard let member = parts.last else { return nil }
        let object = parts.dropLast().joined(separator: ".")
        if let row = rows.first(where: { $0.object == object && $0.members.contains(String(member)) }) { return row }
        guard !object.isEmpty, let row = row(of: object, in: rows) else { return nil }
        return row.state != "supported" || row.mentions(member) ? row : nil
    }

    /// Every published member has a row; an object may have rows for its members instead.
    static func missing(_ paths: [String], in rows: [ConformanceRow]) -> [Violation] {
        let objects = Set(rows.map(\.object))
        return paths.filter { path in
            row(of: path, in: rows) == nil && !objects.contains { $0 == path || $0.hasPrefix(path + ".") }
        }.map { Violation(path: page, line: 0, message: "has no row for \($0)") }
    }

    /// What is supported is read, what is refused is checked for, what is skipped is not known.
    static func untrue(_ rows: [ConformanceRow], spec: [SourceFile], checks: [SourceFile]) -> [Violation] {
        let known = spec.map(\.text).joined()
        let checked = checks.map(\.text).joined()
        return rows.flatMap { row in
            row.members.compactMap { member -> Violation? in
                let isRead = known.contains("\"\(member)\"")
                let holds =
                    switch row.state {
                    case "supported": isRead
                    case "refused": checked.contains("\(member) ")
                    case "other": !isRead
                    default: false
                    }
                return holds
                    ? nil : Violation(path: page, line: row.line, message: "says \(row.state) of \(member), which the code does not")
            }
        }
    }

    /// A suite that shows something is there.
    static func unknownSuites(_ text: String, tests: [SourceFile]) -> [Violation] {
        let declared = Set(
            tests.filter(\.isSwift).flatMap { file in
                file.lines.compactMap { line -> String? in
                    guard let keyword = ["struct ", "class ", "extension "].lazy.compactMap({ line.firstRange(of: $0) }).first else {
                        return nil
                    }
                    return String(line[keyword.upperBound...].prefix { $0.isLetter || $0.isNumber || $0 == "_" })
                }
            })
        return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().flatMap { index, line -> [Violation] in
            guard line.hasPrefix("|") else { return [] }
            return ConformanceRow.quoted(String(line)).filter { $0.hasSuffix("Tests") && !declared.contains($0) }
                .map { Violation(path: page, line: index + 1, message: "names \($0), which is no suite") }
        }
    }
}
