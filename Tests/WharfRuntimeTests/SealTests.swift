// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// RT-01: what a container sees as /proc/PID/exe of the runtime's processes is a sealed handle, and the host's file is never
// written, whoever tries.

import Foundation
import Glibc
import Testing
import WharfJSON
import WharfLinux
import WharfOCI
import WharfRuntime
import WharfTestKit

@Suite("Sealed program", .serialized, .enabled(if: BundleFixture.canRun))
struct SealTests {
    /// The bytes of the program under test.
    private func program() throws -> [UInt8] { try HostPath(try #require(BundleFixture.program)).read(limit: 1 << 30) }

    @Test("RT-01: the executable of a created container's first process can't be opened for writing, and is not the host's file")
    func created() async throws {
        try await CommandFixture.with { fixture in
            let before = try program()
            try await fixture.create()
            let pid = try #require(try await fixture.state()["pid"]?.int)
            let path = HostPath("/proc/\(pid)/exe")
            #expect(throws: SyscallError.self) { try path.open(.write) }
            do { _ = try path.open(.write) } catch let error as SyscallError {
                #expect([EROFS, ETXTBSY, EPERM, EACCES].contains(error.errno))
            }
            let host = try HostPath(try #require(BundleFixture.program)).status()
            #expect(try !path.status().isSameFile(as: host))
            #expect(try program() == before)
        }
    }

    @Test("RT-01: a container that starts the runtime's own file again and again changes nothing of it")
    func interpreter() async throws {
        // The script's interpreter is the program that was running before: the runtime.
        try await CommandFixture.with("") { fixture in
            var spec = fixture.bundle.spec
            let script = try fixture.bundle.root.create("entry", permissions: 0o755)
            try script.writeAll(Array("#!/proc/self/exe\n".utf8))
            try script.setPermissions(0o755)
            spec.process.args = ["/entry"]
            try fixture.write(spec)
            let before = try program()
            for _ in 0..<20 {
                try await fixture.call("create", "--bundle", fixture.bundle.temporary.path, fixture.id).expecting(0)
                let pid = try #require(try await fixture.state()["pid"]?.int)
                let started = try await fixture.call("start", fixture.id)
                // Whatever it is by now: a file of the host that could be written must not be among it.
                if let file = try? HostPath("/proc/\(pid)/exe").open(.write) {
                    let host = try HostPath(try #require(BundleFixture.program)).status()
                    #expect(try !file.status().isSameFile(as: host), "\(started)")
                }
                try await fixture.call("delete", "--force", fixture.id).expecting(0)
            }
            #expect(try program() == before)
        }
    }

    @Test("a program in the container can't write to the exec'd runtime through /proc")
    func execRace() async throws {
        // Waits for a process that is not its own and tries to write its executable, until told to end.
        let watcher = """
            while :; do for exe in /proc/[0-9]*/exe; do
              case "$exe" in /proc/1/exe|/proc/$$/exe) ;; *) (echo broken >> "$exe") 2>/dev/null;; esac
            done; done
            """
        try await CommandFixture.with(watcher) { fixture in
            try await fixture.create()
            try await fixture.call("start", fixture.id).expecting(0)
            let before = try program()
            for _ in 0..<20 { _ = try await fixture.call("exec", fixture.id, "true") }
            #expect(try program() == before)
        }
    }

    // MARK: The commands themselves, which run as root beside what a container's processes can see

    /// A command that stays: `run` and `exec` as long as their program runs, `create` as long as its hook does.
    @Test("RT-01: the program of a command that makes a process can be written to on no way", arguments: ["run", "exec", "create"])
    func ofCommand(verb: String) async throws {
        try await CommandFixture.with("echo ready; exec sleep 1000") { fixture in
            let folder = fixture.bundle.temporary.path
            let before = try program()
            var words = [try #require(BundleFixture.program), "--root", fixture.root, verb]
            switch verb {
            case "exec":
                try await fixture.create()
                try await fixture.call("start", fixture.id).expecting(0)
                words += [fixture.id, "sh", "-c", "echo ready; exec sleep 1000"]
            case "create":
                var spec = fixture.bundle.spec
                spec.hooks = .init(createRuntime: [
                    .init(path: "/bin/sh", args: ["sh", "-c", "echo >\(folder)/hooked; exec sleep 1000"], env: ["PATH=/usr/bin:/bin"])
                ])
                try fixture.write(spec)
                words += ["--bundle", folder, fixture.id]
            default: words += ["--bundle", folder, fixture.id]
            }
            let command = try ChildProcess(words, streams: .pipes)
            if verb == "create" {
                try await eventually("the hook runs") { try (fixture.bundle.bundle / "hooked").exists() }
            } else {
                try await command.output.wait(for: "ready")
            }
            let handle = try HostPath("/proc/\(command.pid)/exe").open(.handle)
            let plain = try HostPath(try #require(BundleFixture.program)).open(.handle)
            #expect(try mountID(handle) != mountID(plain), "it runs from the host's own mount")
            // While it runs the kernel refuses any write (ETXTBSY), so only what is left behind its end counts for the handle.
            for way in try ways(to: command.pid) { #expect(refuses(way), "\(verb): \(way)") }
            command.signal(SIGKILL)
            try await command.wait()
            _ = try await fixture.call("delete", "--force", fixture.id)
            let left = "/proc/self/fd/\(handle.raw)"
            #expect(refuses(left), "\(verb): the handle can be written to once nobody runs it")
            // To what it is already: a hole must show, and not cost the program.
            #expect(truncate(left, before.count) != 0 && errno == EROFS)
            #expect(chmod(left, 0o755) != 0 && errno == EROFS)
            #expect(try program() == before)
            // The same ways are open to the plain file, or nothing was shown.
            let copy = fixture.bundle.bundle / "copy"
            try copy.writeAtomically([0], durable: false)
            let own = try copy.open(.handle)
            #expect(!refuses("/proc/self/fd/\(own.raw)"))
        }
    }

    /// Every name under which the kernel shows a process's program: exe, also of its threads, its descriptors, its mappings.
    private func ways(to pid: pid_t) throws -> [String] {
        let programs = try [HostPath("/proc/\(pid)/exe").status(), HostPath(try #require(BundleFixture.program)).status()]
        var ways = ["/proc/\(pid)/exe", "/proc/\(pid)/task/\(pid)/exe"]
        for folder in ["/proc/\(pid)/fd", "/proc/\(pid)/map_files"] {
            for entry in try HostPath(folder).entries() {
                let path = "\(folder)/\(String(decoding: entry.name, as: UTF8.self))"
                // A descriptor may be closed meanwhile.
                guard let status = try? HostPath(path).status(), programs.contains(where: { status.isSameFile(as: $0) }) else { continue }
                ways.append(path)
            }
        }
        return ways
    }

    private func refuses(_ path: String) -> Bool {
        for flags in [O_WRONLY, O_RDWR, O_WRONLY | O_APPEND] {
            let descriptor = open(path, flags | O_CLOEXEC)
            if descriptor >= 0 {
                close(descriptor)
                return false
            }
        }
        return true
    }

    /// The mount that a descriptor was opened through.
    private func mountID(_ file: Descriptor) throws -> String? {
        let text = String(decoding: try HostPath("/proc/self/fdinfo/\(file.raw)").read(limit: 4096), as: UTF8.self)
        return text.split(separator: "\n").first { $0.hasPrefix("mnt_id:") }.map(String.init)
    }
}
