// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Trusted paths, atomic writes, names, processes and the clocks.

import Glibc
import Testing
import WharfLinux
import WharfTestKit

@Suite("HostPath")
struct HostPathTests {
    let temporary: TemporaryDirectory
    let host: HostPath

    init() throws {
        temporary = try TemporaryDirectory("hostpath")
        host = HostPath(temporary.path)
    }

    @Test("parents and names", arguments: [("/a/b", "/a", "b"), ("/a", "/", "a"), ("/a/b/", "/a", "b"), ("a", ".", "a"), ("/", "/", "")])
    func parents(path: String, parent: String, name: String) {
        #expect(HostPath(path).parent == HostPath(parent))
        #expect(HostPath(path).name == Array(name.utf8))
    }

    @Test("an atomic write replaces, sets the mode and leaves nothing beside it")
    func atomicWrite() throws {
        let file = host / "record"
        for (bytes, durable) in [([UInt8](repeating: 1, count: 100_000), true), ([2], false)] {
            try file.writeAtomically(bytes, permissions: 0o640, durable: durable)
            #expect(try file.read(limit: 1 << 20) == bytes)
            #expect(try file.status().permissions == 0o640)
        }
        #expect(try host.entries().map(\.name) == [Array("record".utf8)])
        #expect(throws: SyscallError.self) { try (host / "no" / "record").writeAtomically([1]) }
    }

    @Test("directories are made with their parents, and once")
    func directories() throws {
        try (host / "a/b/c").mkdir(permissions: 0o700)
        try (host / "a/b/c").mkdir(permissions: 0o755)
        #expect(try (host / "a/b/c").status().permissions == 0o700)
        try (host / "file").writeAtomically([], durable: false)
        #expect(throws: SyscallError("mkdirat", "\(host)/file", errno: ENOTDIR)) { try (host / "file").mkdir() }
        #expect(try !(host / "file/x").exists())
        try (host / "a").removeTree()
        #expect(try !(host / "a").exists())
        try (host / "a").removeTree()
    }

    @Test("a lock has one holder")
    func lock() throws {
        let first = try (host / "lock").open([.readWrite, .create], permissions: 0o600)
        let second = try (host / "lock").open(.readWrite)
        #expect(try first.tryLock())
        #expect(try !second.tryLock())
        first.close()
        #expect(try second.tryLock())
    }
}

@Suite("Names")
struct NameGrammarTests {
    @Test("container names", arguments: ["a", "web_1", "A.b-c+d", "0f3c", String(repeating: "x", count: 255)])
    func goodNames(name: String) { #expect(NameGrammar.isContainerName(name)) }

    @Test(
        "what is no container name",
        arguments: [
            "", ".", "..", "-a", "_a", "a/b", "a b", "a\n", "a\r\n", "a\u{301}", "é", "a\u{200d}", "a\0",
            String(repeating: "x", count: 256),
        ])
    func badNames(name: String) { #expect(!NameGrammar.isContainerName(name)) }

    @Test(
        "cgroup paths are absolute and can't climb",
        arguments: ["wharf/x", "/", "", "/a/../b", "/a//b", "/a/.", "/a b", "/a\n", "/../a", "/a/"])
    func badCgroupPaths(path: String) { #expect(!NameGrammar.isCgroupPath(path)) }

    @Test("a cgroup path")
    func goodCgroupPath() { #expect(NameGrammar.isCgroupPath("/wharf/0f3c.scope")) }

    @Test(
        "kernel parameters hold no second one",
        arguments: [
            "a=1+kernel.core_pattern=|x", "net..ipv4", "net/../kernel", "", ".", "net.", "../kernel.core_pattern", "net.ipv4 x",
            "net.\u{301}",
        ])
    func badParameters(key: String) { #expect(NameGrammar.kernelParameter(key) == nil) }

    @Test("kernel parameters", arguments: ["net.ipv4.ip_forward", "net/ipv4/conf/eth0.1/forwarding", "kernel.shm_rmid_forced"])
    func goodParameters(key: String) { #expect(NameGrammar.kernelParameter(key) != nil) }

    @Test("the first separator of a kernel parameter decides")
    func separators() {
        for key in ["net.ipv4.conf.eno2/100.rp_filter", "net/ipv4/conf/eno2.100/rp_filter"] {
            #expect(NameGrammar.kernelParameter(key) == ["net", "ipv4", "conf", "eno2.100", "rp_filter"])
        }
    }
}

@Suite("Processes")
struct PidFDTests {
    private func start(_ script: String) throws -> SpawnedProcess {
        let null = try HostPath("/dev/null").open(.readWrite)
        return try spawn(try HostPath("/bin/sh").open(.handle), arguments: ["sh", "-c", script], descriptors: [null, null, null])
    }

    @Test("a code and a signal come back as they were")
    func exits() throws {
        let code = try start("exit 7")
        #expect(try PidFD(code.pidfd).wait() == .exited(code: 7))
        let killed = try start("read x < /dev/zero; sleep 100")
        let process = PidFD(killed.pidfd)
        #expect(try process.waitNow() == nil)
        try process.send(SIGKILL)
        #expect(try process.waitForEnd(timeout: .seconds(10)))
        let exit = try process.wait()
        #expect(exit == .signaled(signal: SIGKILL))
        #expect(exit.code == 137)
    }

    @Test("a process that does not exist can't be opened")
    func missing() { #expect(throws: SyscallError("pidfd_open", "99999999", errno: ESRCH)) { try PidFD.open(99_999_999) } }

    @Test("waiting ends at its time")
    func timeout() throws {
        let start = KernelClock.monotonic()
        let (reader, _) = try UnixSocket.pair()
        _ = reader
        let process = try PidFD.open(getpid())
        #expect(try !process.waitForEnd(timeout: .milliseconds(30)))
        #expect(KernelClock.monotonic() - start >= .milliseconds(29))
    }
}
