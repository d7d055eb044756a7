// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Documents: a relative link names a file that is there, and a path of Sources in `code` does too, so that a page can't
// go on describing what was moved.

/// The rules.
enum DocumentRules {
    static func brokenLinks(in documents: [SourceFile], exists: (String) -> Bool) throws -> [Violation] {
        documents.flatMap { document -> [Violation] in
            let folder = document.path.split(separator: "/").dropLast().map(String.init)
            return document.lines.enumerated().flatMap { index, line -> [Violation] in
                let links = targets(of: line).filter { !$0.contains("://") && !$0.hasPrefix("#") && !$0.hasPrefix("mailto:") }
                    .map { resolve($0, from: folder) }
                let paths = quoted(line).filter { $0.hasPrefix("Sources/") && !$0.contains("<") && !$0.contains("*") && !$0.contains("…") }
                return (links + paths).filter { !exists($0) }.map {
                    Violation(path: document.path, line: index + 1, message: "leads to \($0), which is not there")
                }
            }
        }
    }

    /// What stands in `](…)`.
    private static func targets(of line: Substring) -> [String] {
        var found: [String] = []
        var rest = line
        while let open = rest.firstRange(of: "](") {
            rest = rest[open.upperBound...]
            guard let close = rest.firstIndex(of: ")") else { break }
            found.append(String(rest[..<close].prefix { $0 != "#" }))
            rest = rest[close...]
        }
        return found.filter { !$0.isEmpty }
    }

    /// What stands between back-ticks.
    private static func quoted(_ line: Substring) -> [String] {
        let parts = line.split(separator: "`", omittingEmptySubsequences: false)
        return parts.indices.filter { $0 % 2 == 1 }.map { String(parts[$0]) }
    }

    private static func resolve(_ link: String, from folder: [String]) -> String {
        var parts = folder
        for part in link.split(separator: "/") {
            switch part {
            case ".": continue
            case "..": _ = parts.popLast()
            default: parts.append(String(part))
            }
        }
        return parts.joined(separator: "/")
    }
}
