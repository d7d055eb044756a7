// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The list of options in a command's help, laid out and wrapped as pflag does.

/// Lays out flags in two columns.
enum FlagHelp {
    /// One line for each visible flag, sorted by name, wrapped at `width` columns.
    static func lines(_ flags: [any AnyFlag], width: Int) -> String {
        let visible = flags.filter { !$0.isHidden }.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        let left = visible.map { flag -> String in
            let names = flag.short.map { "  -\($0), --\(flag.name)" } ?? "      --\(flag.name)"
            return flag.valueName.isEmpty ? names : "\(names) \(flag.valueName)"
        }
        let column = (left.map(\.count).max() ?? 0) + 3
        return zip(left, visible).map { names, flag in
            let help = flag.defaultText.map { "\(flag.help) (default \($0))" } ?? flag.help
            let space = String(repeating: " ", count: column - names.count)
            return names + space + wrap(help, indent: column, width: width) + "\n"
        }.joined()
    }

    /// Wraps at word ends; may run over by five columns rather than leave a short last word.
    private static func wrap(_ text: String, indent: Int, width: Int) -> String {
        var indent = indent
        var result = ""
        if width - indent < 24 {
            indent = 16
            result = "\n" + String(repeating: " ", count: indent)
        }
        guard width - indent >= 24 else { return result + text }
        let margin = "\n" + String(repeating: " ", count: indent)
        let slop = 5
        var rest = Array(text)[...]
        var isFirst = true
        while isFirst || !rest.isEmpty {
            let line = cut(&rest, width - indent - slop, slop)
            result += (isFirst ? "" : margin) + line.map { $0 == "\n" ? margin : String($0) }.joined()
            isFirst = false
        }
        return result
    }

    /// Takes one line off the front.
    private static func cut(_ rest: inout ArraySlice<Character>, _ width: Int, _ slop: Int) -> [Character] {
        defer { rest = Array(rest)[...] }
        guard width + slop <= rest.count else { return take(&rest, rest.endIndex, drop: 0) }
        let head = rest.prefix(width)
        guard let space = head.lastIndex(where: { $0 == " " || $0 == "\t" || $0 == "\n" }), space > rest.startIndex else {
            return take(&rest, rest.endIndex, drop: 0)
        }
        if let newline = head.lastIndex(of: "\n"), newline > rest.startIndex, newline < space { return take(&rest, newline, drop: 1) }
        return take(&rest, space, drop: 1)
    }

    private static func take(_ rest: inout ArraySlice<Character>, _ end: Int, drop: Int) -> [Character] {
        let line = Array(rest[..<end])
        rest = rest[min(end + drop, rest.endIndex)...]
        return line
    }
}
