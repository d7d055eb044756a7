// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// How a file looks: its header, its length, the length of its functions, a program's main, and no notes to self.

/// The rules.
enum ShapeRules {
    static let maximumFile = 500
    static let maximumFunction = 100
    static let maximumMain = 150

    private static let licence = "SPDX-License-Identifier: Apache-2.0"
    private static let authors = "SPDX-FileCopyrightText: The Wharf authors"

    /// Two header lines within the first four (an interpreter or tools line may stand above), and a paragraph behind them.
    static func header(_ files: [SourceFile]) -> [Violation] {
        files.filter { isCode($0) || isScript($0) }.compactMap { file -> Violation? in
            let lines = file.lines.prefix(6).map(String.init)
            guard let at = lines.firstIndex(where: { $0.hasSuffix(licence) }), lines.indices.contains(at + 1),
                lines[at + 1].hasSuffix(authors)
            else { return Violation(path: file.path, line: 1, message: "no SPDX header") }
            let after = lines.dropFirst(at + 2).first { $0.contains(where: \.isLetter) } ?? ""
            let opens = ["//", "#", "*", "/*"].contains { after.drop(while: { $0 == " " }).hasPrefix($0) } && !after.hasPrefix("#include")
            return opens ? nil : Violation(path: file.path, line: 3, message: "no paragraph that says what this is")
        }
    }

    /// Files over the limit that are not listed, and lines of the list that no longer hold.
    static func fileLength(_ files: [SourceFile], listed: Set<String>) -> [Violation] {
        let long = files.filter { isCode($0) && lineCount($0) > maximumFile }
        let unlisted = long.filter { !listed.contains($0.path) }.map {
            Violation(
                path: $0.path, line: 0, message: "\(lineCount($0)) lines; over \(maximumFile) needs a reason in scripts/long-files.txt")
        }
        let stale = listed.subtracting(long.map(\.path)).sorted().map {
            Violation(path: "scripts/long-files.txt", line: 0, message: "\($0) is no longer over \(maximumFile) lines")
        }
        return unlisted + stale
    }

    /// The paths of scripts/long-files.txt: the first word of each line that is no comment and has a reason.
    static func listed(_ text: String) -> Set<String> {
        Set(
            text.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap { line -> String? in
                let words = line.split(separator: " ", maxSplits: 1)
                return words.count == 2 ? String(words[0]) : nil
            })
    }

    static func functionLength(_ files: [SourceFile]) -> [Violation] {
        files.filter(\.isSwift).flatMap { file in
            Functions.find(in: file.tokens).filter { $0.lines > maximumFunction }.map {
                Violation(path: file.path, line: $0.line, message: "\($0.name) has \($0.lines) lines; \(maximumFunction) is the limit")
            }
        }
    }

    /// A program composes; what it composes lives in a library.
    static func mains(_ files: [SourceFile]) -> [Violation] {
        files.filter { $0.path.hasPrefix("Sources/") && $0.name == "main.swift" && lineCount($0) > maximumMain }.map {
            Violation(path: $0.path, line: 0, message: "\(lineCount($0)) lines; a program's main has at most \(maximumMain)")
        }
    }

    /// Notes to self belong in the tracker.
    static func notes(_ files: [SourceFile]) -> [Violation] {
        let words = ["TO" + "DO", "FIX" + "ME"]
        return files.filter { isCode($0) || $0.path.hasPrefix("scripts/") }.flatMap { file in
            file.lines.enumerated().compactMap { index, line -> Violation? in
                words.first { line.contains($0) }.map { Violation(path: file.path, line: index + 1, message: "\($0) in the sources") }
            }
        }
    }

    private static func isCode(_ file: SourceFile) -> Bool {
        [".swift", ".c", ".h"].contains { file.path.hasSuffix($0) }
    }

    private static func isScript(_ file: SourceFile) -> Bool {
        file.text.hasPrefix("#!") || [".sh", ".py"].contains { file.path.hasSuffix($0) }
    }

    private static func lineCount(_ file: SourceFile) -> Int {
        file.text.utf8.count { $0 == UInt8(ascii: "\n") }
    }
}
