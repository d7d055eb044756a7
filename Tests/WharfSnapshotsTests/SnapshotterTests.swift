// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Both drivers keep the contract; what a restart finds; what the kernel makes of the mounts.

import Glibc
import Testing
import WharfLinux
import WharfOCI
import WharfSnapshots
import WharfTestKit

@Suite("overlay snapshots") struct OverlaySnapshotterTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory("snapshots") }

    private var root: HostPath { HostPath(folder.path("snapshots")) }

    @Test("contract", arguments: SnapshotterSuite.Rule.allCases) func contract(_ rule: SnapshotterSuite.Rule) throws {
        let root = root
        try SnapshotterSuite { try OverlaySnapshotter(root) }.check(rule)
    }

    @Test("a restart finds what is whole and hands out the rest to be removed") func restart() throws {
        let first = try OverlaySnapshotter(root)
        _ = try first.prepareLayer("l")
        try first.commitLayer("l", as: "one", parent: nil)
        let mounts = try first.prepare("c1", parent: "one")
        _ = try first.prepareLayer("partial")
        try (root / "99/fs").mkdir()
        try (root / "98").mkdir()
        try (root / "98/info").writeAtomically(Array("wharf-snapshot 1\nkind commi".utf8))
        try (root / "notanumber").mkdir()
        let second = try OverlaySnapshotter(root)
        #expect(Set(second.list().map(\.key)) == ["one", "c1"])
        #expect(try second.mounts("c1") == mounts)
        // What waits to be removed keeps its number.
        _ = try second.prepareLayer("next")
        #expect(try (root / "100/fs").exists())
        for remains in second.takeLeftovers() { try remains.remove() }
        #expect(second.takeLeftovers().isEmpty)
        #expect(try Set(root.entries().map { displayPath($0.name) }) == ["1", "2", "100", "empty"])
    }

    @Test("nobody else may look in") func modes() throws {
        let driver = try OverlaySnapshotter(root)
        _ = try driver.prepare("c1", parent: nil)
        #expect(try root.status().permissions == 0o700)
        #expect(try (root / "1").status().permissions == 0o700)
        #expect(try (root / "1/info").status().permissions == 0o600)
    }

    @Test("a root that can't be written into mount options") func invalidRoot() throws {
        #expect(throws: SnapshotError.self) { _ = try OverlaySnapshotter(HostPath(Array(folder.path("a").utf8) + [0xFF])) }
    }

    @Test("options and layers are the same thing") func options() throws {
        let layers = OverlayLayers(lowers: ["/a:b", "/c,d"], upper: "/u", work: "/w")
        #expect(OverlayLayers(layers.mount) == layers)
        #expect(layers.mount.options == ["lowerdir+=/a:b", "lowerdir+=/c,d", "upperdir=/u", "workdir=/w"])
        let readOnly = OverlayLayers(lowers: ["/a", "/b"], upper: nil, work: nil)
        #expect(OverlayLayers(readOnly.mount) == readOnly)
        #expect(OverlayLayers(Mount(destination: "", type: "bind", source: "/a")) == nil)
        #expect(OverlayLayers(Mount(destination: "", type: "overlay", source: "overlay", options: ["lowerdir+=/a", "upperdir=/u"])) == nil)
    }
}

@Suite("overlay snapshots, mounted", .enabled(if: geteuid() == 0)) struct MountedSnapshotTests {
    @Test("127 layers, whichever way the kernel is told", arguments: [OverlayMount.Interface.automatic, .call])
    func deep(_ interface: OverlayMount.Interface) throws {
        let folder = try TemporaryDirectory("deep")
        let driver = try OverlaySnapshotter(HostPath(folder.path("snapshots")))
        var below: String?
        for index in 1...127 {
            let root = RootFD(try driver.prepareLayer("l"))
            try root.create("f\(index)", permissions: 0o644).writeAll([UInt8(index)])
            if index > 1, index % 2 == 0 { try root.mknod("f\(index - 1)", kind: .characterDevice, permissions: 0) }
            try driver.commitLayer("l", as: "layer:\(index)", parent: below)
            below = "layer:\(index)"
        }
        let mount = try #require(try driver.prepare("c1", parent: below).first)
        let layers = try #require(OverlayLayers(mount))
        #expect(layers.lowers.count == 127)
        func open(_ path: String) throws -> Descriptor { try HostPath(path).open([.handle, .directory]) }
        let (upper, work) = (try #require(layers.upper), try #require(layers.work))
        let root = RootFD(
            try OverlayMount.make(lowers: layers.lowers.map(open), upper: open(upper), work: open(work), by: interface))
        let names = try root.open(".", [.read, .directory]).directoryEntries().map { displayPath($0.name) }
        #expect(Set(names) == Set((1...127).filter { $0 % 2 == 0 || $0 == 127 }.map { "f\($0)" }))
        #expect(try root.readAll("f2", limit: 10) == [2])
    }
}

@Suite("copied snapshots") struct CopySnapshotterTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory("copies") }

    @Test("contract", arguments: SnapshotterSuite.Rule.allCases) func contract(_ rule: SnapshotterSuite.Rule) throws {
        let root = HostPath(folder.path("snapshots"))
        try SnapshotterSuite { try CopySnapshotter(root) }.check(rule)
    }

    @Test("whiteouts and opaque directories are applied", .enabled(if: geteuid() == 0)) func whiteouts() throws {
        let driver = try CopySnapshotter(HostPath(folder.path("snapshots")))
        let lower = RootFD(try driver.prepareLayer("l"))
        for path in ["gone", "kept"] { try lower.create(path, permissions: 0o644).writeAll(Array(path.utf8)) }
        _ = try lower.mkdirAll("opaque/old")
        _ = try lower.mkdirAll("merged/old")
        try lower.link("kept", at: "merged/link")
        try driver.commitLayer("l", as: "one", parent: nil)
        let upper = RootFD(try driver.prepareLayer("u"))
        try upper.mknod("gone", kind: .characterDevice, permissions: 0)
        _ = try upper.mkdirAll("opaque/new")
        _ = try upper.mkdirAll("merged/new")
        try upper.open("opaque", [.read, .directory]).setAttribute("trusted.overlay.opaque", [UInt8(ascii: "y")])
        try driver.commitLayer("u", as: "two", parent: "one")
        let mount = try #require(try driver.prepare("c1", parent: "two").first)
        #expect(mount.type == "bind")
        let root = HostPath(mount.source)
        #expect(try (root / "gone").exists() == false)
        #expect(try (root / "opaque/old").exists() == false)
        #expect(try (root / "opaque/new").exists())
        #expect(try (root / "merged/old").exists())
        #expect(try (root / "merged/new").exists())
        #expect(try (root / "kept").status().isSameFile(as: (root / "merged/link").status()))
    }
}
