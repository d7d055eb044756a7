// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Two rules over the table of arrows: what the manifest declares, and what the sources import. Both are needed: a warm
// build folder lets an undeclared import compile.

/// The rules.
enum ArrowRules {
    /// Declared dependencies that the table doesn't allow, targets that it doesn't know, and names that say nothing.
    static func declared(_ targets: [PackageDump.Target]) -> [Violation] {
        targets.filter { $0.type != "test" && $0.path.hasPrefix("Sources/") }.flatMap { target -> [Violation] in
            var found: [Violation] = []
            func report(_ message: String) { found.append(Violation(path: "Package.swift", line: 0, message: message)) }
            let bare = target.name.hasPrefix("Wharf") ? String(target.name.dropFirst(5)) : target.name
            if AllowedArrows.namelessNames.contains(bare) { report("\(target.name): a target's name says what is inside") }
            guard let row = AllowedArrows.table[target.name] else {
                report("\(target.name) has no row in the table of arrows")
                return found
            }
            let allowed = AllowedArrows.always(room: room(of: target.path)).union(row)
            for dependency in target.dependencies where !allowed.contains(dependency) {
                report("\(target.name) -> \(dependency) is not an allowed arrow")
            }
            return found
        }
    }

    /// Imports that the table doesn't allow or the manifest doesn't declare.
    static func imported(_ files: [SourceFile], _ targets: [PackageDump.Target]) -> [Violation] {
        let declared = Dictionary(targets.map { ($0.name, Set($0.dependencies)) }, uniquingKeysWith: { first, _ in first })
        return files.filter { $0.isSwift && $0.path.hasPrefix("Sources/") }.flatMap { file -> [Violation] in
            let allowed = AllowedArrows.always(room: file.room).union(AllowedArrows.table[file.target] ?? [])
            return imports(of: file).compactMap { module, line -> Violation? in
                if AllowedArrows.toolchain.contains(module) { return nil }
                if module == "FoundationEssentials" && AllowedArrows.essentialsRooms.contains(file.room) { return nil }
                if module == "Foundation" && BannedWords.foundationTargets[file.target] != nil { return nil }
                guard allowed.contains(module) else {
                    return Violation(path: file.path, line: line, message: "\(file.target) may not import \(module)")
                }
                guard declared[file.target]?.contains(module) ?? false else {
                    return Violation(path: file.path, line: line, message: "\(file.target) imports \(module) but does not declare it")
                }
                return nil
            }
        }
    }

    /// Each `import M`, `public import M`, `@_spi(X) import struct M.T`, with its line.
    static func imports(of file: SourceFile) -> [(module: String, line: Int)] {
        let kinds: Set<String> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
        let tokens = file.tokens
        return tokens.indices.compactMap { index -> (String, Int)? in
            guard tokens[index].text == "import", index + 1 < tokens.count else { return nil }
            let next = kinds.contains(tokens[index + 1].text) ? index + 2 : index + 1
            return next < tokens.count ? (tokens[next].text, tokens[index].line) : nil
        }
    }

    private static func room(of path: String) -> String {
        let parts = path.split(separator: "/")
        return parts.count > 1 ? String(parts[1]) : ""
    }
}
