// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The program wharf-registry. It answers `--version` and `--help`; asked to serve, it says that this version can't.

import ArgumentParser
import Glibc
import WharfRegistry

/// The command line of the registry server.
struct RegistryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wharf-registry",
        abstract: "Stores and serves container images (not in this version).",
        version: "wharf-registry version \(Registry.version)")

    /// Exits with EX_UNAVAILABLE, so that a supervisor doesn't take it for a registry that ended well.
    func run() throws {
        let text = Array("\(Registry.notServing)\n".utf8)
        _ = write(STDERR_FILENO, text, text.count)
        throw ExitCode(EX_UNAVAILABLE)
    }
}

RegistryCommand.main()
