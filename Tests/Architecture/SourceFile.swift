// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The files that the rules look at, and what a rule says about them. A rule is a function from files to violations, so
// that its test can hand it a sample that breaks it.

import Foundation

/// One file of the project.
struct SourceFile {
    /// From the project's root: `Sources/Host/WharfEngine/Engine.swift`.
    let path: String
    let text: String

    /// The target's name: the third folder of `Sources/<room>/<target>/…`, the second of `Tests/<target>/…`.
    var target: String {
        let parts = path.split(separator: "/").map(String.init)
        guard let first = parts.first else { return "" }
        return first == "Sources" ? (parts.count > 3 ? parts[2] : "") : (parts.count > 2 ? parts[1] : "")
    }

    /// `Host`, `Kernel`… for a file below Sources.
    var room: String {
        let parts = path.split(separator: "/").map(String.init)
        return parts.first == "Sources" && parts.count > 2 ? parts[1] : ""
    }

    var name: String { path.split(separator: "/").last.map(String.init) ?? path }
    var isSwift: Bool { path.hasSuffix(".swift") }
    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
    var tokens: [Token] { Lexer.tokens(of: text) }
}

/// Something a rule found.
struct Violation: Equatable, CustomStringConvertible {
    let path: String
    /// 0 where the whole file is meant.
    let line: Int
    let message: String

    var description: String { "\(path):\(line): \(message)" }
}

/// The project's own files, read once.
enum Project {
    /// The folder of Package.swift, found from this file.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let files: [SourceFile] = ["Sources", "Tests", "Benchmarks", "scripts", ".ci", "docs"].flatMap(read)
    static let sources = files.filter { $0.path.hasPrefix("Sources/") }
    static let swift = files.filter(\.isSwift)

    /// Everything below a folder of the root, as text; a folder that isn't there is empty.
    private static func read(_ folder: String) -> [SourceFile] {
        let base = root.appendingPathComponent(folder)
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: base.path)) ?? []  // not every folder exists
        return names.sorted().compactMap { name in
            guard let data = try? Data(contentsOf: base.appendingPathComponent(name)) else { return nil }  // a folder
            return SourceFile(path: "\(folder)/\(name)", text: String(decoding: data, as: UTF8.self))
        }
    }

    /// The pages that people read.
    static let documents: [SourceFile] =
        files.filter { $0.path.hasSuffix(".md") }
        + ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].compactMap { name in
            (try? text(of: name)).map { SourceFile(path: name, text: $0) }  // a page that is missing has no links
        }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
    }

    static func text(of path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }
}
