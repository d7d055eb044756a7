// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Help as docker prints it: usage, summary, aliases, options, commands.

import WharfLinux

/// Composes help texts.
enum HelpText {
    /// The width of the terminal, else 80.
    static var width: Int {
        let input = Descriptor(owning: 0)
        defer { _ = input.release() }
        // Not a terminal: the usual width.
        guard let size = try? PseudoTerminal.size(of: input), size.columns > 0 else { return 80 }
        return Int(size.columns)
    }

    /// One verb.
    static func command(_ command: Command, path: String, width: Int = width) -> String {
        var text = "Usage:  \(usage(command, path: path))\n\n\(command.summary)\n"
        if !command.aliases.isEmpty { text += "\nAliases:\n  \(command.aliases.joined(separator: ", "))\n" }
        if command.flags.contains(where: { !$0.isHidden }) { text += "\nOptions:\n" + FlagHelp.lines(command.flags, width: width - 1) }
        return text
    }

    /// `wharf run [OPTIONS] IMAGE [COMMAND] [ARG...]`
    static func usage(_ command: Command, path: String) -> String {
        command.usage.isEmpty ? path : "\(path) \(command.usage)"
    }

    /// A noun with its verbs.
    static func group(_ entries: [CommandEntry], path: String, summary: String) -> String {
        "Usage:  \(path) COMMAND\n\n\(summary)\n\nCommands:\n\(list(entries))\nRun '\(path) COMMAND --help' for more information on a command.\n"
    }

    /// The program.
    static func program(_ flags: [any AnyFlag], width: Int = width) -> String {
        """
        Usage:  wharf [OPTIONS] COMMAND

        A container platform for Linux

        Common Commands:
        \(list(CommandTable.common))
        Management Commands:
        \(list(CommandTable.management))
        Commands:
        \(list(CommandTable.plain))
        Global Options:
        \(FlagHelp.lines(flags, width: width - 1))
        Run 'wharf COMMAND --help' for more information on a command.

        """
    }

    private static func list(_ entries: [CommandEntry]) -> String {
        entries.map { "  \($0.name)\(String(repeating: " ", count: 12 - $0.name.count))\($0.summary)\n" }.joined()
    }
}
