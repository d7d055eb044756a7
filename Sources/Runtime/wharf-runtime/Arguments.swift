// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The command line, by hand: a start pays for every page of a parser.

/// A command line that can't be right.
struct ArgumentError: Error {
    let text: String
}

/// What was asked for.
enum Arguments {
    case version
    case help
    /// Writes a default config.json into the bundle.
    case spec(bundle: String)
    /// Makes, starts and waits for a container.
    case run(id: String, bundle: String)

    static let programVersion = "0.1.0"

    static let usage = """
        usage: wharf-runtime [--version] COMMAND

          run [--bundle DIR] ID     make a container from the bundle, run it in the foreground, remove it
          spec [--bundle DIR]       write a default config.json

        """

    /// Verbs of the OCI command line that need a record of containers between two calls.
    private static let later = ["create", "start", "state", "kill", "delete", "ps", "exec", "pause", "resume", "list", "update", "events"]

    static func parse(_ arguments: [String]) throws(ArgumentError) -> Arguments {
        var rest = arguments[...]
        guard let command = rest.popFirst() else { return .help }
        switch command {
        case "--version", "-v": return .version
        case "--help", "-h", "help": return .help
        case "spec":
            let (bundle, operands) = try options(&rest)
            guard operands.isEmpty else { throw ArgumentError(text: "spec takes no argument: \(operands[0])") }
            return .spec(bundle: bundle)
        case "run":
            let (bundle, operands) = try options(&rest)
            guard operands.count == 1 else { throw ArgumentError(text: "run takes one container id, not \(operands.count)") }
            return .run(id: operands[0], bundle: bundle)
        case let verb where later.contains(verb):
            throw ArgumentError(text: "\(verb) is not available: this version keeps no state of containers under --root; use run")
        default:
            throw ArgumentError(text: "unknown command \(command)")
        }
    }

    /// `--bundle DIR`, `--bundle=DIR`, `-b DIR`, and what is left.
    private static func options(_ rest: inout ArraySlice<String>) throws(ArgumentError) -> (bundle: String, operands: [String]) {
        var bundle = "."
        var operands: [String] = []
        while let argument = rest.popFirst() {
            switch argument {
            case "--bundle", "-b":
                guard let value = rest.popFirst() else { throw ArgumentError(text: "\(argument) needs a directory") }
                bundle = value
            case let option where option.utf8.starts(with: "--bundle=".utf8):
                bundle = String(decoding: option.utf8.dropFirst(9), as: UTF8.self)
            case let option where option.utf8.first == UInt8(ascii: "-"):
                throw ArgumentError(text: "unknown option \(option)")
            default:
                operands.append(argument)
            }
        }
        return (bundle, operands)
    }
}
