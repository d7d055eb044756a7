// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// P2 to P5: detached mounts, a private procfs, verified inodes, sealed programs. Nothing is attached anywhere, so the
// host does not change.

import Glibc
import Testing
@testable import WharfLinux
import WharfTestKit

@Suite("Mounts", .enabled(if: geteuid() == 0))
struct MountTests {
    @Test("a detached tmpfs is writable until its attributes say no")
    func attributes() throws {
        let mount = try MountFD.create(type: "tmpfs", source: "wharf-test", parameters: [.string("mode", Array("750".utf8))])
        let root = RootFD(mount.descriptor)
        #expect(try root.status("/").permissions == 0o750)
        try root.create("file", permissions: 0o600).writeAll([1])
        try mount.change(set: .readOnly)
        #expect(throws: SyscallError.self) { try root.create("other", permissions: 0o600) }
        try mount.change(clear: .readOnly)
        _ = try root.create("other", permissions: 0o600)
    }

    @Test("the kernel's words are in the error")
    func messages() throws {
        let error = try #require(throws: SyscallError.self) {
            try MountFD.create(type: "tmpfs", parameters: [.string("size", Array("much".utf8))])
        }
        #expect(error.path == "tmpfs size")
        #expect(throws: SyscallError("fsopen", "nosuchfs", errno: ENODEV)) { try MountFD.create(type: "nosuchfs") }
    }

    @Test("an overlay of three layers, without a path anywhere")
    func overlay() throws {
        let temporary = try TemporaryDirectory("overlay")
        let base = HostPath(temporary.path)
        var lowers: [Descriptor] = []
        for name in ["top", "middle", "bottom", "upper", "work"] {
            try (base / name).mkdir()
            try (base / name / "name").writeAtomically(Array(name.utf8), durable: false)
            if name == "upper" || name == "work" {
                try (base / name / "name").unlink()
            } else {
                lowers.append(try (base / name).open([.handle, .directory]))
            }
        }
        let (upper, work) = (try (base / "upper").open([.handle, .directory]), try (base / "work").open([.handle, .directory]))
        let root = RootFD(try OverlayMount.make(lowers: lowers, upper: upper, work: work))
        #expect(try root.readAll("name", limit: 100) == Array("top".utf8))
        try root.create("new", permissions: 0o600).writeAll([1])
        #expect(try (base / "upper/new").exists())
        let readOnly = RootFD(try OverlayMount.make(lowers: lowers, upper: nil, work: nil))
        #expect(throws: SyscallError.self) { try readOnly.create("new", permissions: 0o600) }
        let single = RootFD(try OverlayMount.make(lowers: [lowers[1]], upper: nil, work: nil))
        #expect(try single.readAll("name", limit: 100) == Array("middle".utf8))
        #expect(throws: SyscallError.self) { try single.create("new", permissions: 0o600) }
        // A mount of an upper directory holds it, so the tree can only go when these are gone.
    }

    @Test("an overlay of 127 layers and an upper directory, by either interface", arguments: [OverlayMount.Interface.parameters, .call])
    func manyLayers(_ interface: OverlayMount.Interface) throws {
        let temporary = try TemporaryDirectory("layers")
        let base = HostPath(temporary.path)
        var lowers: [Descriptor] = []
        for index in 0..<127 {
            let layer = base / "\(index)"
            try (layer / "d").mkdir()
            try (layer / "top").writeAtomically(Array("\(index)".utf8), durable: false)
            try (layer / "d/\(index)").writeAtomically([], durable: false)
            lowers.append(try layer.open([.handle, .directory]))
        }
        try (base / "upper").mkdir()
        try (base / "work").mkdir()
        let (upper, work) = (try (base / "upper").open([.handle, .directory]), try (base / "work").open([.handle, .directory]))
        do {
            let root = RootFD(try OverlayMount.make(lowers: lowers, upper: upper, work: work, by: interface))
            #expect(try root.readAll("top", limit: 100) == Array("0".utf8))
            #expect(try root.open("d", [.read, .directory]).directoryEntries().count == 127)
            try root.create("new", permissions: 0o600).writeAll([1])
            #expect(try (base / "upper/new").exists())
            let readOnly = RootFD(try OverlayMount.make(lowers: lowers, upper: nil, work: nil, by: interface))
            #expect(try readOnly.open("d", [.read, .directory]).directoryEntries().count == 127)
            #expect(throws: SyscallError.self) { try readOnly.create("new", permissions: 0o600) }
            // It can be attached like any other, here in a namespace that goes with its thread.
            let place = try (base / "0").open([.handle, .directory])
            let failure = Failure()
            try JoinableThread("attach") {
                do {
                    try Namespaces.unshare(.mount)
                    try MountFD(try HostPath("/").open([.handle, .directory])).change(propagation: .private, recursive: true)
                    // The place was opened in the other namespace; its twin in this one has the same path.
                    try MountFD(root.directory).attach(to: (base / "0").open([.handle, .directory]))
                    _ = try (base / "0/d/126").status()
                } catch {
                    failure.error = error
                }
            }.join()
            #expect(failure.error == nil)
            #expect(throws: SyscallError.self) { try RootFD(place).status("d/126") }
        }
        // Nothing of it was ever in this namespace.
        let mounts = String(decoding: try HostPath("/proc/self/mountinfo").read(limit: 1 << 22), as: UTF8.self)
        #expect(!mounts.contains("wharf-overlay"))
    }

    /// Written by a thread that was joined before it is read.
    private final class Failure: @unchecked Sendable { var error: (any Error)? }

    @Test("more layers than an old kernel can be told about are refused by their number")
    func tooManyLayers() throws {
        let temporary = try TemporaryDirectory("layers")
        let layer = try HostPath(temporary.path).open([.handle, .directory])
        let error = #expect(throws: SyscallError.self) {
            try OverlayMount.make(lowers: Array(repeating: layer, count: 400), upper: nil, work: nil, by: .call)
        }
        #expect(error?.errno == E2BIG && error?.path?.contains("400 layers") == true)
    }

    @Test("a private procfs shows this process and nothing by a link")
    func proc() throws {
        let proc = try ProcFD()
        #expect(try proc.openSelf("status").readAll(limit: 1 << 16).starts(with: "Name:".utf8))
        for path in ["self/status", "\(getpid())/root/etc/passwd", "\(getpid())/cwd", "../etc/passwd", "sys/kernel/hostname"] {
            #expect(throws: SyscallError.self) { try proc.open(path) }
        }
        let full = try ProcFD(processesOnly: false)
        #expect(try !full.open("sys/kernel/hostname").readAll(limit: 100).isEmpty)
        #expect(throws: SyscallError("openat2", "a=1+b=2", errno: EINVAL)) { try full.writeParameter("a=1+b=2", "1") }
    }

    @Test("inodes that are what they claim")
    func inodes() throws {
        try verifyInode(try HostPath("/dev/null").open(.handle), is: .null)
        try verifyInode(try HostPath("/proc").open(.handle), is: .procRoot)
        for path in ["/dev/zero", "/proc/version", "/etc/passwd", "/proc", "/dev/ptmx"] {
            let descriptor = try HostPath(path).open(.handle)
            #expect(throws: SyscallError("verify", "null device", errno: ENXIO)) { try verifyInode(descriptor, is: .null) }
        }
        #expect(throws: SyscallError("verify", "procfs", errno: ENXIO)) {
            try verifyInode(try HostPath("/proc/self/").open(.handle), is: .procRoot)
        }
    }

    @Test("a sealed program can be run and not be changed")
    func sealed() throws {
        let temporary = try TemporaryDirectory("sealed")
        let path = HostPath(temporary.path) / "program"
        try path.writeAtomically(try HostPath("/bin/true").read(limit: 1 << 22), permissions: 0o755, durable: false)
        let before = try path.read(limit: 1 << 22)
        let sealed = try SealedExecutable(path)
        #expect(sealed.method == .overlay)
        for descriptor in [sealed.descriptor, try SealedExecutable.inMemory(path)] {
            let name = HostPath("/proc/self/fd/\(descriptor.raw)")
            for flags in [OpenFlags.write, .readWrite, [.write, .truncate]] {
                // Read-only file system, or sealed: opened perhaps, but never written.
                #expect(throws: SyscallError.self) { try name.open(flags).writeAll([0]) }
            }
            #expect(throws: SyscallError.self) { try descriptor.writeAll([0]) }
            let run = try spawn(descriptor, arguments: ["true"], descriptors: [nil, nil, nil])
            #expect(try PidFD(run.pidfd).wait() == .exited(code: 0))
        }
        #expect(try path.read(limit: 1 << 22) == before)
    }
}
