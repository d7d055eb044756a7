// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Where functions begin and end, by matching brackets over tokens. It counts a function's own lines from `func` to its
// closing brace, with whatever is nested in it.

/// A function with a body.
struct Functions {
    let name: String
    let line: Int
    let lines: Int

    /// Every `func`, `init`, `deinit` and `subscript` that has a body.
    static func find(in tokens: [Token]) -> [Functions] {
        tokens.indices.compactMap { start in
            guard isDeclaration(tokens, start), let open = body(tokens, after: start), let close = matching(tokens, open) else {
                return nil
            }
            let name = tokens[start].text == "func" && start + 1 < tokens.count ? tokens[start + 1].text : tokens[start].text
            return Functions(name: name, line: tokens[start].line, lines: tokens[close].line - tokens[start].line + 1)
        }
    }

    private static func isDeclaration(_ tokens: [Token], _ index: Int) -> Bool {
        switch tokens[index].text {
        case "func", "deinit", "subscript": true
        case "init": index == 0 || tokens[index - 1].text != "."
        default: false
        }
    }

    /// The `{` of the declaration at `start`, or nil for a requirement of a protocol.
    private static func body(_ tokens: [Token], after start: Int) -> Int? {
        let next: Set<String> = [
            "func", "var", "let", "init", "static", "mutating", "public", "associatedtype", "subscript", "case", "}", "@",
        ]
        var depth = 0
        var seenParameters = false
        for index in tokens.indices.dropFirst(start + 1) {
            switch tokens[index].text {
            case "(", "[": depth += 1
            case ")", "]":
                depth -= 1
                seenParameters = true
            case "{" where depth == 0: return index
            case let text where depth == 0 && seenParameters && next.contains(text): return nil
            default: break
            }
        }
        return nil
    }

    private static func matching(_ tokens: [Token], _ open: Int) -> Int? {
        var depth = 0
        for index in open..<tokens.count {
            if tokens[index].text == "{" { depth += 1 }
            if tokens[index].text == "}" {
                depth -= 1
                if depth == 0 { return index }
            }
        }
        return nil
    }
}
