// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Both stores keep the contract; the one on a file system also survives being opened again.

import Testing
import WharfContent
import WharfLinux
import WharfOCI
import WharfTestKit

@Suite("blob store in memory") struct MemoryBlobStoreTests {
    @Test("contract", arguments: BlobStoreSuite.Rule.allCases) func contract(_ rule: BlobStoreSuite.Rule) throws {
        try BlobStoreSuite { MemoryBlobStore() }.check(rule)
    }
}

@Suite("blob store on a file system") struct FileBlobStoreTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory("content") }

    private var root: HostPath { HostPath(folder.path("content")) }

    @Test("contract", arguments: BlobStoreSuite.Rule.allCases) func contract(_ rule: BlobStoreSuite.Rule) throws {
        let root = root
        try BlobStoreSuite { try FileBlobStore(root) }.check(rule)
    }

    @Test("bytes and ingests are there again after a restart, hashed again") func reopened() throws {
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
        let first = try FileBlobStore(root)
        let blob = try first.put([1, 2, 3])
        let ingest = try first.ingest("part")
        try Array(bytes.prefix(60_000)).withRawBytes { bytes throws(ContentError) -> Void in try ingest.write(bytes) }
        try ingest.suspend()
        let second = try FileBlobStore(root)
        #expect(try second.list() == [blob])
        let resumed = try second.ingest("part")
        #expect(resumed.offset == 60_000)
        try Array(bytes.dropFirst(60_000)).withRawBytes { bytes throws(ContentError) -> Void in try resumed.write(bytes) }
        #expect(try resumed.seal(digest: nil, size: 100_000).digest == ContentHasher.digest(of: bytes))
    }

    @Test("sealed ingests keep no descriptor open") func descriptors() throws {
        let store = try FileBlobStore(root)
        let held = try (0..<300).map { index in
            let ingest = try store.ingest("k\(index)")
            try [UInt8(index & 0xFF), UInt8(index >> 8)].withRawBytes { bytes throws(ContentError) -> Void in try ingest.write(bytes) }
            _ = try ingest.seal(digest: nil, size: nil)
            return ingest
        }
        // Only what points into this store: other tests of the process have descriptors of their own.
        let own = Array("\(root)/".utf8)
        let open = try HostPath("/proc/self/fd").entries().filter { entry in
            // One that was closed since is not open.
            (try? (HostPath("/proc/self/fd") / entry.name).readLink())?.starts(with: own) ?? false
        }
        #expect(open.count < 10)
        try store.publish(held, synchronized: false)
        #expect(try store.list().count == 300)
    }

    @Test("nobody else may look in") func modes() throws {
        let store = try FileBlobStore(root)
        let blob = try store.put([1])
        for path in [root, root / "blobs/sha256", root / "ingest"] { #expect(try path.status().permissions == 0o700) }
        #expect(try (root / "blobs/sha256" / blob.digest.hex).status().permissions == 0o400)
    }

    @Test("files that are no blobs are not listed") func foreign() throws {
        let store = try FileBlobStore(root)
        try (root / "blobs/sha256/README").writeAtomically([1])
        try (root / "ingest/.hidden").writeAtomically([1])
        #expect(try store.list() == [])
        #expect(try store.ingests() == [])
    }
}

@Suite("digests") struct ContentHasherTests {
    @Test("known values") func known() {
        #expect(ContentHasher.digest(of: []).description == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(
            ContentHasher.digest(of: Array("abc".utf8), .sha512).hex
                == "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        )
    }

    @Test("a digest in between changes nothing") func running() {
        var hasher = ContentHasher()
        [UInt8]("ab".utf8).withRawBytes { hasher.update($0) }
        _ = hasher.digest
        [UInt8]("c".utf8).withRawBytes { hasher.update($0) }
        #expect(hasher.digest == ContentHasher.digest(of: Array("abc".utf8)))
        #expect(hasher.count == 3)
    }
}
