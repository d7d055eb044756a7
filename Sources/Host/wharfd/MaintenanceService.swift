// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the daemon does by the clock: an hourly copy of the database when it has changed, the end of holds and events that
// are too old, and each minute a look at what no row owns. Its failures are logged and the next round tries again.

import Logging
import ServiceLifecycle
import WharfBlocking
import WharfEngine
import WharfImages
import WharfMetadata
import WharfSQLite

/// Keeps the database small and copied.
struct MaintenanceService: Service, CustomStringConvertible {
    var description: String { "maintenance" }
    let database: Database
    let copies: DatabaseCopies
    let store: MetadataStore
    let images: ImageStore
    let blocking: Blocking
    let containers: Containers
    let logger: Logger

    /// Events that stay; Docker keeps 256 in memory, these survive a restart.
    private static let keptEvents = 10_000
    private static let round = Duration.seconds(60)
    private static let roundsPerCopy = 60

    func run() async throws {
        var copied: Int64 = -1
        var rounds = 0
        let clock = ContinuousClock()
        // The first copy comes soon: a database of a young daemon is worth as much.
        while !Task.isShuttingDownGracefully {
            if rounds % Self.roundsPerCopy == 0 { copied = await copyIfChanged(since: copied) }
            await tidy()
            await collect()
            // The start has reconciled already.
            if rounds > 0 { await containers.reconcile() }
            rounds += 1
            do { try await cancelWhenGracefulShutdown { try await clock.sleep(for: Self.round) } } catch { break }
        }
        _ = await copyIfChanged(since: copied)
    }

    /// - Returns: the change counter that the newest copy holds.
    private func copyIfChanged(since copied: Int64) async -> Int64 {
        do {
            return try await blocking.own {
                let counter = database.changeCounter()
                if counter == copied { return copied }
                try copies.write(database)
                return counter
            }
        } catch {
            logger.error("the hourly copy of the database failed", metadata: ["error": "\(error)"])
            return copied
        }
    }

    /// Unfinished downloads that are too old or too many.
    private func collect() async {
        do {
            let freed = try await images.collectDownloads()
            if freed > 0 { logger.info("unfinished downloads were dropped", metadata: ["bytes": "\(freed)"]) }
        } catch {
            logger.error("unfinished downloads could not be dropped", metadata: ["error": "\(error)"])
        }
    }

    private func tidy() async {
        do {
            try await blocking.own {
                try store.write(durable: false) { transaction in
                    try transaction.dropExpiredHolds()
                    try transaction.trimEvents(keep: Self.keptEvents)
                }
            }
        } catch {
            logger.error("tidying the database failed", metadata: ["error": "\(error)"])
        }
    }
}
