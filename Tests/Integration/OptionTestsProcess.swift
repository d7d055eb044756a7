// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The process itself: --init, --ulimit, --sysctl, --group-add, --user in all forms, --oom-score-adj, names and signals.

import Foundation
import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("Options for the process", .containers, .daemon)
    struct OptionTestsProcess {
        let daemon: DaemonFixture

        init() throws { daemon = try theDaemon() }

        @Test("--init is process 1, reaps orphans and hands signals and exit codes on", arguments: Client.tested)
        func initProcess(client: Client) async throws {
            let first = "cut -d ' ' -f 1 /proc/1/stat; tr '\\0' ' ' < /proc/1/cmdline"
            #expect(try await daemon.shell(client, ["--init"], first).contains("/sbin/docker-init -- sh -c"))
            // An orphan that ends is gone, and no zombie.
            let orphan =
                "(sleep 0.1 &); i=0; while [ $i -lt 100 ] && ps -o args | grep -q '[s]leep 0.1'; do i=$((i+1)); done; ps -o stat | grep -c Z; true"
            #expect(try await daemon.shell(client, ["--init"], orphan) == "0")
            #expect(try await daemon.runOnce(client, options: ["--init"], ["sh", "-c", "exit 42"]).exitCode == 42)
            #expect(try await daemon.runOnce(client, options: ["--init"], ["sh", "-c", "kill -9 $$"]).exitCode == 137)
            #expect(try await daemon.runOnce(client, options: ["--init"], ["no-such-program"]).exitCode == 127)
            // A shell that is process 1 has no default action for TERM; behind an init it has.
            let name = try await daemon.runBeside(client, "init", ["--init"], "trap 'exit 7' TERM; while :; do sleep 0.05; done")
            try await daemon.run(client, ["exec", name, "true"]).expecting()
            try await daemon.run(client, ["stop", "-t", "20", name]).expecting()
            #expect(try await daemon.state(name, "ExitCode")?.int == 7)
            #expect(try await daemon.inspect(name)["HostConfig"]?["Init"]?.bool == true)
            let write = try await daemon.runOnce(client, options: ["--init"], ["sh", "-c", "echo x > /sbin/docker-init"])
            #expect(write.exitCode != 0 && write.err.contains("Read-only file system"))
            let typed = try await daemon.run(
                client, ["run", "--rm", "-i", "--init", "--network", "none", "busybox", "cat"], stdin: Array("in\n".utf8))
            #expect(typed.out == "in")
        }

        @Test("--ulimit sets soft and hard limits, one above the host's is a clear failure", arguments: Client.tested)
        func limits(client: Client) async throws {
            #expect(try await daemon.shell(client, ["--ulimit", "nofile=512:1024"], "ulimit -Sn; ulimit -Hn") == "512\n1024")
            #expect(
                try await daemon.shell(client, ["--ulimit", "nproc=99"], "grep 'Max processes' /proc/self/limits | awk '{print $3, $4}'")
                    == "99 99")
            #expect(
                try await daemon.shell(client, ["--ulimit", "core=-1"], "grep 'Max core' /proc/self/limits | awk '{print $5, $6}'")
                    == "unlimited unlimited")
            let name = try await daemon.runBeside(client, "limits", ["--ulimit", "nofile=64:128"])
            #expect(try await daemon.run(client, ["exec", name, "sh", "-c", "ulimit -n"]).out == "64")
            let limit = try await daemon.inspect(name)["HostConfig"]?["Ulimits"]?[0]
            #expect(limit?["Name"]?.string == "nofile" && limit?["Soft"]?.int == 64 && limit?["Hard"]?.int == 128)
            for spec in ["nofile", "odd=1", "nofile=2:1", "nofile=1:2:3"] {
                #expect(try await daemon.runOnce(client, options: ["--ulimit", spec], ["true"]).exitCode == 125, "\(spec)")
            }
            // Without CAP_SYS_RESOURCE nobody raises a hard limit.
            let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
            let bounding =
                status.split(separator: "\n").first { $0.hasPrefix("CapBnd:") }.flatMap { UInt64($0.dropFirst(8), radix: 16) } ?? 0
            if bounding & (1 << 24) == 0 {
                let above = try await daemon.runOnce(client, options: ["--ulimit", "nofile=2000000000"], ["echo", "ran"])
                #expect(above.exitCode != 0 && above.out == "")
                #expect(above.err.contains("operation not permitted"), "\(above.err)")
            }
        }

        @Test("--sysctl sets what belongs to the container's namespaces, and nothing else", arguments: Client.tested)
        func parameters(client: Client) async throws {
            let set = ["--sysctl", "kernel.msgmax=4444", "--sysctl", "net.ipv4.ip_forward=1", "--sysctl", "fs.mqueue.msg_max=11"]
            #expect(
                try await daemon.shell(client, set, "cd /proc/sys; cat kernel/msgmax net/ipv4/ip_forward fs/mqueue/msg_max")
                    == "4444\n1\n11")
            #expect(
                try await daemon.shell(client, [], "cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ping_group_range")
                    .split(
                        whereSeparator: \.isWhitespace) == ["0", "0", "2147483647"])
            let name = try await daemon.runBeside(client, "sysctl", set)
            #expect(try await daemon.inspect(name)["HostConfig"]?["Sysctls"]?["kernel.msgmax"]?.string == "4444")
            let refused = try await daemon.runOnce(client, options: ["--sysctl", "kernel.core_pattern=x"], ["true"])
            #expect(refused.exitCode == 125 && refused.err.contains("sysctl 'kernel.core_pattern=x' is not allowed"))
            // By the API, past the client's own check: the runtime says it.
            let host = #""Sysctls":{"kernel.core_pattern":"x"}"#
            let id = try await daemon.create(host: host)
            let reply = try await daemon.api.send("POST", "/containers/\(id)/start")
            #expect(reply.status >= 400 && reply.text.contains("is not in a separate kernel namespace"), "\(reply.text)")
            let shared = try await daemon.run(
                client, ["run", "--rm", "--network", "host", "--sysctl", "net.ipv4.ip_forward=1", "busybox", "true"])
            #expect(shared.exitCode != 0 && shared.err.contains("net.ipv4.ip_forward"))
        }

        @Test("--group-add by name and number, --user in all forms", arguments: Client.tested)
        func groups(client: Client) async throws {
            func id(_ options: String...) async throws -> String {
                let lines = try await daemon.shell(client, options, "id -u; id -g; id -G").split(separator: "\n")
                return "\(lines[0]):\(lines[1]) " + lines[2].split(separator: " ").sorted().joined(separator: ",")
            }
            #expect(try await id() == "0:0 0")
            #expect(try await id("--group-add", "dock") == "0:0 0,2000")
            #expect(try await id("--group-add", "dock", "--group-add", "4242", "-u", "1234") == "1234:0 0,2000,4242")
            #expect(try await id("-u", "sailor", "--group-add", "nogroup") == "1000:1000 1000,2000,65534")
            #expect(try await id("-u", "1000") == "1000:1000 1000,2000")
            #expect(try await id("-u", "sailor:dock") == "1000:2000 2000")
            #expect(try await id("-u", "1234:dock") == "1234:2000 2000")
            #expect(try await id("-u", "sailor:99") == "1000:99 99")
            #expect(try await id("-u", ":dock") == "0:2000 2000")
            for options in [["--group-add", "no-such-group"], ["-u", "sailor:no-such-group"], ["-u", "4294967296"], ["-u", "-1"]] {
                let result = try await daemon.runOnce(client, options: options, ["echo", "ran"])
                #expect(result.exitCode != 0 && result.out == "", "\(options): \(result)")
            }
        }

        @Test("--oom-score-adj, --oom-kill-disable, --hostname, --domainname, --stop-signal, --annotation", arguments: Client.tested)
        func names(client: Client) async throws {
            #expect(try await daemon.shell(client, ["--oom-score-adj", "321"], "cat /proc/self/oom_score_adj") == "321")
            #expect(try await daemon.shell(client, [], "cat /proc/self/oom_score_adj") == "0")
            let scored = try await daemon.runBeside(client, "score", ["--oom-score-adj", "321"])
            #expect(try await daemon.run(client, ["exec", scored, "cat", "/proc/self/oom_score_adj"]).out == "321")
            let score = try await daemon.runOnce(client, options: ["--oom-score-adj", "1001"], ["true"])
            #expect(score.exitCode == 125 && score.err.contains("range for oom score adj is [-1000, 1000]"))
            #expect(
                try await daemon.shell(client, ["-h", "ship", "--domainname", "sea.example"], "hostname; cat /proc/sys/kernel/domainname")
                    == "ship\nsea.example")
            let long = String(repeating: "h", count: 65)
            #expect(try await daemon.runOnce(client, options: ["-h", long], ["true"]).exitCode == 125)
            let name = try await daemon.runBeside(
                client, "signal", ["--stop-signal", "USR1"], "trap 'exit 3' USR1; while :; do sleep 0.05; done")
            #expect(try await daemon.inspect(name)["Config"]?["StopSignal"]?.string == "USR1")
            try await daemon.run(client, ["exec", name, "true"]).expecting()
            try await daemon.run(client, ["stop", "-t", "20", name]).expecting()
            #expect(try await daemon.state(name, "ExitCode")?.int == 3)
            #expect(try await daemon.runOnce(client, options: ["--stop-signal", "NOPE"], ["true"]).exitCode == 125)
            if Programs.reference == nil {
                let annotated = try await daemon.runBeside(client, "annotated", ["--annotation", "com.example.fleet=north"])
                #expect(try await daemon.inspect(annotated)["HostConfig"]?["Annotations"]?["com.example.fleet"]?.string == "north")
            }
        }
    }
}
