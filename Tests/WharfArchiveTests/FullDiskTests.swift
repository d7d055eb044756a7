// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A disk that is full, at many moments: the error says so, a part of the disk stays free, and what was unpacked can be
// removed. The disk is a small tmpfs that only a descriptor leads to.

import Glibc
import Testing
import WharfArchive
import WharfError
import WharfLinux
import WharfTestKit

@Suite("unpacking onto a full disk", .enabled(if: geteuid() == 0)) struct FullDiskTests {
    /// A file system of so many bytes and inodes, attached nowhere.
    private static func disk(bytes: Int, inodes: Int = 10_000) throws -> Descriptor {
        let mount = try MountFD.create(
            type: "tmpfs",
            parameters: [.string("size", Array(String(bytes).utf8)), .string("nr_inodes", Array(String(inodes).utf8))])
        return try openBeneath(mount.descriptor, ".", [.read, .directory])
    }

    private static func archive() -> [UInt8] {
        var tar = TarBuilder()
        tar.directory("d")
        for index in 0..<100 { tar.add("0", Array("d/f\(index)".utf8), data: [UInt8](repeating: UInt8(index), count: 10_000)) }
        tar.add("0", Array("big".utf8), data: [UInt8](repeating: 1, count: 1_000_000))
        return tar.finish()
    }

    private static func unpack(onto disk: Descriptor, reserve: SpaceReserve) throws {
        try RootFD(disk).mkdir("layer", permissions: 0o755)
        let root = try openBeneath(disk, "layer", [.read, .directory])
        _ = try LayerUnpacker.unpack(ArraySource(archive()), into: root, reserve: reserve)
    }

    @Test("without a block left", arguments: Array(stride(from: 100_000, through: 2_100_000, by: 200_000)))
    func bytes(_ bytes: Int) throws {
        let disk = try Self.disk(bytes: bytes)
        let free = try disk.fileSystemSpace().available
        let error = #expect(throws: ArchiveError.self) { try Self.unpack(onto: disk, reserve: .none) }
        #expect(error?.wharfError("layer").code == .outOfDisk, "\(error?.description ?? "no error")")
        try RootFD(disk).removeTree("layer")
        #expect(try disk.fileSystemSpace().available == free)
    }

    @Test("without an inode left", arguments: [3, 4, 50, 101]) func inodes(_ inodes: Int) throws {
        let disk = try Self.disk(bytes: 10 << 20, inodes: inodes)
        let error = #expect(throws: ArchiveError.self) { try Self.unpack(onto: disk, reserve: .none) }
        #expect(error?.wharfError("layer").code == .outOfDisk, "\(error?.description ?? "no error")")
        try RootFD(disk).removeTree("layer")
    }

    @Test("a hundredth of the disk stays free") func reserve() throws {
        let disk = try Self.disk(bytes: 4_000_000)
        try Self.unpack(onto: disk, reserve: .standard)
        try RootFD(disk).removeTree("layer")
        let filler = try RootFD(disk).create("filler", permissions: 0o600)
        let free = try disk.fileSystemSpace()
        let archived = Int64(Self.archive().count)
        // Enough for the archive, but not for the reserve on top.
        try filler.writeAll([UInt8](repeating: 1, count: Int(free.available - archived - free.total / 100) + 100_000))
        let error = #expect(throws: ArchiveError.self) { try Self.unpack(onto: disk, reserve: .standard) }
        #expect(error?.description.contains("reserve") == true)
        #expect(error?.wharfError("layer").code == .outOfDisk)
        #expect(try disk.fileSystemSpace().available >= free.total / 100)
    }
}
