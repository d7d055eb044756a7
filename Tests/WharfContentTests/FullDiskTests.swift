// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A store on a full disk: writing fails with the kernel's own word, nothing half-written is visible, and removing works.

import Glibc
import Testing
import WharfContent
import WharfError
import WharfLinux
import WharfOCI
import WharfTestKit

@Suite("blob store on a full disk", .enabled(if: geteuid() == 0)) struct FullDiskTests {
    /// A store on a tmpfs of a megabyte that only a descriptor leads to.
    private struct Disk {
        let descriptor: Descriptor
        let store: FileBlobStore

        init() throws {
            let mount = try MountFD.create(type: "tmpfs", parameters: [.string("size", Array("1m".utf8))])
            descriptor = mount.descriptor
            store = try FileBlobStore(HostPath("/proc/self/fd/\(descriptor.raw)") / "content")
        }
    }

    private static func outOfDisk(_ body: () throws -> Void) {
        let error = #expect(throws: ContentError.self) { try body() }
        #expect(error?.wharfError("blob").code == .outOfDisk, "\(error?.description ?? "no error")")
    }

    @Test(
        "a blob that does not fit is not there, and the next one that fits is",
        arguments: Array(stride(from: 100_000, to: 1_000_000, by: 150_000))
    )
    func put(_ used: Int) throws {
        let disk = try Disk()
        let first = try disk.store.put([UInt8](repeating: 1, count: used))
        let free = try disk.descriptor.fileSystemSpace().available
        let tooLarge = [UInt8](repeating: 2, count: Int(free) + 1)
        Self.outOfDisk { try disk.store.put(tooLarge) }
        #expect(try disk.store.list() == [first])
        #expect(try disk.store.ingests() == [])
        #expect(try disk.descriptor.fileSystemSpace().available == free)
        try disk.store.delete(first.digest)
        try disk.store.put([UInt8](repeating: 3, count: used))
    }

    @Test("an ingest that ran out of room keeps what it has, and goes on when there is room again") func resume() throws {
        let disk = try Disk()
        let other = try disk.store.put([UInt8](repeating: 1, count: 500_000))
        let bytes = (0..<800_000).map { UInt8(truncatingIfNeeded: $0 / 251) }
        let digest = ContentHasher.digest(of: bytes)
        var ingest = try disk.store.ingest(digest.downloadKey)
        Self.outOfDisk {
            for start in stride(from: 0, to: bytes.count, by: 50_000) {
                try Array(bytes[start..<start + 50_000]).withRawBytes { piece throws(ContentError) in try ingest.write(piece) }
            }
        }
        try ingest.suspend()
        #expect(try disk.store.status(digest) == nil)
        try disk.store.delete(other.digest)
        ingest = try disk.store.ingest(digest.downloadKey)
        #expect((100_000..<800_000).contains(ingest.offset))
        try Array(bytes[Int(ingest.offset)...]).withRawBytes { piece throws(ContentError) in try ingest.write(piece) }
        _ = try ingest.seal(digest: digest, size: 800_000)
        try disk.store.publish([ingest], synchronized: false)
        #expect(try disk.store.readAll(digest, limit: 1 << 20) == bytes)
    }
}
