// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The walls: what a container sees and can do, what of the host leaks in, and that nothing stays behind.

import Foundation
import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("Isolation", .containers, .daemon)
    struct IsolationTests {
        let daemon: DaemonFixture

        init() throws { daemon = try theDaemon() }

        @Test("init and exec'd processes have their three descriptors and no other")
        func descriptors() async throws {
            let name = try await daemon.runBeside(.docker, "fds", ["-v", "/tmp:/host"])
            let pid = try await daemon.initProcess(of: name)
            #expect(try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").sorted() == ["0", "1", "2"])
            // 3 is the folder that ls reads.
            for options in [[], ["-t"]] {
                let run = try await daemon.runOnce(.docker, options: options, ["ls", "/proc/self/fd"]).expecting()
                #expect(run.out.split(whereSeparator: \.isWhitespace).map(String.init).sorted() == ["0", "1", "2", "3"])
            }
            let exec = try await daemon.docker("exec", name, "ls", "/proc/self/fd")
            #expect(exec.lines == ["0", "1", "2", "3"])
        }

        @Test("a container's processes are never the host's program", .enabled(if: Programs.reference == nil))
        func executable() async throws {
            let before = try await CommandLine.run("sha256sum", [Programs.shim]).expecting().out
            // Writes to whatever a new process of this pid namespace is, as fast as it can, while execs come in.
            let script = "while :; do for p in /proc/[0-9]*/exe; do (echo x > $p) 2>/dev/null; (echo x >> $p) 2>/dev/null; done; done"
            let name = try await daemon.runBeside(.docker, "exe", [], script)
            for _ in 0..<20 { try await daemon.docker("exec", name, "true") }
            for command in [["/proc/self/exe"], ["/proc/self/exe", "--help"], ["/proc/1/exe", "true"]] {
                _ = try await daemon.run(.docker, ["exec", name] + command, deadline: .seconds(20))
                _ = try await daemon.runOnce(.docker, command)
            }
            #expect(try await CommandLine.run("sha256sum", [Programs.shim]).expecting().out == before)
            let pid = try await daemon.initProcess(of: name)
            let status = try FileManager.default.attributesOfItem(atPath: "/proc/\(pid)/root/bin/busybox")
            #expect(status[.size] as? Int ?? 0 > 0)
        }

        @Test("namespaces of its own, but the host's cgroup namespace where Docker has it")
        func namespaces() async throws {
            let name = try await daemon.runBeside(.docker, "ns")
            let pid = try await daemon.initProcess(of: name)
            func namespace(_ kind: String, _ process: String) throws -> String {
                try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/ns/\(kind)")
            }
            for kind in ["mnt", "pid", "net", "ipc", "uts"] {
                #expect(try namespace(kind, "\(pid)") != namespace(kind, "self"), "\(kind)")
            }
            let mode = try await daemon.inspect(name)["HostConfig"]?["CgroupnsMode"]?.string
            #expect(try (namespace("cgroup", "\(pid)") == namespace("cgroup", "self")) == (mode == "host"))
            let inside = try await daemon.docker("exec", name, "sh", "-c", "ls -d /proc/[0-9]*").lines
            #expect(inside.contains("/proc/1") && inside.count <= 4, "\(inside)")
        }

        @Test("init and execs stand under the system call filter, unless they are told otherwise")
        func systemCalls() async throws {
            let mode = "grep -E '^Seccomp:' /proc/self/status"
            #expect(try await daemon.shell(.docker, [], mode).hasSuffix("2"))
            #expect(try await daemon.shell(.docker, ["--security-opt", "seccomp=unconfined"], mode).hasSuffix("0"))
            #expect(try await daemon.shell(.docker, ["--privileged"], mode).hasSuffix("0"))
            #expect(try await daemon.shell(.docker, ["--security-opt", "no-new-privileges"], mode).hasSuffix("2"))
            let name = try await daemon.runBeside(.docker, "filtered")
            #expect(try await daemon.docker("exec", name, "sh", "-c", mode).out.hasSuffix("2"))
            // A namespace of one's own needs CAP_SYS_ADMIN: the filter says no before the kernel is asked.
            let unshare = try await daemon.run(.docker, ["exec", name, "busybox", "unshare", "-U", "true"])
            #expect(unshare.exitCode != 0 && unshare.err.contains("Operation not permitted"), "\(unshare.err)")
        }

        @Test("the default capabilities, nothing inheritable")
        func capabilities() async throws {
            let status = try await daemon.shell(.docker, [], "grep -E '^Cap' /proc/self/status")
            let sets = Dictionary(
                uniqueKeysWithValues: status.split(separator: "\n").map { line in
                    let words = line.split { " \t:".contains($0) }
                    return (String(words[0]), String(words[1]))
                })
            #expect(sets["CapEff"] == "00000000a80425fb")
            #expect(sets["CapBnd"] == "00000000a80425fb")
            #expect(sets["CapAmb"] == "0000000000000000")
            // Docker 20.10 had them inheritable, which was CVE-2022-24769.
            if Programs.reference == nil { #expect(sets["CapInh"] == "0000000000000000") }
            #expect(try await daemon.shell(.docker, ["-u", "1000"], "grep CapEff /proc/self/status").hasSuffix("\t0000000000000000"))
        }

        @Test("masked and read-only paths")
        func masked() async throws {
            let script = """
                for f in /proc/kcore /proc/keys /proc/timer_list /proc/sched_debug; do [ -e $f ] && [ -s $f ] && head -c 1 $f | grep -q . && echo readable $f; done
                for f in /proc/sys/kernel/hostname /proc/sysrq-trigger /proc/irq/x /sys/x; do (echo x > $f) 2>/dev/null && echo writable $f; done
                [ -z "$(ls /sys/firmware 2>/dev/null)" ] || echo firmware
                grep -E ' (/proc/bus|/proc/sys|/sys) ' /proc/mounts | grep -vc '[ ,]ro,'
                """
            #expect(try await daemon.shell(.docker, [], script + "; true") == "0")
        }

        @Test("devices: the usual ones, a console at a terminal, 64 MB of shm")
        func devices() async throws {
            let script =
                "for d in null zero full random urandom tty; do [ -c /dev/$d ] || echo no $d; done; ls -l /dev/ptmx /dev/fd | grep -c -- '->'"
            #expect(try await daemon.shell(.docker, [], script) == "2")
            #expect(
                try await daemon.shell(
                    .docker, [], "head -c 4 /dev/zero | od -An -c; echo x > /dev/null; df -k /dev/shm | awk 'NR==2 {print $2}'"
                ).hasSuffix("65536"))
            #expect(try await daemon.shell(.docker, ["-t"], "[ -c /dev/console ] && tty").contains("/dev/"))
            let other = try await daemon.runOnce(.docker, ["sh", "-c", "mknod /dev/host b 8 0; cat /dev/host"])
            #expect(other.exitCode != 0)
        }

        @Test("its own cgroups, read-only")
        func cgroups() async throws {
            let result = try await daemon.shell(
                .docker, ["--pids-limit", "100"],
                "mkdir /sys/fs/cgroup/pids/x /sys/fs/cgroup/x 2>/dev/null && echo made; cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max 2>/dev/null; true"
            )
            #expect(result == "100")
        }

        @Test("the root is private: a mount inside is not seen outside, and pivot_root left no way back")
        func mounts() async throws {
            let name = try await daemon.runBeside(.docker, "mounts")
            let list = try await daemon.docker("exec", name, "cat", "/proc/mounts").lines
            #expect(list.first?.contains(" / ") == true)
            #expect(
                !list.contains {
                    $0.contains(daemon.root) && !$0.contains("lowerdir") && !$0.hasPrefix("overlay / ") && !$0.contains(" /etc/")
                })
            #expect(try await daemon.docker("exec", name, "ls", "/..").lines == daemon.docker("exec", name, "ls", "/").lines)
        }

        @Test("nothing is left of containers that are removed", .enabled(if: Programs.reference == nil))
        func leftovers() async throws {
            let before = Leftovers.mounts().count
            let names = try await [
                daemon.runBeside(), daemon.runBeside(.docker, "tty", ["-it"]),
                daemon.runBeside(.docker, "bind", ["-v", "/tmp:/x", "--tmpfs", "/y"]),
            ]
            for name in names { try await daemon.docker("exec", name, "true") }
            let processes = try await names.asyncMap { try await daemon.initProcess(of: $0) }
            let namespaces = try processes.map { try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\($0)/ns/net") }
            #expect(!daemon.leftovers().isEmpty)
            for container in try await daemon.docker("ps", "-aq").lines { try await daemon.docker("rm", "-f", container) }
            try await eventually("everything is gone") { daemon.leftovers().isEmpty }
            #expect(Leftovers.mounts().count <= before)
            for namespace in namespaces { #expect(!Leftovers.networkNamespaces().contains(namespace)) }
            for folder in ["\(daemon.root)/containers", "\(daemon.execRoot)/containers"] where Programs.reference == nil {
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [], "\(folder)")
            }
        }
    }
}

extension Array {
    /// `map` with an async transform, one after the other.
    fileprivate func asyncMap<T>(_ transform: (Element) async throws -> T) async rethrows -> [T] {
        var result: [T] = []
        for element in self { result.append(try await transform(element)) }
        return result
    }
}
