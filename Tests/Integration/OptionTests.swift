// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What `run`'s flags and the image's configuration do to the process, seen from inside the container.

import Foundation
import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("Options", .containers, .daemon)
    struct OptionTests {
        let daemon: DaemonFixture

        init() throws { daemon = try theDaemon() }

        @Test("-u takes ids and names of the image's passwd and group", arguments: Client.tested)
        func user(client: Client) async throws {
            func id(_ user: String) async throws -> String { try await daemon.shell(client, ["-u", user], "id -u; id -g; id -G") }
            #expect(try await id("1234") == "1234\n0\n0")
            #expect(try await id("1234:77") == "1234\n77\n77")
            #expect(try await id("sailor") == "1000\n1000\n1000 2000")
            #expect(try await id("sailor:dock") == "1000\n2000\n2000")
            let unknown = try await daemon.runOnce(client, options: ["-u", "nobody-here"], ["true"])
            #expect(unknown.exitCode == 125 || unknown.exitCode == 126)
            #expect(unknown.err.contains("nobody-here"))
        }

        @Test("-e, -w, -h and --entrypoint", arguments: Client.tested)
        func basics(client: Client) async throws {
            #expect(
                try await daemon.shell(client, ["-e", "A=b c", "-e", "B="], "echo \"$A|$B|$HOME|$PATH\"")
                    == "b c||/root|/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            #expect(try await daemon.shell(client, ["-w", "/var/work"], "pwd") == "/var/work")
            #expect(try await daemon.shell(client, ["-h", "ship"], "hostname; cat /etc/hostname") == "ship\nship")
            #expect(try await daemon.runOnce(client, options: ["--entrypoint", "echo"], ["a", "b"]).out == "a b")
        }

        @Test("the hostname is the short id by default, and /etc/hosts names it", arguments: Client.tested)
        func hostname(client: Client) async throws {
            let name = try await daemon.runBeside(client, "host")
            let id = try await daemon.inspect(name)["Id"]?.string ?? ""
            let inside = try await daemon.run(
                client, ["exec", name, "sh", "-c", "hostname; cat /etc/hosts; cat /etc/resolv.conf >/dev/null && echo ok"])
            #expect(inside.lines.first == String(id.prefix(12)))
            #expect(inside.out.contains("localhost"))
            #expect(inside.lines.last == "ok")
        }

        @Test("labels are kept and filter the list", arguments: Client.tested)
        func labels(client: Client) async throws {
            let name = try await daemon.runBeside(client, "label", ["-l", "fleet=\(client)", "-l", "plain"])
            let labels = try await daemon.inspect(name)["Config"]?["Labels"]
            #expect(labels?["fleet"]?.string == client.rawValue)
            #expect(labels?["plain"]?.string == "")
            let found = try await daemon.run(client, ["ps", "--filter", "label=fleet=\(client)", "--format", "{{.Names}}"]).expecting()
            #expect(found.lines == [name])
            #expect(try await daemon.run(client, ["ps", "-q", "--filter", "label=fleet=south"]).out == "")
        }

        @Test("-v binds a host folder, :ro makes it read-only", arguments: Client.tested)
        func binds(client: Client) async throws {
            let folder = try TemporaryDirectory("bind")
            try folder.write("in", Array("from the host\n".utf8))
            let out = try await daemon.shell(client, ["-v", "\(folder.path):/data"], "cat /data/in; echo back > /data/out")
            #expect(out == "from the host")
            #expect(try String(contentsOfFile: folder.path("out"), encoding: .utf8) == "back\n")
            let readOnly = try await daemon.runOnce(
                client, options: ["-v", "\(folder.path):/data:ro"], ["sh", "-c", "cat /data/in; echo x > /data/no"])
            #expect(readOnly.exitCode == 1)
            #expect(readOnly.out == "from the host")
            #expect(readOnly.err.contains("Read-only file system"))
            #expect(!FileManager.default.fileExists(atPath: folder.path("no")))
        }

        @Test("a bind of a file", arguments: Client.tested)
        func bindFile(client: Client) async throws {
            let folder = try TemporaryDirectory("bind")
            let file = try folder.write("motd", Array("aye\n".utf8))
            #expect(try await daemon.shell(client, ["-v", "\(file):/etc/motd:ro"], "cat /etc/motd") == "aye")
        }

        @Test("--read-only keeps the root, --tmpfs gives a place to write", arguments: Client.tested)
        func readOnly(client: Client) async throws {
            let root = try await daemon.runOnce(client, options: ["--read-only"], ["touch", "/file"])
            #expect(root.exitCode == 1)
            #expect(root.err.contains("Read-only file system"))
            let script = "touch /scratch/file && stat -f -c %T /scratch && grep -c ' /scratch .*size=1024k' /proc/mounts; ls /scratch"
            #expect(try await daemon.shell(client, ["--read-only", "--tmpfs", "/scratch:size=1m"], script) == "tmpfs\n1\nfile")
        }

        @Test("-m is the kernel's limit, and bites", arguments: Client.tested)
        func memory(client: Client) async throws {
            let file =
                FileManager.default.fileExists(atPath: "/sys/fs/cgroup/memory")
                ? "/sys/fs/cgroup/memory/memory.limit_in_bytes" : "/sys/fs/cgroup/memory.max"
            #expect(try await daemon.shell(client, ["-m", "16m"], "cat \(file)") == "16777216")
            let name = unique("oom")
            let result = try await daemon.run(
                client, ["run", "--name", name, "--network", "none", "-m", "16m", "busybox", "sh", "-c", "tail -c 64m /dev/zero"])
            #expect(result.exitCode == 137)
            #expect(try await daemon.state(name, "OOMKilled")?.bool == true)
        }

        @Test("--pids-limit is the kernel's limit, and bites", arguments: Client.tested)
        func pids(client: Client) async throws {
            let result = try await daemon.runOnce(
                client, options: ["--pids-limit", "4"], ["sh", "-c", "for i in 1 2 3 4 5 6 7 8; do sleep 60 & done; wait"])
            #expect(result.exitCode != 0)
            #expect(result.err.contains("can't fork"))
        }

        @Test("--cpus is the kernel's quota where it has one", arguments: Client.tested)
        func cpus(client: Client) async throws {
            let name = try await daemon.runBeside(client, "cpus", ["--cpus", "0.5"])
            let host = try await daemon.inspect(name)["HostConfig"]
            #expect(host?["NanoCpus"]?.int == 500_000_000)
            // Where the kernel has quotas, the container's own folder shows it: in a file of version 1 or of version 2.
            let read = try await daemon.run(
                client, ["exec", name, "sh", "-c", "cd /sys/fs/cgroup; cat cpu/cpu.cfs_quota_us cpu.max 2>/dev/null; true"])
            #expect(["", "50000", "50000 100000"].contains(read.out))
        }

        @Test("the image's configuration is the default of everything", arguments: Client.tested)
        func imageConfiguration(client: Client) async throws {
            let members = [
                #""User":"sailor""#, #""WorkingDir":"/var""#, #""Entrypoint":["sh","-c"]"#, #""Cmd":["echo $(id -un) $(pwd) $FROM"]"#,
                #""Labels":{"of":"image"}"#,
            ]
            // Env comes twice in a document only by mistake, so it is set by the run.
            try await daemon.load(BusyboxImage(name: "configured:1", config: members))
            let run = ["run", "--rm", "--network", "none"]
            #expect(try await daemon.run(client, run + ["configured:1"]).expecting().out == "sailor /var")
            #expect(try await daemon.run(client, run + ["-e", "FROM=run", "configured:1"]).expecting().out == "sailor /var run")
            #expect(try await daemon.run(client, run + ["configured:1", "echo other"]).expecting().out == "other")
            #expect(try await daemon.run(client, run + ["--entrypoint", "pwd", "configured:1"]).expecting().out == "/var")
            #expect(try await daemon.run(client, run + ["-u", "0", "-w", "/", "configured:1"]).expecting().out == "root /")
        }

        @Test("host network is the daemon's, none has lo only", arguments: Client.tested)
        func networks(client: Client) async throws {
            let own = try await daemon.shell(client, [], "readlink /proc/self/ns/net; ls /sys/class/net")
            #expect(own.split(separator: "\n").last == "lo")
            let daemonPid = try #require(daemon.pid)
            let host = try await daemon.run(client, ["run", "--rm", "--network", "host", "busybox", "readlink", "/proc/self/ns/net"])
                .expecting().out
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(daemonPid)/ns/net") == host)
            #expect(own.split(separator: "\n").first.map(String.init) != host)
        }
    }
}
