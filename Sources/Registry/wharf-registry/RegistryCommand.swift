// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The program wharf-registry: reads the command line and the configuration, and runs the registry of WharfRegistry.

import ArgumentParser
import Logging
import ServiceLifecycle
import UnixSignals
import WharfRegistry

/// The command line of the registry server.
@main
struct RegistryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wharf-registry",
        abstract: "Stores and serves container images.",
        discussion: """
            A private registry that speaks the OCI distribution API: docker, podman, skopeo and wharf push to it and pull from it.
            Without a configuration file it listens on 127.0.0.1:5000 and keeps its images in /var/lib/wharf-registry.
            """,
        version: "wharf-registry version \(Registry.version)",
        subcommands: [Serve.self, Collect.self, Check.self, Config.self])
}

/// The configuration that each command reads.
struct ConfigurationOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: ArgumentHelp("Read the configuration from FILE (YAML).", valueName: "FILE"))
    var config: String?

    func settings() throws -> RegistrySettings { try RegistrySettings.read(config) }
}

extension RegistryCommand {
    struct Serve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Serve images until told to end (SIGTERM, SIGINT).")
        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            let logger = Logger(label: "wharf-registry")
            let server = try await RegistryServer(options.settings(), logger: logger)
            let group = ServiceGroup(
                configuration: .init(
                    services: [.init(service: ServedRegistry(server: server), successTerminationBehavior: .gracefullyShutdownGroup)],
                    gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
            try await group.run()
        }
    }

    struct Collect: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "gc", abstract: "Delete what nobody has. A registry that serves does so by itself.")
        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            let space = try await RegistryServer.collect(options.settings(), logger: Logger(label: "wharf-registry"))
            print("deleted \(space.blobs) blobs, \(space.bytes) bytes")
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "fsck", abstract: "Make the index agree with what is stored, and read every blob. Exits with 1 for damage.")
        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            let findings = try await RegistryServer.check(options.settings(), logger: Logger(label: "wharf-registry"))
            for finding in findings { print(finding) }
            if !findings.isEmpty { throw ExitCode(1) }
            print("nothing is wrong")
        }
    }

    struct Config: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Look at the configuration.", subcommands: [CheckConfiguration.self])
    }

    struct CheckConfiguration: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check", abstract: "Read the configuration and say what is wrong with it.")
        @OptionGroup var options: ConfigurationOptions

        func run() throws {
            let settings = try options.settings()
            print("listen: \(settings.listen)\nstorage: \(settings.root)")
        }
    }
}

/// The registry as a service.
struct ServedRegistry: Service {
    let server: RegistryServer

    func run() async throws {
        await withGracefulShutdownHandler {
            await server.run()
        } onGracefulShutdown: {
            server.shutdown()
        }
    }
}
