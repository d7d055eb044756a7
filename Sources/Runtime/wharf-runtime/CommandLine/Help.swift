// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Help from the tables.

extension Program {
    /// Of the whole program.
    func help() -> String {
        var text = """
            NAME:
               \(Program.name) - make and run containers from OCI bundles

            USAGE:
               \(Program.name) [global options] command [command options] [arguments...]

            A bundle is a directory with a config.json (OCI runtime specification 1.2) and the root file system that it
            names. The command line is the one that podman, containerd, dockerd and CRI-O know from runc. To try it:

                # mkdir -p bundle/rootfs && cd bundle
                # (put a root file system into rootfs)
                # \(Program.name) spec
                # \(Program.name) run my-container

            VERSION:
               \(Program.version)

            COMMANDS:

            """
        for verb in Program.verbs { text += "   \(padded(verb.name, 12))\(verb.summary)\n" }
        text += "   \(padded("help", 12))show this help, or that of one command\n"
        return text + "\nGLOBAL OPTIONS:\n" + table(Globals.flags)
    }
}

extension Verb {
    /// Of this verb.
    func help() -> String {
        var text = "NAME:\n   \(Program.name) \(name) - \(summary)\n\n"
        text += "USAGE:\n   \(Program.name) \(name)\(flags.isEmpty ? "" : " [command options]")\(operands.isEmpty ? "" : " \(operands)")\n"
        if !description.isEmpty {
            text += "\nDESCRIPTION:\n"
            for line in description.split(separator: "\n", omittingEmptySubsequences: false) {
                text += line.isEmpty ? "\n" : "   \(line)\n"
            }
        }
        return text + "\nOPTIONS:\n" + table(flags + [.toggle("help", "h", help: "show this help")])
    }

    /// The error for a wrong number of operands, in runc's words.
    func wrongCount(_ given: Int) -> String {
        if count.lowerBound == count.upperBound { return "\"\(name)\" requires exactly \(count.lowerBound) argument(s)" }
        if given < count.lowerBound { return "\"\(name)\" requires a minimum of \(count.lowerBound) argument(s)" }
        return "\"\(name)\" requires a maximum of \(count.upperBound) argument(s)"
    }
}

/// One line for each flag, the explanations in a column.
private func table(_ flags: [Flag]) -> String {
    let rows = flags.map { flag in
        let word =
            switch flag.kind {
            case .toggle: ""
            case .value(let word), .list(let word): " \(word)"
            }
        let left = flag.names.map { ($0.utf8.count == 1 ? "-" : "--") + $0 + word }.joined(separator: ", ")
        var help = flag.help
        if case .list = flag.kind { help += " (may be repeated)" }
        return (left: left, help: help)
    }
    let width = rows.map(\.left.utf8.count).max() ?? 0
    return rows.map { "   \(padded($0.left, width + 2))\($0.help)\n" }.joined()
}

/// The text with spaces up to a width.
func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.unicodeScalars.count))
}
