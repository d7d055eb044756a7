// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The two everyday uses of a bridge: blocking work that reads an async body, and blocking work whose output is an async
// sequence. Both end the other side whatever happens: success, error, cancellation.

import WharfError
import WharfLinux

extension Blocking {
    /// Which lane a bridged piece of work runs on.
    public enum Lane: Sendable {
        case own
        case foreign(key: String, deadline: Duration)
        /// A thread of its own, named in at most 15 bytes: for work that waits for a peer, however long.
        case thread(String)
    }

    private func run<Result: Sendable>(_ lane: Lane, _ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        switch lane {
        case .own: try await own(body)
        case .foreign(let key, let deadline): try await foreign(key: key, deadline: deadline, body)
        case .thread(let name): try await thread(name, body)
        }
    }

    /// Runs blocking work that waits for a peer on the network on a thread of its own: slow peers must not take the places
    /// of the pool, on which the database waits too. Not interrupted when the caller is cancelled.
    ///
    /// - Throws: `unavailable` when there can be no thread, or what the work throws.
    public func thread<Result: Sendable>(_ name: String, _ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        let once = OneShot<Result>()
        do {
            try WorkerThread.start(name) { once.deliver(Swift.Result { try body() }) }
        } catch {
            throw WharfError(.unavailable, "no thread for \(name)", error)
        }
        return try await once.value(cancellable: false)
    }

    /// Runs blocking work that reads an async source of bytes.
    ///
    /// - Parameters:
    ///   - source: read only as fast as the work reads.
    ///   - body: gets the bridge; `read()` answers nil at the source's end and throws its error.
    /// - Throws: what the work throws. A source that fails, or a caller that is cancelled, fails the work's next `read()`.
    public func reading<Source: AsyncSequence & Sendable, Result: Sendable>(
        _ source: Source, lane: Lane = .own, capacity: Int = 256 * 1024,
        _ body: @escaping @Sendable (ByteBridge) throws -> Result
    ) async throws -> Result where Source.Element == [UInt8] {
        let bridge = ByteBridge(capacity: capacity)
        let pump = Task {
            do {
                for try await chunk in source { try await bridge.send(chunk) }
                bridge.finish()
            } catch {
                bridge.finish(throwing: error)
            }
        }
        defer { pump.cancel() }
        return try await withTaskCancellationHandler {
            defer { bridge.cancel() }
            return try await run(lane) { try body(bridge) }
        } onCancel: {
            bridge.cancel()
        }
    }

    /// Runs blocking work that writes, and hands its bytes to an async sink as they come.
    ///
    /// - Parameters:
    ///   - sink: an HTTP response's writer. When it throws, the work's next `write()` throws the same.
    ///   - body: gets the bridge; `write()` waits for room.
    /// - Throws: the sink's error, else what the work throws.
    public func writing<Result: Sendable>(
        to sink: @Sendable ([UInt8]) async throws -> Void, lane: Lane = .own, capacity: Int = 256 * 1024,
        _ body: @escaping @Sendable (ByteBridge) throws -> Result
    ) async throws -> Result {
        let bridge = ByteBridge(capacity: capacity)
        async let result = run(lane) {
            do {
                let result = try body(bridge)
                bridge.finish()
                return result
            } catch {
                bridge.finish(throwing: error)
                throw error
            }
        }
        do {
            while let chunk = try await bridge.next() { try await sink(chunk) }
        } catch {
            bridge.cancel(error)
            // The work's own error is the sink's, or comes second to it.
            _ = try? await result
            throw error
        }
        return try await result
    }
}
