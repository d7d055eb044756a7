// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Flags as data: the reader, the help and the errors all go by these tables.

/// One flag of a verb, or of the program.
struct Flag: Sendable {
    enum Kind: Equatable, Sendable {
        /// Given or not; `--flag=false` takes it back.
        case toggle
        /// Takes a value; the word stands for it in the help.
        case value(String)
        /// As `value`, and may be given several times.
        case list(String)
    }

    /// Without dashes, the first is the one to look it up by: `bundle`, `b`.
    let names: [String]
    let kind: Kind
    let help: String

    static func toggle(_ names: String..., help: String) -> Flag { Flag(names: names, kind: .toggle, help: help) }
    static func value(_ names: String..., of word: String, help: String) -> Flag { Flag(names: names, kind: .value(word), help: help) }
    static func list(_ names: String..., of word: String, help: String) -> Flag { Flag(names: names, kind: .list(word), help: help) }
}

/// A verb of the command line.
struct Verb: Sendable {
    let name: String
    /// One line.
    let summary: String
    /// What stands behind the flags: `<container-id>`.
    let operands: String
    /// How many operands there may be.
    let count: ClosedRange<Int>
    /// The paragraphs of the help.
    let description: String
    let flags: [Flag]
    /// Whether it makes processes from this program, which must be sealed for that.
    var isSealed = false
    /// How a failure begins: `create failed: `; empty for the bare message.
    var failurePrefix = ""
    /// The exit code of a failure.
    var failureCode: Int32 = 1
    /// Does it; answers the exit code.
    let run: @Sendable (Invocation) throws -> Int32
}

/// A command line that was read.
struct Invocation {
    let globals: Globals
    let log: Log
    let operands: [String]
    let values: FlagValues
}

/// The flags that were given.
struct FlagValues {
    private var given: [(name: String, value: String)] = []

    mutating func add(_ flag: Flag, _ value: String) { given.append((flag.names[0], value)) }

    /// The last value of a flag, nil when it was not given.
    subscript(name: String) -> String? { given.last { $0.name.utf8.elementsEqual(name.utf8) }?.value }

    /// Every value of a flag that may be repeated.
    func all(_ name: String) -> [String] { given.filter { $0.name.utf8.elementsEqual(name.utf8) }.map(\.value) }

    /// Whether a toggle is on.
    func isOn(_ name: String) -> Bool { self[name].map { $0.utf8.elementsEqual("true".utf8) } ?? false }

    /// A flag's value as a number of its type; "invalid value" when it is none.
    func number<Number: FixedWidthInteger>(_ name: String, as type: Number.Type = Number.self) throws -> Number? {
        guard let text = self[name] else { return nil }
        guard let number = Number(text) else {
            throw UsageError("invalid value \"\(text)\" for flag -\(name): not a whole number in range")
        }
        return number
    }
}

/// A command line that can't be right.
struct UsageError: Error {
    let text: String

    init(_ text: String) { self.text = text }
}

/// A verb that could not do what it was asked for.
struct CommandError: Error {
    let text: String

    init(_ text: String) { self.text = text }
}
