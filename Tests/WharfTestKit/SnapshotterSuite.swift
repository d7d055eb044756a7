// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What every snapshot driver must do, looked at through the mounts that it answers with. A driver's own test file gives a
// factory and runs it.

import Testing
import WharfLinux
import WharfOCI
public import WharfSnapshots

/// The contract of `Snapshotter`, for any driver that `make` gives. Each call makes a fresh, empty one.
public struct SnapshotterSuite: Sendable {
    private let make: @Sendable () throws -> any Snapshotter

    public init(_ make: @escaping @Sendable () throws -> any Snapshotter) { self.make = make }

    /// One rule of the contract, by name, so that a failure says which.
    public enum Rule: String, CaseIterable, Sendable, CustomStringConvertible {
        case layers, roots, changesStayApart, rootAttributes, taken, missing, inUse, keys, remove, usage, list, many, withoutLayers

        public var description: String { rawValue }
    }

    /// Checks one rule.
    public func check(_ rule: Rule) throws {
        let driver = try make()
        switch rule {
        case .layers: try layers(driver)
        case .roots: try roots(driver)
        case .changesStayApart: try changesStayApart(driver)
        case .rootAttributes: try rootAttributes(driver)
        case .taken: try taken(driver)
        case .missing: try missing(driver)
        case .inUse: try inUse(driver)
        case .keys: keys(driver)
        case .remove: try remove(driver)
        case .usage: try usage(driver)
        case .list: try list(driver)
        case .many: try many(driver)
        case .withoutLayers: try withoutLayers(driver)
        }
    }

    /// Makes a layer with one file.
    private func layer(_ driver: any Snapshotter, _ name: String, on parent: String? = nil, _ file: String, _ text: String) throws {
        let root = RootFD(try driver.prepareLayer("new-\(name)"))
        try root.create(file, permissions: 0o644).writeAll(Array(text.utf8))
        try driver.synchronize()
        try driver.commitLayer("new-\(name)", as: name, parent: parent)
    }

    /// A file as the mounted tree would show it.
    private func read(_ mounts: [Mount], _ file: String) throws -> String? {
        for directory in try directories(mounts) {
            let path = HostPath(directory) / file
            if try path.exists() { return String(decoding: try path.read(limit: 1000), as: UTF8.self) }
        }
        return nil
    }

    private func directories(_ mounts: [Mount]) throws -> [String] {
        let mount = try #require(mounts.first)
        #expect(mounts.count == 1)
        if mount.type == "bind" { return [mount.source] }
        let overlay = try #require(OverlayLayers(mount))
        return [overlay.upper].compactMap { $0 } + overlay.lowers
    }

    /// Where a container's own files go.
    private func writable(_ mounts: [Mount]) throws -> HostPath { HostPath(try #require(try directories(mounts).first)) }

    private func layers(_ driver: any Snapshotter) throws {
        try layer(driver, "one", "a", "1")
        try layer(driver, "two", on: "one", "b", "2")
        #expect(try driver.layers("two").count == 2)
        #expect(try (driver.layers("two")[0] / "b").read(limit: 10) == Array("2".utf8))
        #expect(driver.status("two") == SnapshotStatus(key: "two", kind: .committed, parent: "one"))
        #expect(driver.status("new-two") == nil)
        let mounts = try driver.mounts("two")
        #expect(try read(mounts, "a") == "1")
        #expect(mounts.first.flatMap(OverlayLayers.init)?.upper == nil)
    }

    private func roots(_ driver: any Snapshotter) throws {
        try layer(driver, "one", "a", "1")
        try layer(driver, "two", on: "one", "b", "2")
        let mounts = try driver.prepare("c1", parent: "two")
        #expect(try read(mounts, "a") == "1")
        #expect(try read(mounts, "b") == "2")
        #expect(try driver.mounts("c1") == mounts)
        #expect(driver.status("c1") == SnapshotStatus(key: "c1", kind: .active, parent: "two"))
    }

    private func changesStayApart(_ driver: any Snapshotter) throws {
        try layer(driver, "one", "a", "1")
        let first = try writable(try driver.prepare("c1", parent: "one"))
        let second = try writable(try driver.prepare("c2", parent: "one"))
        #expect(first != second)
        try (first / "new").writeAtomically([1])
        #expect(try (second / "new").exists() == false)
        #expect(try read(try driver.mounts("one"), "new") == nil)
    }

    private func rootAttributes(_ driver: any Snapshotter) throws {
        let root = try driver.prepareLayer("new")
        try root.setPermissions(0o750)
        try driver.commitLayer("new", as: "one", parent: nil)
        #expect(try writable(try driver.prepare("c1", parent: "one")).status().permissions == 0o750)
    }

    private func taken(_ driver: any Snapshotter) throws {
        try layer(driver, "one", "a", "1")
        _ = try driver.prepareLayer("again")
        #expect(throws: SnapshotError.self) { try driver.commitLayer("again", as: "one", parent: nil) }
        #expect(driver.status("again")?.kind == .partial)
        #expect(throws: SnapshotError.self) { _ = try driver.prepareLayer("again") }
        _ = try driver.prepare("c1", parent: nil)
        #expect(throws: SnapshotError.self) { _ = try driver.prepare("c1", parent: nil) }
        #expect(throws: SnapshotError.self) { _ = try driver.prepare("one", parent: nil) }
    }

    private func missing(_ driver: any Snapshotter) throws {
        #expect(throws: SnapshotError.self) { _ = try driver.mounts("none") }
        #expect(throws: SnapshotError.self) { _ = try driver.layers("none") }
        #expect(throws: SnapshotError.self) { _ = try driver.usage("none") }
        #expect(throws: SnapshotError.self) { _ = try driver.prepare("c", parent: "none") }
        #expect(throws: SnapshotError.self) { try driver.commitLayer("none", as: "x", parent: nil) }
        _ = try driver.prepareLayer("part")
        #expect(throws: SnapshotError.self) { try driver.commitLayer("part", as: "x", parent: "none") }
        #expect(throws: SnapshotError.self) { _ = try driver.prepare("c", parent: "part") }
        #expect(throws: SnapshotError.self) { _ = try driver.mounts("part") }
        try driver.remove("none")
        #expect(driver.status("none") == nil)
    }

    private func inUse(_ driver: any Snapshotter) throws {
        try layer(driver, "one", "a", "1")
        try layer(driver, "two", on: "one", "b", "2")
        _ = try driver.prepare("c1", parent: "two")
        #expect(throws: SnapshotError.self) { try driver.remove("one") }
        #expect(throws: SnapshotError.self) { try driver.remove("two") }
        try driver.remove("c1")
        try driver.remove("two")
        try driver.remove("one")
        #expect(driver.list() == [])
    }

    private func keys(_ driver: any Snapshotter) {
        for key in ["", "a/b", "a b", "a\nb", "ä", "a\0", String(repeating: "k", count: 256)] {
            #expect(throws: SnapshotError.self, "\(key)") { _ = try driver.prepare(key, parent: nil) }
            #expect(throws: SnapshotError.self, "\(key)") { _ = try driver.prepareLayer(key) }
        }
    }

    private func remove(_ driver: any Snapshotter) throws {
        let mounts = try driver.prepare("c1", parent: nil)
        let files = try writable(mounts)
        try (files / "d/e").mkdir()
        try driver.remove("c1")
        try driver.remove("c1")
        #expect(try files.exists() == false)
        #expect(driver.status("c1") == nil)
        _ = try driver.prepare("c1", parent: nil)
    }

    private func usage(_ driver: any Snapshotter) throws {
        let files = try writable(try driver.prepare("c1", parent: nil))
        let before = try driver.usage("c1")
        try (files / "big").writeAtomically([UInt8](repeating: 1, count: 100_000), durable: true)
        try RootFD(files.openDirectory()).link("big", at: "same")
        let after = try driver.usage("c1")
        #expect(after.inodes == before.inodes + 1)
        #expect((100_000...200_000).contains(after.bytes - before.bytes))
    }

    private func list(_ driver: any Snapshotter) throws {
        try layer(driver, "one", "a", "1")
        _ = try driver.prepare("c1", parent: "one")
        _ = try driver.prepareLayer("part")
        #expect(
            Set(driver.list()) == [
                SnapshotStatus(key: "one", kind: .committed, parent: nil), SnapshotStatus(key: "c1", kind: .active, parent: "one"),
                SnapshotStatus(key: "part", kind: .partial, parent: nil),
            ])
    }

    private func many(_ driver: any Snapshotter) throws {
        var below: String?
        for number in 1...40 {
            try layer(driver, "l\(number)", on: below, "f\(number)", "x")
            below = "l\(number)"
        }
        let mounts = try driver.prepare("c1", parent: below)
        #expect(try read(mounts, "f1") == "x")
        #expect(try read(mounts, "f40") == "x")
    }

    private func withoutLayers(_ driver: any Snapshotter) throws {
        let mounts = try driver.prepare("c1", parent: nil)
        #expect(try writable(mounts).entries() == [])
        #expect(try writable(mounts).status().permissions == 0o755)
    }
}
