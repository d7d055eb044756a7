// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a command is: a value with its words, its flags and the function that does it. Each verb's file makes one.

/// One verb.
struct Command: Sendable {
    /// The word that calls it: `run`.
    let name: String
    /// What stands behind the name in the usage line: `[OPTIONS] IMAGE [COMMAND] [ARG...]`.
    let usage: String
    /// One line for the lists of commands.
    let summary: String
    /// The ways to call it, as the help lists them: `wharf container run`.
    var aliases: [String] = []
    let operands: OperandRule
    var flags: [any AnyFlag] = []
    /// Options may stand behind operands; false where a command of the container follows.
    var interspersed = true
    /// Signals that the command wants to meet itself instead of dying of them.
    var signals: @Sendable (FlagValues) -> [Int32] = { _ in [] }
    /// Does it; the result is the exit code.
    let run: @Sendable (Invocation) async throws -> Int32

    /// The same command called by another word.
    func named(_ name: String) -> Command {
        Command(
            name: name, usage: usage, summary: summary, aliases: aliases, operands: operands, flags: flags, interspersed: interspersed,
            signals: signals, run: run)
    }
}

/// How many operands a command takes.
enum OperandRule: Sendable {
    case none
    case exactly(Int)
    case atLeast(Int)
    case atMost(Int)
    case between(Int, Int)

    /// Docker's sentence for a wrong number, and the word that leads to the help; nil when the number is right.
    func violation(by count: Int) -> (text: String, lead: String)? {
        switch self {
        case .none: count == 0 ? nil : ("accepts no arguments", "Run")
        case .exactly(let wanted): count == wanted ? nil : ("requires \(Self.arguments(wanted))", "Run")
        case .atLeast(let wanted): count >= wanted ? nil : ("requires at least \(Self.arguments(wanted))", "See")
        case .atMost(let wanted): count <= wanted ? nil : ("requires at most \(Self.arguments(wanted))", "Run")
        case .between(let least, let most):
            (least...most).contains(count) ? nil : ("requires at least \(least) and at most \(Self.arguments(most))", "Run")
        }
    }

    private static func arguments(_ count: Int) -> String { count == 1 ? "1 argument" : "\(count) arguments" }
}
