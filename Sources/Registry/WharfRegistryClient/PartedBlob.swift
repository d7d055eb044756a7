// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A large blob over several connections: its parts are asked for a few ahead and handed on in order, so that the reader sees
// one sequence of bytes, as from one connection. The first part's answer decides: a server that sends all instead of the
// part is read as always.

internal import Synchronization
internal import WharfError
internal import WharfOCI

/// The source of a body that comes in parts. Read by one task at a time.
final class PartedBlob: Sendable {
    private struct State {
        /// Where the next part begins.
        var next: Int64
        /// Under way, in order.
        var running: [PartFetch] = []
    }

    private let session: RepositorySession
    /// The whole of what is wanted, with the tag of the first answer.
    private let whole: BlobPart
    private let onRetry: @Sendable (RegistryRetry) -> Void
    private let state: Mutex<State>

    /// - Parameters:
    ///   - whole: all that is wanted.
    ///   - first: what is read of its first part already.
    init(
        _ session: RepositorySession, _ whole: BlobPart, first part: BlobPart, _ opened: OpenedBlob,
        _ onRetry: @escaping @Sendable (RegistryRetry) -> Void
    ) {
        self.session = session
        var whole = whole
        whole.entityTag = opened.entityTag
        self.whole = whole
        self.onRetry = onRetry
        state = Mutex(State(next: part.range.upperBound))
        let reader = BlobReader(session, part, opened, onRetry)
        state.withLock { state in state.running.append(PartFetch { reader }) }
        refill()
    }

    deinit { stop() }

    /// The next chunk, nil at the end.
    func next() async throws -> [UInt8]? {
        try await withTaskCancellationHandler {
            while let part = state.withLock({ $0.running.first }) {
                if let chunk = try await part.next() { return chunk }
                state.withLock { state in _ = state.running.removeFirst() }
                refill()
            }
            return nil
        } onCancel: {
            stop()
        }
    }

    /// Keeps as many parts under way as there may be.
    private func refill() {
        let settings = session.settings
        state.withLock { state in
            while state.running.count < settings.partConnections, state.next < whole.range.upperBound {
                let end = min(state.next + settings.partSize, whole.range.upperBound)
                var part = whole
                part.range = state.next..<end
                state.next = end
                state.running.append(
                    PartFetch { [session, onRetry, part] in
                        BlobReader(session, part, try await session.open(part, onRetry: onRetry), onRetry)
                    })
            }
        }
    }

    private func stop() {
        for part in state.withLock({ $0.running }) { part.cancel() }
    }
}

/// One part on its way. It is read to its end whether somebody waits for it or not: its size is what it may take of memory.
private final class PartFetch: Sendable {
    private struct State {
        var chunks: [[UInt8]] = []
        var head = 0
        var end: Result<Void, any Error>?
        var waiting: CheckedContinuation<[UInt8]?, any Error>?
        var task: Task<Void, Never>?
    }
    private let state = Mutex(State())

    init(_ open: @escaping @Sendable () async throws -> BlobReader) {
        let task = Task { [weak self] in
            do {
                let reader = try await open()
                while let chunk = try await reader.next() {
                    try Task.checkCancellation()
                    guard let self else { return }
                    put(chunk)
                }
                self?.finish(.success(()))
            } catch {
                self?.finish(.failure(error))
            }
        }
        state.withLock { $0.task = task }
    }

    deinit { state.withLock { $0.task }?.cancel() }

    func cancel() { state.withLock { $0.task }?.cancel() }

    /// The next chunk, nil at the end of the part. Called by one task at a time.
    func next() async throws -> [UInt8]? {
        try await withCheckedThrowingContinuation { continuation in
            let answer = state.withLock { state -> Result<[UInt8]?, any Error>? in
                if state.head < state.chunks.count {
                    defer {
                        // Memory is given back as it is read.
                        state.chunks[state.head] = []
                        state.head += 1
                    }
                    return .success(state.chunks[state.head])
                }
                switch state.end {
                case .success?: return .success(nil)
                case .failure(let error)?: return .failure(error)
                case nil:
                    state.waiting = continuation
                    return nil
                }
            }
            if let answer { continuation.resume(with: answer) }
        }
    }

    private func put(_ chunk: [UInt8]) {
        let waiting = state.withLock { state -> CheckedContinuation<[UInt8]?, any Error>? in
            if let waiting = state.waiting {
                state.waiting = nil
                return waiting
            }
            state.chunks.append(chunk)
            return nil
        }
        waiting?.resume(returning: chunk)
    }

    private func finish(_ result: Result<Void, any Error>) {
        let waiting = state.withLock { state -> CheckedContinuation<[UInt8]?, any Error>? in
            state.end = result
            defer { state.waiting = nil }
            return state.waiting
        }
        switch result {
        case .success: waiting?.resume(returning: nil)
        case .failure(let error): waiting?.resume(throwing: error)
        }
    }
}
