// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// From an upper directory to a layer and back: the same tree comes out, the same tree gives the same bytes, and what no layer
// can say is refused by name.

import Glibc
import Testing
import WharfArchive
import WharfLinux
import WharfTestKit

@Suite("layer of a writable tree") struct DiffWriterTests {
    private let folder: TemporaryDirectory
    private var upper: HostPath { HostPath(folder.path("upper")) }

    init() throws {
        folder = try TemporaryDirectory("diff")
        try HostPath(folder.path("upper")).mkdir()
    }

    private func write(base: Descriptor? = nil) throws -> [UInt8] {
        let sink = ArraySink()
        _ = try DiffWriter(upper.openDirectory(), base: base, to: sink).write()
        return sink.bytes
    }

    private func root() throws -> RootFD { RootFD(try upper.openDirectory()) }

    /// Everything that a layer keeps of a tree, as text.
    private func describe(_ root: RootFD, _ path: [UInt8] = []) throws -> [String] {
        var lines: [String] = []
        for entry in try root.open(path.isEmpty ? [0x2E] : path, [.read, .directory]).directoryEntries() {
            let here = path + (path.isEmpty ? [] : [UInt8(ascii: "/")]) + entry.name
            let status = try root.status(here, followingLast: false)
            var line = "\(displayPath(here)) \(status.kind) \(status.permissions) \(status.uid):\(status.gid) \(status.modified)"
            switch status.kind {
            case .regular, .directory:
                let descriptor = try root.open(here, [.read, .noFollow])
                for name in try descriptor.attributeNames().sorted(by: { $0.lexicographicallyPrecedes($1) })
                where !name.elementsEqual("trusted.overlay.impure".utf8) {
                    line += " \(displayPath(name))=\(try descriptor.attribute(name) ?? [])"
                }
                if status.kind == .regular { line += " \(status.links) \(try root.readAll(here, limit: 1 << 20).hashValue)" }
            case .symlink: line += " -> \(displayPath(try root.readLink(here)))"
            default: line += " \(status.deviceMajor):\(status.deviceMinor)"
            }
            lines.append(line)
            if status.kind == .directory { lines += try describe(root, here) }
        }
        return lines.sorted()
    }

    private func makeTree() throws {
        let root = try root()
        _ = try root.mkdirAll("etc/b.d")
        try root.create("etc/hosts", permissions: 0o640).writeAll(Array("127.0.0.1".utf8))
        try root.link("etc/hosts", at: "etc/same")
        try root.link("etc/hosts", at: "a")
        try root.symlink("../etc/hosts", at: "etc/link")
        try root.mknod("etc/b.d/pipe", kind: .fifo, permissions: 0o600)
        _ = try root.mkdirAll("empty")
        try root.create([0xFF, 0x0A, 0x20], permissions: 0o4755).writeAll([UInt8](repeating: 7, count: 100_000))
        let long = [UInt8](repeating: UInt8(ascii: "n"), count: 250)
        _ = try root.mkdirAll(long)
        try root.create(long + [UInt8(ascii: "/")] + long, permissions: 0o600).writeAll([1])
        try root.open("empty", [.read, .directory]).setPermissions(0o1777)
        try root.open("etc/hosts", .readWrite).setTimes(accessed: (5, 5), modified: (-5, 123_456_789))
        try root.open("empty", [.read, .directory]).setTimes(accessed: (1, 0), modified: (4_000_000_000, 0))
    }

    @Test("a tree comes out of its layer as it was") func roundTrip() throws {
        try makeTree()
        let target = HostPath(folder.path("target"))
        try target.mkdir()
        let summary = try Extractor(target.openDirectory()).extract(TarReader(ArraySource(try write())))
        #expect(summary.impliedDirectories == [[]])
        let before = try describe(root())
        #expect(before.count == 11)
        #expect(try describe(RootFD(target.openDirectory())) == before)
    }

    @Test("the same tree gives the same bytes, in the order of its names") func reproducible() throws {
        try makeTree()
        let first = try write()
        #expect(try write() == first)
        let names = try entries(first).map { displayPath($0.name) }
        #expect(names.prefix(4) == ["a", "empty/", "etc/", "etc/b.d/"])
        #expect(try entries(first).filter { $0.kind == .hardLink }.map(\.linkName) == [[UInt8(ascii: "a")], [UInt8(ascii: "a")]])
    }

    @Test("whiteouts, opaque directories, owners, devices and capabilities", .enabled(if: geteuid() == 0)) func overlay() throws {
        let root = try root()
        _ = try root.mkdirAll("d/o")
        try root.mknod("gone", kind: .characterDevice, permissions: 0)
        try root.mknod("d/gone", kind: .characterDevice, permissions: 0)
        try root.mknod("null", kind: .characterDevice, permissions: 0o666, device: DeviceNumber(major: 1, minor: 3))
        let opaque = try root.open("d/o", [.read, .directory])
        try opaque.setAttribute("trusted.overlay.opaque", [UInt8(ascii: "y")])
        try opaque.setAttribute("trusted.overlay.impure", [UInt8(ascii: "y")])
        try opaque.setOwner(uid: 100_000, gid: 7)
        let file = try root.create("d/o/ping", permissions: 0o755)
        let capability: [UInt8] = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        try file.setAttribute("security.capability", capability)
        try file.setAttribute("user.note", [1, 2, 3])
        let bytes = try write()
        let all = try entries(bytes)
        #expect(all.map { displayPath($0.name) } == ["d/", "d/.wh.gone", "d/o/", "d/o/.wh..wh..opq", "d/o/ping", ".wh.gone", "null"])
        #expect(all.first { displayPath($0.name) == "d/o/" }?.attributes == [])
        #expect(
            all.first { displayPath($0.name) == "d/o/ping" }?.attributes.map { displayPath($0.name) } == [
                "security.capability", "user.note",
            ])
        let target = HostPath(folder.path("target"))
        try target.mkdir()
        _ = try Extractor(target.openDirectory()).extract(TarReader(ArraySource(bytes)))
        func times(_ lines: [String]) -> [String] { lines.filter { !$0.contains("gone") } }
        #expect(try times(describe(RootFD(target.openDirectory()))) == times(describe(root)))
        #expect(try RootFD(target.openDirectory()).status("d/gone").kind == .characterDevice)
    }

    @Test("what overlay left in a lower layer can't be told", .enabled(if: geteuid() == 0), arguments: ["redirect", "metacopy"])
    func references(_ attribute: String) throws {
        let root = try root()
        let inode = attribute == "redirect" ? try root.mkdirAll("x") : try root.create("x", permissions: 0o644)
        try (attribute == "redirect" ? root.open("x", [.read, .directory]) : inode).setAttribute("trusted.overlay.\(attribute)", [1])
        let error = #expect(throws: ArchiveError.self) { _ = try write() }
        #expect(error?.description.contains("lower layer") == true)
    }

    @Test("a name that would remove something") func markedName() throws {
        try root().create(".wh.x", permissions: 0o644).close()
        let error = #expect(throws: ArchiveError.self) { _ = try write() }
        #expect(error?.description.contains(".wh.x") == true)
    }

    @Test("the root's own entry is there when it differs") func rootEntry() throws {
        let base = HostPath(folder.path("base"))
        try base.mkdir()
        try base.openDirectory().setPermissions(0o755)
        try upper.openDirectory().setPermissions(0o755)
        #expect(try entries(write(base: base.openDirectory())).isEmpty)
        try upper.openDirectory().setPermissions(0o711)
        let all = try entries(write(base: base.openDirectory()))
        #expect(all.map(\.permissions) == [0o711] && all.map(\.kind) == [.directory])
    }

    @Test("a tree deeper than the walk keeps open, and a socket") func deep() throws {
        var path: [UInt8] = []
        let root = try root()
        for level in 0..<300 {
            path += (level == 0 ? [] : [UInt8(ascii: "/")]) + [UInt8(ascii: "d")]
            try root.mkdir(path, permissions: 0o755)
        }
        try root.create(path + Array("/file".utf8), permissions: 0o644).close()
        try root.create(Array("d/d/z".utf8), permissions: 0o644).close()
        try root.mknod("socket", kind: .socket, permissions: 0o600)
        let sink = ArraySink()
        let summary = try DiffWriter(upper.openDirectory(), to: sink).write()
        #expect(summary.entries == 302 && summary.skippedSockets == 1)
        #expect(try entries(sink.bytes).count == 302)
    }
}
