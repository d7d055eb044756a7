// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Reads one part of a blob to its end, over as many connections as it takes: what arrived is not asked for again, and the reader
// behind sees one sequence of bytes.

internal import WharfError
internal import WharfHTTP
internal import WharfOutbound
internal import WharfOCI

/// The source of a download's body.
final class BlobReader: @unchecked Sendable {
    // Unchecked, because a body has one reader, which never asks for a chunk before it has the one before.
    private let session: RepositorySession
    private let onRetry: @Sendable (RegistryRetry) -> Void
    private var part: BlobPart
    private var attempts: Attempts
    /// What is being read, nil when it has broken.
    private var source: (iterator: HTTPBody.AsyncIterator, what: String)?
    /// Bytes of the source that the reader has already.
    private var surplus: Int64 = 0
    /// Bytes since the last failure.
    private var received: Int64 = 0

    /// So many bytes later, an old failure does not count any more.
    private static let progress: Int64 = 1 << 20

    /// `part` begins where `opened` does.
    init(_ session: RepositorySession, _ part: BlobPart, _ opened: OpenedBlob, _ onRetry: @escaping @Sendable (RegistryRetry) -> Void) {
        self.session = session
        self.part = part
        self.onRetry = onRetry
        attempts = Attempts(session.settings.retries)
        adopt(opened)
    }

    /// The next chunk, nil at the end of the part.
    func next() async throws(WharfError) -> [UInt8]? {
        while !part.range.isEmpty {
            do {
                if let chunk = try await read() { return chunk }
            } catch {
                source = nil
                guard let delay = attempts.delay(after: error) else { throw failure(error) }
                do {
                    try await pause(delay) { session.tell(delay, error, onRetry) }
                } catch {
                    throw failure(error)
                }
            }
        }
        source = nil
        return nil
    }

    private func failure(_ problem: RegistryProblem) -> WharfError { problem.error(.pull, session.repository) }

    private func adopt(_ opened: OpenedBlob) {
        source = (opened.body.makeAsyncIterator(), opened.what)
        surplus = part.range.lowerBound - opened.offset
        if part.entityTag == nil { part.entityTag = opened.entityTag }
    }

    /// A chunk of what is open; nil when one was skipped.
    private func read() async throws(RegistryProblem) -> [UInt8]? {
        if source == nil {
            received = 0
            // One attempt of many: the pauses between them are made here.
            adopt(try await session.reopen(part))
        }
        guard let open = source else { return nil }
        var iterator = open.iterator
        var chunk: [UInt8]?
        do {
            chunk = try await iterator.next()
        } catch {
            throw RegistryProblem(error, open.what)
        }
        source = (iterator, open.what)
        guard var bytes = chunk else {
            throw RegistryProblem(
                .transport(.broken), "\(open.what): unexpected EOF, \(part.range.count) bytes of \(part.digest) are missing")
        }
        if surplus > 0 {
            let skipped = min(Int64(bytes.count), surplus)
            surplus -= skipped
            bytes.removeFirst(Int(skipped))
            if bytes.isEmpty { return nil }
        }
        if bytes.count > part.range.count {
            guard part.range.upperBound < part.size else {
                throw RegistryProblem(.lie, "\(open.what): the registry sends more than the \(part.size) bytes of \(part.digest)")
            }
            bytes.removeLast(bytes.count - part.range.count)
        }
        part.range = (part.range.lowerBound + Int64(bytes.count))..<part.range.upperBound
        received += Int64(bytes.count)
        if received >= Self.progress { attempts.succeeded() }
        return bytes
    }
}

extension RepositorySession {
    /// Opens the rest of a part, with one attempt at each server.
    func reopen(_ part: BlobPart) async throws(RegistryProblem) -> OpenedBlob {
        let hosts = try await hosts(.pull)
        for (index, host) in hosts.enumerated() {
            do {
                return try await open(part, at: host)
            } catch {
                guard index < hosts.count - 1, error.leadsElsewhere(from: host) else { throw error }
            }
        }
        throw RegistryProblem(.setting, "no server of \(repository.domain) is set up for this")
    }
}
