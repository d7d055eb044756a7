// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Trees on their way out under another name, and archives on their way into a directory of a bigger tree.

import Glibc
import Testing
import WharfArchive
import WharfError
import WharfLinux
import WharfTestKit

@Suite("trees that are copied") struct TreeWriterTests {
    private let folder: TemporaryDirectory
    private var root: RootFD { get throws { RootFD(try HostPath(folder.path).openDirectory()) } }

    init() throws { folder = try TemporaryDirectory("tree") }

    private func names(_ archive: [UInt8]) throws -> [String] {
        let reader = TarReader(ArraySource(archive))
        var names: [String] = []
        while let entry = try reader.next() {
            let link = entry.linkName.isEmpty ? "" : " -> " + displayPath(entry.linkName)
            names.append(displayPath(entry.name) + link)
        }
        return names
    }

    private func fill() throws {
        let root = try root
        _ = try root.mkdirAll("d/e")
        try root.create("d/f", permissions: 0o644).writeAll(Array("hello".utf8))
        try root.link("d/f", at: "d/g")
        try root.symlink("/etc/passwd", at: "d/l")
        try root.mknod("d/p", kind: .fifo, permissions: 0o600)
        try root.mknod("d/s", kind: .socket, permissions: 0o600)
    }

    @Test("a directory goes out under the name that was asked for, links as links, sockets not at all")
    func directory() throws {
        try fill()
        for (shown, first) in [("d", "d/"), (".", "./"), ("/", "/"), ("other", "other/")] {
            let sink = ArraySink()
            try TreeWriter(to: sink).write(directory: try root.open("d", [.handle, .directory]), as: Array(shown.utf8))
            #expect(
                try names(sink.bytes)
                    == [first, "\(first)e/", "\(first)f", "\(first)g -> \(first)f", "\(first)l -> /etc/passwd", "\(first)p"])
        }
        let sink = ArraySink()
        try TreeWriter(to: sink).write(directory: try root.open("d", [.handle, .directory]), as: [])
        #expect(try names(sink.bytes).first == "e/")
    }

    @Test("one name goes out as what it is, also a link that leads nowhere")
    func single() throws {
        try fill()
        for (name, kind) in [("f", "x"), ("l", "x -> /etc/passwd"), ("p", "x")] {
            let sink = ArraySink()
            try TreeWriter(to: sink).write(Array(name.utf8), in: try root.open("d", [.handle, .directory]), as: Array("x".utf8))
            #expect(try names(sink.bytes) == [kind])
        }
        #expect(throws: ArchiveError.self) {
            try TreeWriter(to: ArraySink()).write(Array("none".utf8), in: try root.open("d", [.handle, .directory]), as: [0x78])
        }
    }

    @Test("a deep tree is refused by name, not by the end of descriptors")
    func deep() throws {
        let path = [String](repeating: "d", count: 600).joined(separator: "/")
        _ = try root.mkdirAll(path)
        #expect(throws: ArchiveError.self) {
            try TreeWriter(to: ArraySink()).write(directory: try root.open("d", [.handle, .directory]), as: [0x78])
        }
    }
}

@Suite("archives that are placed") struct ExtractPlacementTests {
    private let folder: TemporaryDirectory
    private var root: RootFD { get throws { RootFD(try HostPath(folder.path).openDirectory()) } }

    init() throws {
        folder = try TemporaryDirectory("place")
        _ = try root.mkdirAll("into/kept")
        _ = try root.mkdirAll("etc")
        try root.create("into/file", permissions: 0o644).writeAll(Array("old".utf8))
    }

    private func unpack(_ placement: ExtractPlacement, _ build: (inout TarBuilder) -> Void) throws {
        var tar = TarBuilder()
        build(&tar)
        let directory = try root.open(".", [.read, .directory])
        try Extractor(directory, whiteouts: .literal, placement: placement).extract(TarReader(ArraySource(tar.finish())))
    }

    private let into = ExtractPlacement(directory: Array("into".utf8))

    @Test("entries and the targets of hard links go below the directory; its own entry changes nothing")
    func placed() throws {
        try root.open("into", [.read, .directory]).setPermissions(0o700)
        try unpack(into) { tar in
            tar.directory("./", mode: 0o777)
            tar.file("a/f", "x")
            tar.hardLink("h", "a/f")
            tar.file(".wh.plain")
        }
        #expect(try root.readAll("into/h", limit: 10) == Array("x".utf8))
        #expect(try root.status("into").permissions == 0o700)
        #expect(try root.status("into/.wh.plain").kind == .regular)
        #expect(try root.open("a", .handle, ifThere: true) == nil)
    }

    @Test("nothing leads out of the directory, and links in it lead through the whole tree")
    func bounds() throws {
        for name in ["../up", "a/../../up", "/../../up"] {
            #expect(throws: ArchiveError.self) { try unpack(into) { $0.file(name) } }
        }
        #expect(throws: ArchiveError.self) { try unpack(into) { $0.hardLink("h", "../etc/x") } }
        #expect(try root.open("up", .handle, ifThere: true) == nil)
        // As for a process of the container: /etc is the container's.
        try root.symlink("/etc", at: "into/link")
        try unpack(into) { $0.file("link/made", "x") }
        #expect(try root.readAll("etc/made", limit: 10) == Array("x".utf8))
    }

    @Test("kinds are kept where that was asked for, in docker's words")
    func kinds() throws {
        var keeping = into
        keeping.keepsKinds = true
        for (build, text) in [
            ({ (tar: inout TarBuilder) in tar.file("kept", "x") }, #"cannot overwrite directory "/into/kept" with non-directory "/into""#),
            ({ (tar: inout TarBuilder) in tar.directory("file") }, #"cannot overwrite non-directory "/into/file" with directory "/into""#),
        ] {
            do {
                try unpack(keeping, build)
                Issue.record("nothing was refused")
            } catch ArchiveError.stream(let error as WharfError) {
                #expect(error.code == .invalidArgument && error.message == text)
            }
        }
        try unpack(into) { $0.file("kept", "x") }
        #expect(try root.status("into/kept").kind == .regular)
    }

    @Test("the first part of names becomes another")
    func renamed() throws {
        for (from, name, found) in [("src", "src/f", "dst/f"), ("/", "/f", "dst/f"), (".", "./f", "dst/f"), ("src", "srcs/f", "srcs/f")] {
            var placement = into
            placement.rename = (Array(from.utf8), Array("dst".utf8))
            try unpack(placement) { $0.file(name, from) }
            #expect(try root.readAll("into/\(found)", limit: 10) == Array(from.utf8))
        }
    }

    @Test("everything belongs to whom it was given", .enabled(if: geteuid() == 0))
    func owner() throws {
        var placement = into
        placement.owner = (1234, 55)
        try unpack(placement) { tar in
            tar.directory("d")
            tar.symlink("d/l", "nowhere")
        }
        for name in ["into/d", "into/d/l"] {
            let status = try root.status(name, followingLast: false)
            #expect(status.uid == 1234 && status.gid == 55)
        }
    }
}

extension RootFD {
    /// A handle; nil when nothing is there.
    fileprivate func open(_ path: String, _ flags: OpenFlags, ifThere: Bool) throws -> Descriptor? {
        do { return try open(path, flags) } catch  where error.errno == ENOENT { return nil }
    }
}
