// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What an upper directory says against the layers below it.

import Glibc
import Testing
import WharfDockerAPI
import WharfLinux
import WharfTestKit

@testable import WharfEngine

@Suite(.enabled(if: geteuid() == 0)) struct LayerChangesTests {
    private let folder: TemporaryDirectory
    private let upper: RootFD
    private let middle: RootFD
    private let lower: RootFD

    init() throws {
        folder = try TemporaryDirectory("changes")
        upper = try Self.layer("upper", in: folder)
        middle = try Self.layer("middle", in: folder)
        lower = try Self.layer("lower", in: folder)
    }

    private static func layer(_ name: String, in folder: TemporaryDirectory) throws -> RootFD {
        try HostPath(folder.path(name)).mkdir()
        return RootFD(try HostPath(folder.path(name)).openDirectory())
    }

    private func find() throws -> [String] {
        try LayerChanges.find(upper: upper.directory, lowers: [middle.directory, lower.directory]).map { "\($0.kind.rawValue) \($0.path)" }
    }

    private func whiteout(_ path: String, in layer: RootFD) throws {
        try layer.mknod(path, kind: .characterDevice, permissions: 0, device: DeviceNumber(major: 0, minor: 0))
    }

    @Test("added, changed and deleted, with the directories on the way")
    func kinds() throws {
        _ = try lower.mkdirAll("etc/d")
        _ = try lower.create("etc/passwd", permissions: 0o644)
        _ = try lower.create("etc/group", permissions: 0o644)
        _ = try upper.mkdirAll("etc/new")
        _ = try upper.create("etc/passwd", permissions: 0o644)
        _ = try upper.create("etc/new/f", permissions: 0o644)
        try whiteout("etc/group", in: upper)
        try whiteout("etc/never", in: upper)
        #expect(try find() == ["0 /etc", "2 /etc/group", "1 /etc/new", "1 /etc/new/f", "0 /etc/passwd"])
    }

    @Test("a directory that was only copied up is no change, one with another mode is")
    func copiedUp() throws {
        for layer in [lower, upper] {
            _ = try layer.mkdirAll("a")
            _ = try layer.mkdirAll("b")
            for name in ["a", "b"] { try layer.open(name, [.read, .directory]).setTimes(accessed: (5, 0), modified: (5, 0)) }
        }
        try upper.open("b", [.read, .directory]).setPermissions(0o700)
        #expect(try find() == ["0 /b"])
    }

    @Test("what a layer between removed is not there to be changed")
    func hiddenBelow() throws {
        _ = try lower.mkdirAll("gone")
        _ = try lower.create("gone/f", permissions: 0o644)
        _ = try lower.mkdirAll("masked/d")
        _ = try middle.mkdirAll("masked")
        try middle.open("masked", [.read, .directory]).setAttribute("trusted.overlay.opaque", Array("y".utf8))
        try whiteout("gone", in: middle)
        _ = try upper.mkdirAll("gone")
        _ = try upper.create("gone/f", permissions: 0o644)
        _ = try upper.mkdirAll("masked/d")
        #expect(try find() == ["1 /gone", "1 /gone/f", "0 /masked", "1 /masked/d"])
    }

    @Test("places that the daemon made to mount on are nobody's change")
    func scenery() throws {
        for layer in [lower, upper] { _ = try layer.mkdirAll("etc") }
        try lower.open("etc", [.read, .directory]).setTimes(accessed: (5, 0), modified: (5, 0))
        for name in ["etc/hosts", "etc/resolv.conf", ".dockerenv"] { _ = try upper.create(name, permissions: 0o644) }
        for name in ["dev/pts", "proc", "sys"] { _ = try upper.mkdirAll(name) }
        #expect(try find() == [])
        _ = try upper.create("etc/mine", permissions: 0o644)
        #expect(try find() == ["0 /etc", "1 /etc/mine"])
    }
}
