// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The daemon's life: take the root, open what lies on disk, find the running containers again, serve, end. In this order,
// because each step stands on the one before; clients that connect early wait until all of it is done.

import Glibc
import Logging
import ServiceLifecycle
import UnixSignals
import WharfEngine
import WharfError
import WharfHTTP
import WharfLinux

/// Runs one daemon from start to end.
enum Daemon {
    /// Returns when the daemon was told to end (SIGTERM, SIGINT). Containers go on, unless the settings say otherwise.
    ///
    /// - Throws: `WharfError` when it can't start.
    static func run(_ settings: DaemonSettings) async throws {
        let logger = Logger(label: "wharfd")
        let group = try SocketGroup.number(settings.group)
        try DaemonDirectories.prepare(root: settings.root, execRoot: settings.execRoot, group: group)
        let places = settings.root == settings.execRoot ? [settings.root] : [settings.root, settings.execRoot]
        let locks = try places.map { try RootLock(of: $0) }
        defer { for lock in locks { lock.release() } }

        let composition = try await Composition.build(settings)
        let server = try await HTTPServer(
            settings.listeners.map { HTTPServer.Listener($0, mode: 0o660, group: group) }, respond: composition.respond)
        let report = try await composition.restore()
        logger.info(
            "loaded containers",
            metadata: [
                "running": "\(report.running)", "ended": "\(report.ended)", "recovered": "\(report.recovered)",
                "removed": "\(report.removed)",
            ])
        composition.resume()
        for endpoint in server.endpoints { logger.info("API listen on \(endpoint)", metadata: ["pid": "\(getpid())"]) }

        let services = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: composition.maintenance), .init(service: composition.watchdog),
                    .init(service: APIService(server: server), successTerminationBehavior: .gracefullyShutdownGroup),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await services.run()
        await composition.suspend(stopsContainers: !settings.liveRestore, within: settings.shutdownTimeout)
        await composition.close()
        logger.info("daemon shutdown complete")
    }
}
