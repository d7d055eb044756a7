// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The daemon's entry: flags and configuration file become settings, settings become a daemon, the daemon runs until it is
// told to end. Containers go on without it.

import ArgumentParser
import Glibc
import Logging
import WharfEngine
import WharfError

@main
struct Wharfd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wharfd", abstract: "The Wharf daemon: serves the Docker Engine API and runs containers.", version: Version.text)

    @OptionGroup var flags: DaemonFlags

    func run() async throws {
        // Everything the daemon makes has an explicit mode; this is for what libraries make.
        umask(0o022)
        signal(SIGPIPE, SIG_IGN)
        do {
            let settings = try DaemonSettings(flags: flags, file: try ConfigurationFile.read(flags))
            LogLines.start(settings.logLevel)
            guard geteuid() == 0 else { throw WharfError(.forbidden, "wharfd needs to run as root") }
            ProcessLimits.raiseOpenFiles()
            try await Daemon.run(settings)
        } catch let error as WharfError {
            LogLines.fatal(error.message)
            throw ExitCode.failure
        }
    }
}
