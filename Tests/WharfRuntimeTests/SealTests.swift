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
}
