// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// EN-04: archives that try to leave their root. Each case is unpacked beside a folder that nothing may touch; afterwards the
// folder is as it was, and either the archive was refused or everything that it made lies in the root.

import Glibc
import Testing
import WharfArchive
import WharfLinux
import WharfTestKit

/// A root to unpack into, and the folder beside it.
struct BreakoutFixture {
    let folder: TemporaryDirectory
    var root: HostPath { HostPath(folder.path("root")) }
    var outside: HostPath { HostPath(folder.path("outside")) }

    init() throws {
        folder = try TemporaryDirectory("breakout")
        try root.mkdir()
        try (outside / "dir").mkdir()
        try (outside / "secret").writeAtomically(Array("untouched".utf8), permissions: 0o600, durable: false)
        try (root / "../marker").writeAtomically([], durable: false)
    }

    /// Everything about the folder beside the root, and about the folder of both.
    func outsideState() throws -> [String] {
        var state: [String] = []
        for path in [HostPath(folder.path), outside, outside / "dir"] {
            for entry in try path.entries() where entry.name != Array("root".utf8) {
                let status = try openBeneath(path.openDirectory(), entry.name, [.handle, .noFollow]).status()
                state.append(
                    "\(path) \(displayPath(entry.name)) \(status.kind) \(status.permissions) \(status.uid) \(status.size) \(status.links)")
            }
        }
        state.append(String(decoding: try (outside / "secret").read(limit: 100), as: UTF8.self))
        state.append("\(try outside.status().permissions) \(try outside.status().modified)")
        return state.sorted()
    }

    func extract(_ tar: TarBuilder, whiteouts: WhiteoutForm = .overlay) throws {
        _ = try Extractor(root.openDirectory(), whiteouts: whiteouts).extract(TarReader(ArraySource(tar.finish())))
    }
}

/// One attempt.
struct Breakout: Sendable, CustomTestStringConvertible {
    enum Outcome: Sendable {
        case refused
        /// Unpacked; these paths exist in the root afterwards.
        case contained([String])
        /// Either is right.
        case either
    }

    let name: String
    let outcome: Outcome
    let needsRoot: Bool
    let build: @Sendable (inout TarBuilder, String) -> Void
    var testDescription: String { name }

    init(_ name: String, _ outcome: Outcome, needsRoot: Bool = false, _ build: @escaping @Sendable (inout TarBuilder, String) -> Void) {
        self.name = name
        self.outcome = outcome
        self.needsRoot = needsRoot
        self.build = build
    }
}

@Suite("breakouts (EN-04)") struct BreakoutTests {
    @Test("attempts", arguments: breakouts) func attempt(_ breakout: Breakout) throws {
        if breakout.needsRoot && geteuid() != 0 { return }
        let fixture = try BreakoutFixture()
        defer { fixture.folder.remove() }
        let before = try fixture.outsideState()
        var tar = TarBuilder()
        breakout.build(&tar, fixture.folder.path)
        let result = Result { try fixture.extract(tar) }
        #expect(try fixture.outsideState() == before, "\(breakout.name) changed something outside")
        switch (breakout.outcome, result) {
        case (.refused, .success): Issue.record("\(breakout.name) was not refused")
        case (.contained(let paths), .success):
            for path in paths {
                #expect(throws: Never.self, "\(breakout.name): \(path)") {
                    _ = try RootFD(fixture.root.openDirectory()).status(path, followingLast: false)
                }
            }
        case (.contained, .failure(let error)): Issue.record("\(breakout.name) was refused: \(error)")
        case (.refused, .failure(let error)): #expect(error is ArchiveError)
        case (.either, _): break
        }
    }

    @Test("there are at least forty") func count() { #expect(breakouts.count >= 40) }
}

let breakouts: [Breakout] = nameBreakouts + linkBreakouts + hardLinkBreakouts + whiteoutBreakouts + overrideBreakouts

private let nameBreakouts: [Breakout] = [
    Breakout("dot-dot file", .refused) { tar, _ in tar.file("../evil") },
    Breakout("dot-dot behind a directory", .refused) { tar, _ in tar.file("a/../../evil") },
    Breakout("dot-dot directory", .refused) { tar, _ in tar.directory("../evil/") },
    Breakout("dot-dot alone", .refused) { tar, _ in tar.directory("..") },
    Breakout("dot-dot symlink", .refused) { tar, _ in tar.symlink("../evil", "x") },
    Breakout("dot-dot with dots between", .refused) { tar, _ in tar.file("./.././evil") },
    Breakout("dot-dot that stays inside", .contained(["b"])) { tar, _ in tar.file("a/../b") },
    Breakout("absolute name", .contained(["etc/evil"])) { tar, _ in tar.file("/etc/evil") },
    Breakout("absolute name of the outside", .either) { tar, base in tar.file("\(base)/outside/secret", "changed") },
    Breakout("many slashes", .contained(["etc/evil"])) { tar, _ in tar.file("///etc//evil") },
    Breakout("a file in place of the root", .refused) { tar, _ in tar.file("./") },
    Breakout("a symlink in place of the root", .refused) { tar, _ in tar.symlink(".", "/") },
    Breakout("a symlink with an empty name", .refused) { tar, _ in tar.symlink("", "../outside") },
    Breakout("attributes of the root stay on the root", .contained([])) { tar, _ in tar.directory("./", mode: 0o711) },
    Breakout("combining mark beside dots", .contained(["..\u{301}/evil"])) { tar, _ in tar.file("..\u{301}/evil") },
    Breakout("zero-width joiner beside dots", .contained(["..\u{200D}/x"])) { tar, _ in tar.file("..\u{200D}/x") },
    Breakout("bytes that are no text", .contained([])) { tar, _ in tar.add("0", [0x2E, 0x2E, 0xFF, 0x2F, 0xFE]) },
    Breakout("line breaks in a name", .contained(["a\r\nb"])) { tar, _ in tar.file("a\r\nb") },
    Breakout("a file where a directory was", .contained(["a"])) { tar, _ in
        tar.file("a/b/c")
        tar.file("a")
    },
    Breakout("a component that is too long", .refused) { tar, _ in
        tar.pax([("path", [UInt8](repeating: 65, count: 300))])
        tar.file("x")
    },
]

private let linkBreakouts: [Breakout] = [
    Breakout("file through an absolute link", .either) { tar, base in
        tar.symlink("escape", "\(base)/outside")
        tar.file("escape/secret", "changed")
    },
    Breakout("file through a relative link", .either) { tar, _ in
        tar.symlink("escape", "../outside")
        tar.file("escape/secret", "changed")
    },
    Breakout("file through a chain of links", .either) { tar, _ in
        tar.symlink("a", "b")
        tar.symlink("b", "..")
        tar.file("a/outside/secret", "changed")
    },
    Breakout("file through a link to the root above", .either) { tar, _ in
        tar.directory("d/")
        tar.symlink("d/up", "../../../..")
        tar.file("d/up/tmp/evil")
    },
    Breakout("file over a link", .contained(["link"])) { tar, base in
        tar.symlink("link", "\(base)/outside/secret")
        tar.file("link", "changed")
    },
    Breakout("directory over a link", .contained(["link"])) { tar, base in
        tar.symlink("link", "\(base)/outside")
        tar.directory("link/", mode: 0o777)
    },
    Breakout("directory over a link changes no mode behind it", .contained(["link"])) { tar, base in
        tar.symlink("link", "\(base)/outside/dir")
        tar.directory("link", mode: 0o7777)
    },
    Breakout("link over a directory with files", .contained(["d"])) { tar, base in
        tar.file("d/f")
        tar.symlink("d", "\(base)/outside")
    },
    Breakout("directory's time through a link that replaced it", .contained(["d"])) { tar, base in
        tar.directory("d/")
        tar.symlink("d", "\(base)/outside")
    },
    Breakout("link to itself", .refused) { tar, _ in
        tar.symlink("loop", "loop")
        tar.file("loop/x")
    },
    Breakout("two links in a circle", .refused) { tar, _ in
        tar.symlink("a", "b")
        tar.symlink("b", "a")
        tar.file("a/x")
    },
    Breakout("link to /proc/self/root", .either) { tar, base in
        tar.symlink("p", "/proc/self/root")
        tar.file("p\(base)/outside/secret", "changed")
    },
    Breakout("link to a magic link", .either) { tar, base in
        tar.symlink("p", "/proc/self/cwd")
        tar.file("p/evil")
    },
    Breakout("a dangling link as parent", .contained(["target/file"])) { tar, _ in
        tar.symlink("link", "target")
        tar.file("link/file")
    },
    Breakout("a dangling absolute link as parent", .contained(["var/lib/file"])) { tar, _ in
        tar.symlink("link", "/var/lib")
        tar.file("link/file")
    },
    Breakout("fifo through a link", .either) { tar, _ in
        tar.symlink("escape", "../outside")
        tar.add("6", Array("escape/pipe".utf8))
    },
    Breakout("link through a link", .either) { tar, _ in
        tar.symlink("escape", "../outside")
        tar.symlink("escape/secret", "/etc/passwd")
    },
    Breakout("directory through a link", .either) { tar, _ in
        tar.symlink("escape", "../outside")
        tar.directory("escape/dir", mode: 0o777)
    },
    Breakout("a link with an empty target", .refused) { tar, _ in tar.symlink("link", "") },
    Breakout("a link that is replaced by a directory between two files", .contained(["d/one", "d/two"])) { tar, base in
        tar.file("d/one")
        tar.file("d/two")
        tar.symlink("e", "\(base)/outside")
        tar.directory("e")
        tar.file("e/three")
    },
    Breakout("a directory that is replaced by a link between two of its files", .either) { tar, base in
        tar.file("d/one")
        tar.symlink("d", "\(base)/outside")
        tar.file("d/secret", "changed")
    },
    Breakout("a directory that becomes a file and a directory again between two of its files", .contained(["d/two"])) { tar, _ in
        tar.file("d/one")
        tar.file("d")
        tar.directory("d")
        tar.file("d/two")
    },
    Breakout("a link that replaces itself while it is the way", .either) { tar, _ in
        tar.symlink("d/s", ".")
        tar.file("d/s/s")
        tar.file("d/s/x")
    },
    Breakout("device through a link", .either, needsRoot: true) { tar, _ in
        tar.symlink("escape", "../outside")
        tar.add("3", Array("escape/null".utf8), device: (1, 3))
    },
    Breakout("owner of a link's target", .contained(["link"]), needsRoot: true) { tar, base in
        tar.add("2", Array("link".utf8), link: Array("\(base)/outside/secret".utf8), uid: 12345, gid: 12345)
    },
]

private let hardLinkBreakouts: [Breakout] = [
    Breakout("hard link to an absolute path outside", .refused) { tar, base in tar.hardLink("h", "\(base)/outside/secret") },
    Breakout("hard link with dot-dot", .refused) { tar, _ in tar.hardLink("h", "../outside/secret") },
    Breakout("hard link through a link", .refused) { tar, _ in
        tar.symlink("escape", "../outside")
        tar.hardLink("h", "escape/secret")
    },
    Breakout("hard link to a link, then written through", .contained(["h"])) { tar, base in
        tar.symlink("s", "\(base)/outside/secret")
        tar.hardLink("h", "s")
        tar.file("h", "changed")
    },
    Breakout("hard link to a link stays a link", .contained(["h", "s"])) { tar, base in
        tar.symlink("s", "\(base)/outside/secret")
        tar.hardLink("h", "s")
    },
    Breakout("hard link to nothing", .refused) { tar, _ in tar.hardLink("h", "missing") },
    Breakout("hard link to a directory", .refused) { tar, _ in
        tar.directory("d")
        tar.hardLink("h", "d")
    },
    Breakout("hard link to the root", .refused) { tar, _ in tar.hardLink("h", ".") },
    Breakout("hard link to itself", .either) { tar, _ in
        tar.file("h", "x")
        tar.hardLink("h", "h")
    },
    Breakout("hard link placed through a link", .either) { tar, _ in
        tar.file("f", "x")
        tar.symlink("escape", "../outside")
        tar.hardLink("escape/secret", "f")
    },
    Breakout("hard link with an empty target", .refused) { tar, _ in tar.hardLink("h", "") },
]

private let whiteoutBreakouts: [Breakout] = [
    Breakout("whiteout of the parent", .refused) { tar, _ in tar.file(".wh...") },
    Breakout("whiteout of the directory itself", .refused) { tar, _ in tar.file("d/.wh..") },
    Breakout("whiteout of nothing", .refused) { tar, _ in tar.file(".wh.") },
    Breakout("whiteout outside", .refused) { tar, _ in tar.file("../outside/.wh.secret") },
    Breakout("whiteout through a link", .either, needsRoot: true) { tar, _ in
        tar.symlink("escape", "../outside")
        tar.file("escape/.wh.secret")
    },
    Breakout("opaque through a link", .either, needsRoot: true) { tar, _ in
        tar.symlink("escape", "../outside")
        tar.file("escape/.wh..wh..opq")
    },
    Breakout("opaque outside", .refused) { tar, _ in tar.file("../outside/.wh..wh..opq") },
    Breakout("AUFS's own records", .contained([])) { tar, _ in
        tar.directory(".wh..wh.plnk/")
        tar.file(".wh..wh.plnk/123.456")
        tar.file(".wh..wh.aufs")
    },
]

private let overrideBreakouts: [Breakout] = [
    Breakout("pax path", .refused) { tar, _ in
        tar.pax([("path", Array("../evil".utf8))])
        tar.file("harmless")
    },
    Breakout("pax linkpath of a hard link", .refused) { tar, _ in
        tar.pax([("linkpath", Array("../outside/secret".utf8))])
        tar.hardLink("h", "harmless")
    },
    Breakout("pax path with a NUL", .refused) { tar, _ in
        tar.pax([("path", Array("a\u{0}/../../evil".utf8))])
        tar.file("harmless")
    },
    Breakout("GNU long name", .refused) { tar, _ in
        tar.add("L", Array("././@LongLink".utf8), data: Array("../evil\u{0}".utf8))
        tar.file("harmless")
    },
    Breakout("GNU long link of a hard link", .refused) { tar, _ in
        tar.add("K", Array("././@LongLink".utf8), data: Array("../outside/secret\u{0}".utf8))
        tar.hardLink("h", "harmless")
    },
    Breakout("ustar prefix", .refused) { tar, _ in
        tar.add("0", Array("evil".utf8)) { $0.replaceSubrange(345..<347, with: Array("..".utf8)) }
    },
    Breakout("pax path on a symlink that is used next", .either) { tar, _ in
        tar.pax([("path", Array("s".utf8)), ("linkpath", Array("../outside".utf8))])
        tar.symlink("harmless", "harmless")
        tar.file("s/secret", "changed")
    },
    Breakout("hdrcharset", .refused) { tar, _ in
        tar.pax([("hdrcharset", Array("BINARY".utf8)), ("path", Array("../evil".utf8))])
        tar.file("harmless")
    },
    Breakout("name of a sparse file", .refused) { tar, _ in
        tar.pax([("GNU.sparse.size", Array("5".utf8)), ("GNU.sparse.map", Array("0,0".utf8)), ("GNU.sparse.name", Array("../evil".utf8))])
        tar.file("harmless")
    },
    Breakout("sparse file over a link", .contained(["link"])) { tar, base in
        tar.symlink("link", "\(base)/outside/secret")
        tar.pax([("GNU.sparse.size", Array("9".utf8)), ("GNU.sparse.map", Array("0,9".utf8))])
        tar.file("link", "overwrite")
    },
    Breakout("sparse file through a link", .either) { tar, _ in
        tar.symlink("escape", "../outside")
        tar.pax([("GNU.sparse.size", Array("9".utf8)), ("GNU.sparse.map", Array("0,9".utf8))])
        tar.file("escape/secret", "overwrite")
    },
    Breakout("overlay's own attributes", .contained(["d"]), needsRoot: true) { tar, _ in
        tar.pax([("SCHILY.xattr.trusted.overlay.redirect", Array("/../outside".utf8))])
        tar.directory("d")
    },
]
