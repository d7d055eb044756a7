// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a running program has said so far, with a way to wait for more: the test's side of a terminal or pipe.

import Synchronization

/// Collects bytes from a reader thread; tests wait for text in it.
public final class OutputBuffer: Sendable {
    private struct Waiter {
        let id: Int
        let isMet: @Sendable ([UInt8], Bool) -> Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var bytes: [UInt8] = []
        var ended = false
        var next = 0
        var waiters: [Waiter] = []
        var cancelled: Set<Int> = []

        /// Takes out the waiters whose wish is met.
        mutating func met() -> [Waiter] {
            let met = waiters.filter { $0.isMet(bytes, ended) }
            waiters.removeAll { waiter in met.contains { $0.id == waiter.id } }
            return met
        }
    }

    private let state = Mutex(State())

    public init() {}

    /// Everything so far.
    public var bytes: [UInt8] { state.withLock { $0.bytes } }

    /// Everything so far, as text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Adds what arrived.
    public func append(_ more: some Collection<UInt8>) {
        change { $0.bytes.append(contentsOf: more) }
    }

    /// Nothing will come any more.
    public func end() {
        change { $0.ended = true }
    }

    /// Waits until `text` has been said, `from` bytes into the output at the earliest. Throws when the output ends before.
    public func wait(for text: String, from start: Int = 0, within limit: Duration = .seconds(30)) async throws {
        let wanted = Array(text.utf8)
        try await wait(within: limit, "the text '\(text)'") { bytes, ended in ended || contains(bytes, wanted, from: start) }
        guard contains(bytes, wanted, from: start) else {
            throw TestFailure("the output ended without '\(text)'; it was: \(self.text)")
        }
    }

    /// Waits for the end.
    public func waitForEnd(within limit: Duration = .seconds(30)) async throws {
        try await wait(within: limit, "the end of the output") { _, ended in ended }
    }

    /// Waits until `isMet` holds of the bytes so far and whether they have ended.
    public func wait(within limit: Duration, _ what: String, until isMet: @escaping @Sendable ([UInt8], Bool) -> Bool) async throws {
        do {
            try await withDeadline(limit, what) { await self.wait(until: isMet) }
        } catch let error as TestFailure {
            throw TestFailure("\(error); the output was: \(text)")
        }
    }

    private func wait(until isMet: @escaping @Sendable ([UInt8], Bool) -> Bool) async {
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now = state.withLock { state -> Bool in
                    if state.cancelled.contains(id) || isMet(state.bytes, state.ended) { return true }
                    state.waiters.append(Waiter(id: id, isMet: isMet, continuation: continuation))
                    return false
                }
                if now { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                state.cancelled.insert(id)
                guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
                return state.waiters.remove(at: index)
            }
            waiter?.continuation.resume()
        }
    }

    private func change(_ body: (inout sending State) -> Void) {
        let met = state.withLock { state in
            body(&state)
            return state.met()
        }
        for waiter in met { waiter.continuation.resume() }
    }
}

private func contains(_ bytes: [UInt8], _ wanted: [UInt8], from start: Int) -> Bool {
    guard !wanted.isEmpty, bytes.count >= start + wanted.count else { return wanted.isEmpty }
    return bytes.withUnsafeBufferPointer { bytes in
        (start...(bytes.count - wanted.count)).contains { at in
            bytes[at] == wanted[0] && wanted.indices.allSatisfy { bytes[at + $0] == wanted[$0] }
        }
    }
}
