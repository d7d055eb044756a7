// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Where async code meets blocking calls. Two cores mean two cooperative threads: two blocking calls there stop the daemon,
// so every store, mount or walk goes through one of two lanes. `own` is a small pool for what can only be slow when the
// machine is (database, content, kernel). `foreign` is for what a user brought (mounts, volumes, walks of a container's
// files): each call has a thread of its own, at most a few per mount, and a deadline, so that a hung file system exhausts
// only itself.

import NIOPosix
import Synchronization
import WharfError
import WharfLinux

/// The two lanes. One instance per daemon.
public final class Blocking: Sendable {
    private let pool: NIOThreadPool
    private let lanes: ForeignLanes

    /// - Parameters:
    ///   - ownThreads: size of the pool behind `own`.
    ///   - foreignPerKey: calls that may run at once for one mount, also the hung ones.
    public init(ownThreads: Int = 8, foreignPerKey: Int = 4) {
        pool = NIOThreadPool(numberOfThreads: ownThreads)
        pool.start()
        lanes = ForeignLanes(perKey: foreignPerKey)
    }

    /// Ends the pool. Calls made later throw `unavailable`.
    public func shutdown() async {
        // The pool's only error is "already shut down", which is what was asked for.
        try? await pool.shutdownGracefully()
    }

    /// Runs trusted blocking work: database, content store, kernel objects of our own.
    ///
    /// The work is not interrupted when the caller is cancelled: half a write helps nobody.
    public func own<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        let once = OneShot<Result>()
        pool.submit { state in
            switch state {
            case .active: once.deliver(Swift.Result { try body() })
            case .cancelled: once.deliver(.failure(WharfError(.unavailable, "the daemon is shutting down")))
            }
        }
        return try await once.value(cancellable: false)
    }

    /// Runs blocking work on something that may hang: a user's mount, a volume, a walk.
    ///
    /// - Parameters:
    ///   - key: the mount or volume; calls of one key share a small allowance.
    ///   - deadline: when it passes the caller gets `deadlineExceeded`; the hung thread stays and keeps its place in the
    ///     allowance until the kernel lets it go.
    /// - Throws: `unavailable` when all places of the key stayed taken until the deadline, `deadlineExceeded`, or what the work throws.
    public func foreign<Result: Sendable>(
        key: String, deadline: Duration = .seconds(60), _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        let once = OneShot<Result>()
        let lanes = lanes
        let alarm = Alarm(after: deadline) {
            once.deliver(.failure(WharfError(.deadlineExceeded, "\(key): the file system gave no answer within \(deadline)")))
        }
        defer { alarm.cancel() }
        try await lanes.enter(key, deadline: deadline)
        do {
            try WorkerThread.start("wharf-foreign") {
                once.deliver(Swift.Result { try body() })
                lanes.leave(key)
            }
        } catch {
            lanes.leave(key)
            throw WharfError(.unavailable, "no thread for work on \(key)", error)
        }
        return try await once.value()
    }
}
