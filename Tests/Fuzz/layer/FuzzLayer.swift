// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Unpacking hostile layers into a private root: the input is a list of entries whose names and targets are made of the
// pieces that lead astray. Whatever is refused or made, nothing beside the root may change, and the root can be emptied.

import Glibc
import WharfArchive
import WharfLinux

/// The root to unpack into, and the folder beside it that nothing may touch. Made once for the process, in a file system
/// that is attached nowhere and goes with it.
private final class Ground: @unchecked Sendable {
    let root: Descriptor
    let top: Descriptor
    private let before: (FileStatus, FileStatus, FileStatus)

    init() throws(SyscallError) {
        let mount = try MountFD.create(type: "tmpfs", parameters: [.string("size", Array("64m".utf8))])
        top = try openBeneath(mount.descriptor, ".", [.read, .directory])
        let files = RootFD(top)
        try files.mkdir("root", permissions: 0o755)
        try files.mkdir("outside", permissions: 0o755)
        try files.create("outside/secret", permissions: 0o600).writeAll(Array("untouched".utf8))
        root = try openBeneath(top, "root", [.read, .directory])
        before = try Ground.state(top)
    }

    private static func state(_ top: Descriptor) throws(SyscallError) -> (FileStatus, FileStatus, FileStatus) {
        let root = RootFD(top)
        return (try root.status("."), try root.status("outside"), try root.status("outside/secret"))
    }

    func check() {
        do throws(SyscallError) {
            let after = try Ground.state(top)
            expect(after == before, "something beside the root changed: \(after)")
            expect(try RootFD(top).readAll("outside/secret", limit: 100).elementsEqual("untouched".utf8), "the secret was written")
            try removeContents(of: root)
            expect(try root.directoryEntries().isEmpty, "the root can't be emptied")
        } catch {
            expect(false, "\(error)")
        }
    }
}

private let ground: Ground? = try? Ground()  // without the right to mount there is nothing to try: every run ends at once

private let components: [[UInt8]] =
    ["a", "b", "c", "..", ".", "", "root", "outside", "secret", ".wh.a", ".wh.b", ".wh..wh..opq", ".wh..", ".wh."]
    .map { Array($0.utf8) } + [[0xFF], [0xCC, 0x81], Array("a\u{301}".utf8), [UInt8](repeating: 0x61, count: 300)]

extension FuzzInput {
    fileprivate mutating func path() -> [UInt8] {
        var path: [UInt8] = number(below: 4) == 0 ? [0x2F] : []
        for index in 0...number(below: 4) {
            if index > 0 { path.append(0x2F) }
            path += components[number(below: components.count)]
        }
        return path
    }

    fileprivate mutating func entry() -> (TarEntry, [UInt8]) {
        let kinds: [TarEntry.Kind] = [
            .file, .directory, .symlink, .hardLink, .fifo, .characterDevice(major: 1, minor: 3), .characterDevice(major: 0, minor: 0),
            .file,
            .directory, .symlink,
        ]
        var entry = TarEntry(path(), kind: kinds[number(below: kinds.count)], permissions: UInt32(number(below: 256)) << 4)
        if entry.kind == .symlink || entry.kind == .hardLink { entry.linkName = path() }
        let choice = number(below: 8)
        if choice == 0 { entry.uid = UInt32(byte()) }
        if choice == 1 { entry.gid = UInt32(byte()) }
        if choice == 2 {
            let names = ["trusted.overlay.redirect", "trusted.overlay.opaque", "user.a", "system.posix_acl_default", "security.capability"]
            entry.attributes = [.init(name: Array(names[number(below: names.count)].utf8), value: [byte(), byte()])]
        }
        entry.modifiedSeconds = Int64(byte()) - 128
        return (entry, entry.kind == .file ? [UInt8](repeating: byte(), count: number(below: 64)) : [])
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzLayer(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    guard let ground else { return 0 }
    var input = FuzzInput(data, size)
    let sink = ArraySink()
    let form: WhiteoutForm = input.number(below: 4) == 0 ? .literal : .overlay
    do throws(ArchiveError) {
        let writer = TarWriter(sink)
        for _ in 0..<24 where !input.isEmpty {
            let (entry, data) = input.entry()
            try writer.append(entry, data: data)
        }
        try writer.finish()
    } catch {
        expect(false, "the archive can't be written: \(error)")
    }
    do throws(ArchiveError) {
        let summary = try Extractor(ground.root, whiteouts: form).extract(TarReader(ArraySource(sink.bytes)))
        expect(summary.entries <= 24, "\(summary.entries) entries")
        try inheritAttributes(summary.impliedDirectories, of: ground.root, from: [ground.top])
        if form == .overlay { _ = try? DiffWriter(ground.root, to: ArraySink()).write() }  // a device that an image brings may be refused
    } catch {
        expect(!error.description.isEmpty && error.description.utf8.count < 8192, "an error of \(error.description.utf8.count) bytes")
    }
    ground.check()
    return 0
}
