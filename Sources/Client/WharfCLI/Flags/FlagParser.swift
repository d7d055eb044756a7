// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Reads a command's arguments by pflag's rules, with its messages.

/// What a command line said.
struct ParsedArguments: Sendable {
    var values = FlagValues()
    /// Everything that is not an option.
    var operands: [String] = []
    /// Notices about deprecated spellings, for stderr.
    var notices: [String] = []
    var wantsHelp = false
}

/// Why a command line was refused.
struct FlagError: Error {
    let message: String
}

/// A set of flags, ready to read arguments.
struct FlagParser {
    private var long: [String: any AnyFlag] = [:]
    private var short: [Character: any AnyFlag] = [:]
    private let interspersed: Bool

    /// `interspersed`: options may stand behind operands. Without it the first operand ends the options.
    init(_ flags: [any AnyFlag], interspersed: Bool) {
        self.interspersed = interspersed
        for flag in flags {
            long[flag.name] = flag
            for alias in flag.aliases { long[alias.name] = flag }
            if let letter = flag.short { short[letter] = flag }
        }
    }

    /// Reads all arguments, or up to the first operand.
    func parse(_ arguments: [String]) throws(FlagError) -> ParsedArguments {
        var result = ParsedArguments()
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                result.operands += rest
                return result
            } else if argument.hasPrefix("--") {
                try parseLong(argument, &rest, &result)
            } else if argument.hasPrefix("-"), argument != "-" {
                try parseShort(argument, &rest, &result)
            } else {
                result.operands.append(argument)
                guard interspersed else {
                    result.operands += rest
                    return result
                }
            }
            if result.wantsHelp { return result }
        }
        return result
    }

    private func parseLong(_ argument: String, _ rest: inout ArraySlice<String>, _ result: inout ParsedArguments) throws(FlagError) {
        let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard !name.isEmpty, !name.hasPrefix("-") else { throw FlagError(message: "bad flag syntax: \(argument)") }
        if name == "help" {
            result.wantsHelp = true
            return
        }
        guard let flag = long[name] else {
            throw FlagError(message: "unknown flag: --\(name)")
        }
        if let notice = flag.aliases.first(where: { $0.name == name })?.notice {
            result.notices.append("Flag --\(name) has been deprecated, \(notice)")
        }
        if parts.count == 2 {
            try set(flag, String(parts[1]), &result)
        } else if flag.isSwitch {
            try set(flag, "true", &result)
        } else if let value = rest.popFirst() {
            try set(flag, value, &result)
        } else {
            throw FlagError(message: "flag needs an argument: --\(name)")
        }
    }

    private func parseShort(_ argument: String, _ rest: inout ArraySlice<String>, _ result: inout ParsedArguments) throws(FlagError) {
        var letters = argument.dropFirst()
        while let letter = letters.popFirst() {
            guard let flag = short[letter] else {
                if letter == "h" {
                    result.notices.append("Flag shorthand -h has been deprecated, use --help")
                    result.wantsHelp = true
                    return
                }
                throw FlagError(message: "unknown shorthand flag: '\(letter)' in -\(letter)\(letters)")
            }
            if letters.first == "=", letters.dropFirst().first != nil {
                return try set(flag, String(letters.dropFirst()), &result)
            } else if flag.isSwitch {
                try set(flag, "true", &result)
            } else if !letters.isEmpty {
                return try set(flag, String(letters), &result)
            } else if let value = rest.popFirst() {
                return try set(flag, value, &result)
            } else {
                throw FlagError(message: "flag needs an argument: '\(letter)' in -\(letter)")
            }
        }
    }

    private func set(_ flag: any AnyFlag, _ text: String, _ result: inout ParsedArguments) throws(FlagError) {
        do {
            try flag.set(text, in: &result.values)
        } catch {
            let name = flag.short.map { "-\($0), --\(flag.name)" } ?? "--\(flag.name)"
            throw FlagError(message: "invalid argument \(quoted(text)) for \"\(name)\" flag: \(error.reason)")
        }
    }
}
