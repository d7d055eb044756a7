// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Reading arguments by the tables, with the conventions that callers of runc rely on: one dash or two, `--name value` or
// `--name=value`, and flags end at the first operand, so that `exec ID ls -l` needs no `--`.

/// Takes flags off the front of an argument list.
struct ArgumentReader {
    private(set) var rest: ArraySlice<String>

    init(_ arguments: [String]) { rest = arguments[...] }

    /// The next argument whatever it is.
    mutating func next() -> String? { rest.popFirst() }

    /// Reads flags up to the first operand, `--`, or the end.
    mutating func flags(_ table: [Flag]) throws(UsageError) -> FlagValues {
        var values = FlagValues()
        while let argument = rest.first {
            let bytes = Array(argument.utf8)
            guard bytes.count > 1, bytes[0] == UInt8(ascii: "-") else { break }
            rest = rest.dropFirst()
            if argument.utf8.elementsEqual("--".utf8) { break }
            let bare = bytes.dropFirst(bytes[1] == UInt8(ascii: "-") ? 2 : 1)
            let sign = bare.firstIndex(of: UInt8(ascii: "="))
            let name = String(decoding: bare[..<(sign ?? bare.endIndex)], as: UTF8.self)
            let attached = sign.map { String(decoding: bare[($0 + 1)...], as: UTF8.self) }
            guard let flag = table.first(where: { $0.names.contains { $0.utf8.elementsEqual(name.utf8) } }) else {
                throw UsageError("flag provided but not defined: -\(name)")
            }
            values.add(flag, try value(of: flag, named: name, attached: attached))
        }
        return values
    }

    private mutating func value(of flag: Flag, named name: String, attached: String?) throws(UsageError) -> String {
        if flag.kind == .toggle {
            switch attached ?? "true" {
            case "true", "1", "t", "T", "TRUE", "True": return "true"
            case "false", "0", "f", "F", "FALSE", "False": return "false"
            case let other: throw UsageError("invalid boolean value \"\(other)\" for -\(name)")
            }
        }
        if let attached { return attached }
        guard let value = rest.popFirst() else { throw UsageError("flag needs an argument: -\(name)") }
        return value
    }
}
