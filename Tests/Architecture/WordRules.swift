// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Finds banned words in code (never in comments or text), and `try?` that doesn't say why.

/// The rules.
enum WordRules {
    /// Each use of a banned word outside its homes.
    static func banned(_ files: [SourceFile], _ words: [BannedWord] = BannedWords.all) -> [Violation] {
        files.filter { $0.isSwift && $0.path.hasPrefix("Sources/") }.flatMap { file -> [Violation] in
            let tokens = file.tokens
            // By first word, so that a file is walked once whatever the length of the list.
            let here = words.filter { applies($0, to: file) }
            // In a file that declares `func mount`, `mount(…)` is that.
            let own = Set(tokens.indices.filter { $0 > 0 && tokens[$0 - 1].text == "func" }.map { tokens[$0].text })
            let byFirst = Dictionary(grouping: here) { first(of: $0.form) }
            return tokens.indices.flatMap { index -> [Violation] in
                (byFirst[tokens[index].text] ?? []).filter { matches($0.form, tokens, at: index, own) }.map {
                    Violation(path: file.path, line: tokens[index].line, message: "\(text(of: $0.form)) is banned: \($0.reason)")
                }
            }
        }
    }

    /// `try?` drops an error, so a comment on its line or in the few above says why that is right.
    static func unexplained(_ files: [SourceFile]) -> [Violation] {
        files.filter { $0.isSwift && $0.path.hasPrefix("Sources/") }.flatMap { file -> [Violation] in
            let tokens = file.tokens
            let lines = file.lines
            return tokens.indices.compactMap { index -> Violation? in
                guard tokens[index].text == "try", index + 1 < tokens.count, tokens[index + 1].text == "?", tokens[index + 1].isGlued else {
                    return nil
                }
                let line = tokens[index].line
                let near = lines[max(0, line - 5)..<min(lines.count, line)]
                return near.contains { $0.contains("//") }
                    ? nil : Violation(path: file.path, line: line, message: "try? without a comment that says why the error may go")
            }
        }
    }

    private static func applies(_ word: BannedWord, to file: SourceFile) -> Bool {
        word.homes[file.path] == nil && (word.scope.isEmpty || word.scope.contains(file.room) || word.scope.contains(file.target))
    }

    private static func first(of form: BannedWord.Form) -> String {
        switch form {
        case .words(let words): words.first ?? ""
        case .call(let name), .callHaving(let name, _): name
        }
    }

    private static func text(of form: BannedWord.Form) -> String {
        switch form {
        case .words(let words): words.joined()
        case .call(let name), .callHaving(let name, _): "\(name)(…)"
        }
    }

    private static func matches(_ form: BannedWord.Form, _ tokens: [Token], at index: Int, _ own: Set<String> = []) -> Bool {
        func token(_ offset: Int) -> String {
            let at = index + offset
            return tokens.indices.contains(at) ? tokens[at].text : ""
        }
        switch form {
        case .words(let words):
            return words.indices.allSatisfy { token($0) == words[$0] && (!["!", "?"].contains(words[$0]) || tokens[index + $0].isGlued) }
        case .callHaving(let name, let prefix):
            return matches(.call(name), tokens, at: index, own) && arguments(tokens, from: index + 1).contains { $0.text.hasPrefix(prefix) }
        case .call:
            guard token(1) == "(", !["func", "case", "`"].contains(token(-1)) else { return false }
            if token(-1) == "." { return ["Glibc", "Foundation"].contains(token(-2)) }
            return !own.contains(token(0))
        }
    }

    /// The tokens between the parenthesis at `open` and its partner.
    private static func arguments(_ tokens: [Token], from open: Int) -> ArraySlice<Token> {
        var depth = 0
        for index in open..<tokens.count {
            if tokens[index].text == "(" { depth += 1 }
            if tokens[index].text == ")" { depth -= 1 }
            if depth == 0 { return tokens[open..<index] }
        }
        return []
    }
}
