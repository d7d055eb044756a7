// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Snapshots on a full disk: what can't be made is not there, what is there can be removed, and a start finds a whole store.

import Glibc
import Testing
import WharfError
import WharfLinux
import WharfSnapshots
import WharfTestKit

@Suite("snapshots on a full disk", .enabled(if: geteuid() == 0)) struct FullDiskTests {
    @Test("making and naming fail, removing works, a restart finds the rest") func full() throws {
        let mount = try MountFD.create(type: "tmpfs", parameters: [.string("size", Array("256k".utf8))])
        let root = HostPath("/proc/self/fd/\(mount.descriptor.raw)") / "snapshots"
        let driver = try OverlaySnapshotter(root)
        let layer = try driver.prepareLayer("l1")
        try RootFD(layer).create("file", permissions: 0o644).writeAll([UInt8](repeating: 1, count: 10_000))
        try driver.commitLayer("l1", as: "one", parent: nil)
        let partial = try driver.prepareLayer("l2")
        let filler = try RootFD(mount.descriptor).create("filler", permissions: 0o600)
        #expect(throws: SyscallError.self) { while true { try filler.writeAll([UInt8](repeating: 2, count: 4096)) } }

        for attempt in [
            { try driver.commitLayer("l2", as: "two", parent: "one") }, { _ = try driver.prepare("c1", parent: "one") },
            { _ = try driver.prepareLayer("l3") },
        ] as [() throws -> Void] {
            let error = #expect(throws: SnapshotError.self) { try attempt() }
            #expect(error?.wharfError("snapshot").code == .outOfDisk, "\(error?.description ?? "no error")")
        }
        #expect(Set(driver.list().map(\.key)) == ["one", "l2"])
        partial.close()
        try driver.remove("l2")
        #expect(try OverlaySnapshotter(root).list().map(\.key) == ["one"])
        try driver.remove("one")
        #expect(try OverlaySnapshotter(root).list() == [])
        // With room again everything goes on.
        try RootFD(mount.descriptor).unlink("filler")
        filler.close()
        _ = try driver.prepareLayer("l4")
        try driver.commitLayer("l4", as: "four", parent: nil)
    }
}
