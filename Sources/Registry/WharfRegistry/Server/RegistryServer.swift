// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Puts a registry together from its settings, and keeps it: requests on one side, collections on the other.

import Glibc
public import Logging
import WharfBlocking
import WharfContent
public import WharfError
import WharfHTTP
import WharfLinux
import WharfSQLite

/// A registry that serves.
public final class RegistryServer: Sendable {
    private let settings: RegistrySettings
    private let store: RegistryStore
    private let index: Database
    private let blocking: Blocking
    private let server: HTTPServer
    private let lock: Descriptor
    private let logger: Logger

    /// Opens the storage and listens.
    ///
    /// - Throws: `unavailable` when another registry has the storage, or what the storage or the port says.
    public init(_ settings: RegistrySettings, logger: Logger) async throws(WharfError) {
        self.settings = settings
        self.logger = logger
        guard let place = ListenPlace(settings.listen) else { throw WharfError(.invalidArgument, "invalid address \"\(settings.listen)\"") }
        blocking = Blocking()
        do {
            let opened = try await RegistryServer.open(settings.root, blocking: blocking, logger: logger)
            (lock, index, store) = (opened.lock, opened.index, opened.store)
            let api = DistributionAPI(store: store, logger: logger)
            server = try await HTTPServer([HTTPServer.Listener(.tcp(host: place.host, port: place.port))]) { await api.respond($0) }
        } catch let error as WharfError {
            throw error
        } catch {
            throw WharfError(.unavailable, "storage in \(settings.root): \(error)", cause: error)
        }
        for endpoint in server.endpoints { logger.info("listening on \(endpoint)") }
    }

    /// Serves until `shutdown()`.
    public func run() async {
        await withTaskGroup { group in
            group.addTask { await self.tend() }
            await self.server.run()
            group.cancelAll()
        }
        do {
            try await blocking.own { [index] in try index.close() }
        } catch {
            logger.error("the index was not closed: it is brought up to date at the next start", metadata: ["error": "\(error)"])
        }
        await blocking.shutdown()
        lock.close()
    }

    /// Ends `run()`; requests that are being answered have a while to end.
    public func shutdown() { server.shutdown() }

    /// Collects what nobody has, without serving: for `gc`.
    public static func collect(_ settings: RegistrySettings, logger: Logger) async throws(WharfError) -> CollectedSpace {
        try await withStorage(settings, logger: logger) { store throws(RegistryError) in try await store.collect(grace: settings.grace) }
    }

    /// Opens the storage, which brings the index up to date, and looks at every blob: for `fsck`.
    public static func check(_ settings: RegistrySettings, logger: Logger) async throws(WharfError) -> [String] {
        try await withStorage(settings, logger: logger) { store throws(RegistryError) in try await store.check() }
    }

    // MARK: Inside

    private static func withStorage<Result: Sendable>(
        _ settings: RegistrySettings, logger: Logger, _ body: (RegistryStore) async throws(RegistryError) -> Result
    ) async throws(WharfError) -> Result {
        let blocking = Blocking()
        do {
            let opened = try await open(settings.root, blocking: blocking, logger: logger)
            let result = try await body(opened.store)
            try await blocking.own { try opened.index.close() }
            opened.lock.close()
            await blocking.shutdown()
            return result
        } catch {
            await blocking.shutdown()
            throw (error as? WharfError) ?? WharfError(.unavailable, "storage in \(settings.root): \(error)", cause: error)
        }
    }

    /// `blobs/`, `records/`, `index.db`; the lock is on the folder itself.
    private static func open(
        _ root: HostPath, blocking: Blocking, logger: Logger
    ) async throws -> (lock: Descriptor, index: Database, store: RegistryStore) {
        let (lock, blobs, records, index) = try await blocking.own {
            try root.mkdir(permissions: 0o700)
            let lock = try root.openDirectory()
            guard try lock.tryLock() else { throw WharfError(.unavailable, "storage in \(root) is used by another wharf-registry") }
            let opened = try DatabaseCopies(of: root / "index.db", keep: 1).open(migrations: RegistryStore.migrations)
            if let recovery = opened.recovery {
                logger.warning("the index could not be read and is made again", metadata: ["reason": "\(recovery.reason)"])
            }
            return (lock, try FileBlobStore(root / "blobs"), try FileRecordStore(root / "records"), opened.database)
        }
        return (lock, index, try await RegistryStore.open(blobs: blobs, records: records, index: index, blocking: blocking, logger: logger))
    }

    private func tend() async {
        let clock = ContinuousClock()
        while !Task.isCancelled {
            do {
                try await clock.sleep(for: .seconds(settings.collectionInterval))
                let now = RegistryStore.now()
                try await store.tendUploads(idleSince: now - 600, olderThan: now - settings.uploadAge)
                let space = try await store.collect(grace: settings.grace)
                if space.blobs > 0 { logger.info("space was collected", metadata: ["blobs": "\(space.blobs)", "bytes": "\(space.bytes)"]) }
            } catch is CancellationError {
                return
            } catch {
                logger.error("space could not be collected", metadata: ["error": "\(error)"])
            }
        }
    }
}
