// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What every blob store must do. A store's own test file gives a factory and runs it.

import Testing
import WharfLinux
public import WharfContent
import WharfOCI

/// The contract of `BlobStore`, for any store that `make` gives. Each call makes a fresh, empty one.
public struct BlobStoreSuite: Sendable {
    private let make: @Sendable () throws -> any BlobStore

    public init(_ make: @escaping @Sendable () throws -> any BlobStore) { self.make = make }

    /// One rule of the contract, by name, so that a failure says which.
    public enum Rule: String, CaseIterable, Sendable, CustomStringConvertible {
        case publish, invisibleBeforePublish, digestMismatch, sizeMismatch, otherAlgorithms, duplicates, resume, restart, discard, keys
        case busy, closed, readAnywhere, readersOutliveDelete, list, missing, limits
        case follow, followAbandoned, agedIngests

        public var description: String { rawValue }
    }

    /// Checks one rule.
    public func check(_ rule: Rule) throws {
        let store = try make()
        switch rule {
        case .publish: try publish(store)
        case .invisibleBeforePublish: try invisibleBeforePublish(store)
        case .digestMismatch: try digestMismatch(store)
        case .sizeMismatch: try sizeMismatch(store)
        case .otherAlgorithms: try otherAlgorithms(store)
        case .duplicates: try duplicates(store)
        case .resume: try resume(store)
        case .restart: try restart(store)
        case .discard: try discard(store)
        case .keys: keys(store)
        case .busy: try busy(store)
        case .closed: try closed(store)
        case .readAnywhere: try readAnywhere(store)
        case .readersOutliveDelete: try readersOutliveDelete(store)
        case .list: try list(store)
        case .missing: try missing(store)
        case .limits: try limits(store)
        case .follow: try follow(store)
        case .followAbandoned: try followAbandoned(store)
        case .agedIngests: try agedIngests(store)
        }
    }

    private static let hello = Array("hello".utf8)
    private static let digest = ContentHasher.digest(of: hello)

    private func write(_ bytes: [UInt8], _ ingest: any BlobIngest) throws {
        try bytes.withRawBytes { bytes throws(ContentError) -> Void in try ingest.write(bytes) }
    }

    private func publish(_ store: any BlobStore) throws {
        let ingest = try store.ingest("a")
        try write(Self.hello, ingest)
        let status = try ingest.seal(digest: Self.digest, size: 5)
        #expect(status == BlobStatus(digest: Self.digest, size: 5))
        try store.publish([ingest], synchronized: false)
        #expect(try store.status(Self.digest) == status)
        #expect(try store.readAll(Self.digest, limit: 5) == Self.hello)
        #expect(try store.ingests() == [])
        let several = [try store.ingest("b"), try store.ingest("c")]
        for (index, ingest) in several.enumerated() {
            try write([UInt8(index)], ingest)
            _ = try ingest.seal(digest: nil, size: nil)
        }
        try store.synchronize()
        try store.publish(several, synchronized: true)
        #expect(try store.list().count == 3)
    }

    private func invisibleBeforePublish(_ store: any BlobStore) throws {
        let ingest = try store.ingest("a")
        try write(Self.hello, ingest)
        #expect(try store.status(Self.digest) == nil)
        #expect(throws: ContentError.self) { _ = try ingest.open() }
        _ = try ingest.seal(digest: nil, size: nil)
        #expect(try store.status(Self.digest) == nil)
        #expect(try store.list() == [])
        #expect(try ingest.open().readAll(Self.digest, limit: 100) == Self.hello)
    }

    private func digestMismatch(_ store: any BlobStore) throws {
        let ingest = try store.ingest("a")
        try write(Array("other".utf8), ingest)
        #expect(throws: ContentError.self) { _ = try ingest.seal(digest: Self.digest, size: nil) }
        #expect(throws: ContentError.self) { try store.publish([ingest], synchronized: false) }
        try ingest.restart()
        try write(Self.hello, ingest)
        _ = try ingest.seal(digest: Self.digest, size: nil)
        try store.publish([ingest], synchronized: false)
        #expect(try store.list().map(\.digest) == [Self.digest])
    }

    private func sizeMismatch(_ store: any BlobStore) throws {
        let ingest = try store.ingest("a")
        try write(Self.hello, ingest)
        #expect(throws: ContentError.self) { _ = try ingest.seal(digest: nil, size: 4) }
        #expect(throws: ContentError.self) { _ = try ingest.seal(digest: nil, size: 6) }
        #expect(try store.list() == [])
    }

    private func otherAlgorithms(_ store: any BlobStore) throws {
        for algorithm in Digest.Algorithm.allCases {
            let digest = ContentHasher.digest(of: Self.hello, algorithm)
            let ingest = try store.ingest("a")
            try write(Self.hello, ingest)
            #expect(try ingest.seal(digest: digest, size: nil).digest == digest)
            try store.publish([ingest], synchronized: false)
        }
        #expect(Set(try store.list().map(\.digest.algorithm)) == Set(Digest.Algorithm.allCases))
    }

    private func duplicates(_ store: any BlobStore) throws {
        try store.put(Self.hello)
        let ingest = try store.ingest("again")
        try write(Self.hello, ingest)
        _ = try ingest.seal(digest: Self.digest, size: nil)
        try store.publish([ingest], synchronized: false)
        #expect(try store.list().count == 1)
        #expect(try store.ingests() == [])
        try store.put(Self.hello)
        #expect(throws: ContentError.self) { try store.put([1], digest: Self.digest) }
    }

    private func resume(_ store: any BlobStore) throws {
        var ingest = try store.ingest("part")
        try write(Array("hel".utf8), ingest)
        try ingest.suspend()
        let suspended = try store.ingests()
        #expect(suspended.map(\.key) == ["part"] && suspended.map(\.offset) == [3])
        let now = KernelClock.realtime().seconds
        #expect(suspended.allSatisfy { (now - 600...now + 1).contains($0.modified) })
        ingest = try store.ingest("part")
        #expect(ingest.offset == 3)
        try write(Array("lo".utf8), ingest)
        #expect(ingest.offset == 5)
        _ = try ingest.seal(digest: Self.digest, size: 5)
        try store.publish([ingest], synchronized: false)
        do {
            // One that is merely dropped is suspended too.
            let dropped = try store.ingest("dropped")
            try write([1], dropped)
        }
        #expect(try store.ingest("dropped").offset == 1)
    }

    private func restart(_ store: any BlobStore) throws {
        let ingest = try store.ingest("a")
        try write([1, 2, 3, 4, 5, 6, 7], ingest)
        try ingest.restart()
        #expect(ingest.offset == 0)
        try write(Self.hello, ingest)
        _ = try ingest.seal(digest: Self.digest, size: 5)
        try store.publish([ingest], synchronized: false)
        #expect(try store.readAll(Self.digest, limit: 100) == Self.hello)
    }

    private func discard(_ store: any BlobStore) throws {
        let ingest = try store.ingest("a")
        try write(Self.hello, ingest)
        #expect(throws: ContentError.self) { try store.discardIngest("a") }
        try ingest.discard()
        try ingest.discard()
        #expect(try store.ingests() == [])
        #expect(try store.ingest("a").offset == 0)
        let other = try store.ingest("b")
        try write([1], other)
        try other.suspend()
        try store.discardIngest("b")
        try store.discardIngest("b")
        #expect(try store.ingests().filter { $0.key == "b" } == [])
    }

    private func keys(_ store: any BlobStore) {
        for key in ["", ".", "..", ".hidden", "a/b", "a\0b", "ä", "a b", String(repeating: "x", count: 201)] {
            #expect(throws: ContentError.self, "\(key)") { _ = try store.ingest(key) }
            #expect(throws: ContentError.self, "\(key)") { try store.discardIngest(key) }
        }
    }

    private func busy(_ store: any BlobStore) throws {
        let ingest = try store.ingest("a")
        #expect(throws: ContentError.self) { _ = try store.ingest("a") }
        try ingest.suspend()
        _ = try store.ingest("a")
    }

    private func closed(_ store: any BlobStore) throws {
        let ingest = try store.ingest("a")
        try write(Self.hello, ingest)
        _ = try ingest.seal(digest: nil, size: nil)
        #expect(throws: ContentError.self) { try write([1], ingest) }
        #expect(throws: ContentError.self) { try ingest.restart() }
        try store.publish([ingest], synchronized: false)
        #expect(throws: ContentError.self) { try write([1], ingest) }
        #expect(throws: ContentError.self) { try store.publish([ingest], synchronized: false) }
        try ingest.suspend()
        #expect(try store.status(Self.digest)?.size == 5)
    }

    private func readAnywhere(_ store: any BlobStore) throws {
        try store.put(Self.hello)
        let reader = try store.open(Self.digest)
        #expect(reader.size == 5)
        var buffer = [UInt8](repeating: 0, count: 3)
        let count = try buffer.withMutableRawBytes { buffer throws(ContentError) -> Int in try reader.read(into: buffer, at: 3) }
        #expect(count == 2)
        #expect(buffer.prefix(2) == Array("lo".utf8)[...])
        let end = try buffer.withMutableRawBytes { buffer throws(ContentError) -> Int in try reader.read(into: buffer, at: 5) }
        #expect(end == 0)
    }

    private func readersOutliveDelete(_ store: any BlobStore) throws {
        try store.put(Self.hello)
        let reader = try store.open(Self.digest)
        try store.delete(Self.digest)
        try store.delete(Self.digest)
        #expect(try store.status(Self.digest) == nil)
        #expect(try reader.readAll(Self.digest, limit: 5) == Self.hello)
    }

    private func list(_ store: any BlobStore) throws {
        let blobs = try (0..<20).map { try store.put([UInt8($0)]) }
        #expect(Set(try store.list()) == Set(blobs))
        try store.delete(blobs[0].digest)
        #expect(Set(try store.list()) == Set(blobs.dropFirst()))
    }

    private func missing(_ store: any BlobStore) throws {
        #expect(try store.status(Self.digest) == nil)
        #expect(throws: ContentError.self) { _ = try store.open(Self.digest) }
        try store.delete(Self.digest)
    }

    private func limits(_ store: any BlobStore) throws {
        try store.put(Self.hello)
        #expect(throws: ContentError.self) { _ = try store.readAll(Self.digest, limit: 4) }
        let empty = try store.put([])
        #expect(try store.readAll(empty.digest, limit: 0) == [])
    }

    /// Reads a follower to its end on a thread of its own.
    private func reading(_ follower: any BlobFollower) throws -> () throws -> [UInt8] {
        final class Outcome: @unchecked Sendable { var result: Result<[UInt8], any Error> = .success([]) }
        let outcome = Outcome()
        let thread = try JoinableThread("follower") {
            outcome.result = Result {
                var all: [UInt8] = []
                var buffer = [UInt8](repeating: 0, count: 1000)
                while true {
                    let count = try buffer.withMutableRawBytes { buffer throws(ContentError) -> Int in try follower.read(into: buffer) }
                    if count == 0 { return all }
                    all += buffer[..<count]
                }
            }
        }
        return {
            thread.join()
            return try outcome.result.get()
        }
    }

    private func follow(_ store: any BlobStore) throws {
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        var ingest = try store.ingest("grows")
        try write(Array(bytes.prefix(1234)), ingest)
        try ingest.suspend()
        // Bytes of an earlier attempt come first.
        ingest = try store.ingest("grows")
        let (first, second) = (try reading(try ingest.follow()), try reading(try ingest.follow()))
        for start in stride(from: 1234, to: bytes.count, by: 4321) {
            try write(Array(bytes[start..<min(start + 4321, bytes.count)]), ingest)
        }
        _ = try ingest.seal(digest: ContentHasher.digest(of: bytes), size: nil)
        try store.publish([ingest], synchronized: false)
        #expect(try first() == bytes)
        #expect(try second() == bytes)
        // One whose checks fail has no end.
        let wrong = try store.ingest("wrong")
        let reader = try reading(try wrong.follow())
        try write(bytes, wrong)
        #expect(throws: ContentError.self) { _ = try wrong.seal(digest: Self.digest, size: nil) }
        try wrong.discard()
        #expect(throws: ContentError.self) { _ = try reader() }
    }

    private func followAbandoned(_ store: any BlobStore) throws {
        let endings: [(any BlobIngest, any BlobFollower) throws -> Void] = [
            { ingest, _ in try ingest.suspend() }, { ingest, _ in try ingest.discard() }, { ingest, _ in try ingest.restart() },
            { _, follower in follower.cancel() },
        ]
        for (index, ending) in endings.enumerated() {
            let ingest = try store.ingest("given-up-\(index)")
            let follower = try ingest.follow()
            let reader = try reading(follower)
            try write(Self.hello, ingest)
            try ending(ingest, follower)
            #expect(throws: ContentError.self) { _ = try reader() }
        }
        let again = try store.ingest("again")
        try write([1], again)
        try again.restart()
        // Who begins behind the restart sees only what is true.
        let follower = try again.follow()
        try write(Self.hello, again)
        _ = try again.seal(digest: Self.digest, size: nil)
        #expect(try reading(follower)() == Self.hello)
    }

    private func agedIngests(_ store: any BlobStore) throws {
        for key in [Self.digest.downloadKey, "load-1", "load-2"] {
            let ingest = try store.ingest(key)
            try write(Self.hello, ingest)
            try ingest.suspend()
        }
        let open = try store.ingest("load-2")
        let now = KernelClock.realtime().seconds
        #expect(try store.discardIngests(writtenBefore: now - 3600) == [])
        #expect(try store.discardIngests { $0.key.utf8.starts(with: "load-".utf8) }.map(\.key) == ["load-1"])
        #expect(Set(try store.ingests().map(\.key)) == [Self.digest.downloadKey, "load-2"])
        #expect(try store.discardIngests(writtenBefore: now + 3600).map(\.key) == [Self.digest.downloadKey])
        try open.discard()
        let strong = ContentHasher.digest(of: Self.hello, .sha512)
        let ingest = try store.ingest(strong.downloadKey, hashing: .sha512)
        try write(Self.hello, ingest)
        #expect(try ingest.seal(digest: strong, size: 5).digest == strong)
        try ingest.discard()
    }
}
