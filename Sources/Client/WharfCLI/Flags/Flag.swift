// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One option of a command, declared once with its type. Docker's command line follows the rules of Go's pflag:
// `-it`, `-m512m`, `--rm=false`, `--memory-swap -1`, options that stop at the image. swift-argument-parser can express
// neither those nor Docker's messages and exit codes, and scripts depend on them; hence this small layer.

/// What parsing and help need of a flag, whatever its type.
protocol AnyFlag: Sendable {
    /// Without dashes: `memory-swap`.
    var name: String { get }
    /// One letter, or nil.
    var short: Character? { get }
    /// Other names that do the same, with the notice to print when one is used.
    var aliases: [FlagAlias] { get }
    var help: String { get }
    /// What the help calls the value: `string`, `list`, `bytes`; empty for a switch.
    var valueName: String { get }
    /// Shown as `(default …)`.
    var defaultText: String? { get }
    /// A switch needs no value; `=value` may give one.
    var isSwitch: Bool { get }
    /// Not in the help.
    var isHidden: Bool { get }

    /// Takes one value as it was written.
    func set(_ text: String, in values: inout FlagValues) throws(InvalidValue)
}

/// Another name of a flag.
struct FlagAlias: Sendable {
    let name: String
    /// `Flag --time has been deprecated, use --timeout instead` without its first part; nil for a silent alias.
    var notice: String?
}

/// Why a value was refused: the part of the message behind `invalid argument "x" for "-m, --memory" flag: `.
struct InvalidValue: Error {
    let reason: String
}

/// A flag with values of one type.
struct Flag<Value: Sendable>: AnyFlag {
    let name: String
    let short: Character?
    var aliases: [FlagAlias] = []
    let help: String
    let valueName: String
    var defaultText: String?
    let isSwitch: Bool
    var isHidden = false
    /// The value when the flag is not given.
    let fallback: Value
    /// Merges one written value into what was there.
    let merge: @Sendable (inout Value, String) throws(InvalidValue) -> Void

    func set(_ text: String, in values: inout FlagValues) throws(InvalidValue) {
        var value = values[self]
        try merge(&value, text)
        values.store(value, for: name)
    }

    /// The same flag under another name as well.
    func alias(_ name: String, notice: String? = nil) -> Flag {
        var copy = self
        copy.aliases.append(FlagAlias(name: name, notice: notice))
        return copy
    }

    /// The same flag, left out of the help.
    var hidden: Flag {
        var copy = self
        copy.isHidden = true
        return copy
    }

    /// The same flag with a default in the help.
    func showing(_ text: String?) -> Flag {
        var copy = self
        copy.defaultText = text
        return copy
    }
}

/// The values that a command line gave.
struct FlagValues: Sendable {
    private var stored: [String: any Sendable] = [:]

    /// The value of a flag: given, or its fallback.
    subscript<Value>(flag: Flag<Value>) -> Value {
        stored[flag.name] as? Value ?? flag.fallback
    }

    /// Whether the flag was given.
    func isSet(_ flag: some AnyFlag) -> Bool { stored[flag.name] != nil }

    mutating func store(_ value: some Sendable, for name: String) { stored[name] = value }
}
