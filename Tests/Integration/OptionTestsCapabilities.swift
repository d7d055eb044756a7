// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Rights: --privileged, --cap-add, --cap-drop and --security-opt, seen from inside the container.

import Foundation
import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("Options for rights", .containers, .daemon)
    struct OptionTestsCapabilities {
        let daemon: DaemonFixture

        init() throws { daemon = try theDaemon() }

        /// The bounding set of this process, which is the daemon's.
        private var boundingSet: String {
            let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
            return status.split(separator: "\n").first { $0.hasPrefix("CapBnd:") }.map { String($0.dropFirst(8)) } ?? ""
        }

        /// Says 1 where a control group can be made, 0 where not.
        private static let makeGroup =
            "d=/sys/fs/cgroup/pids; [ -d $d ] || d=/sys/fs/cgroup; mkdir $d/probe 2>/dev/null && rmdir $d/probe && echo 1 || echo 0"

        /// runc of Debian asks for every capability that the kernel knows, and fails where its daemon lacks one.
        private static let canHaveAll = Programs.reference == nil

        @Test(
            "--privileged has all that the daemon has, no filter, no masks, all devices", .enabled(if: canHaveAll), arguments: Client.tested
        )
        func privileged(client: Client) async throws {
            let script = """
                grep -E '^(CapEff|CapBnd)' /proc/self/status | cut -f2 | sort -u; grep '^Seccomp:' /proc/self/status | cut -f2
                head -c 1 /proc/interrupts | wc -c; \(Self.makeGroup)
                grep -c ' /sys sysfs rw' /proc/mounts; mount -t tmpfs t /tmp && echo mounted
                """
            let lines = try await daemon.shell(client, ["--privileged"], script).split(separator: "\n").map(String.init)
            #expect(lines == [boundingSet, "0", "1", "1", "1", "mounted"])
            let devices = try await daemon.shell(client, ["--privileged"], "ls /dev/loop-control /dev/fuse /dev/kmsg 2>/dev/null; true")
            for path in ["/dev/loop-control", "/dev/fuse", "/dev/kmsg"] where FileManager.default.fileExists(atPath: path) {
                #expect(devices.contains(path))
            }
            let name = try await daemon.runBeside(client, "privileged", ["--privileged"])
            let host = try await daemon.inspect(name)["HostConfig"]
            #expect(host?["Privileged"]?.bool == true)
        }

        @Test("--cap-add and --cap-drop take names with and without CAP_, in any case", arguments: Client.tested)
        func capabilities(client: Client) async throws {
            func effective(_ options: String...) async throws -> String {
                try await daemon.shell(client, options, "grep CapEff /proc/self/status | cut -f2")
            }
            #expect(try await effective("--cap-drop", "all", "--cap-add", "NET_BIND_SERVICE") == "0000000000000400")
            #expect(try await effective("--cap-drop", "ALL", "--cap-add", "cap_net_admin", "--cap-add", "Chown") == "0000000000001001")
            #expect(try await effective("--cap-drop", "ALL") == "0000000000000000")
            #expect(try await effective("--cap-drop", "mknod", "--cap-drop", "CAP_NET_RAW") == "00000000a00405fb")
            if Self.canHaveAll { #expect(try await effective("--cap-add", "ALL") == boundingSet) }
            let name = try await daemon.runBeside(client, "caps", ["--cap-add", "sys_time", "--cap-drop", "CAP_KILL"])
            let host = try await daemon.inspect(name)["HostConfig"]
            // Docker's client writes it in capitals since version 23.
            #expect(host?["CapAdd"]?[0]?.string?.uppercased().hasSuffix("SYS_TIME") == true)
            #expect(host?["CapDrop"]?[0]?.string?.hasSuffix("KILL") == true)
            #expect(
                try await daemon.run(client, ["exec", name, "grep", "CapEff", "/proc/self/status"]).out.hasSuffix("00000000aa0425db"))
            let unknown = try await daemon.runOnce(client, options: ["--cap-add", "FLYING"], ["true"])
            #expect(unknown.exitCode == 125 && unknown.err.contains("CAP_FLYING"))
        }

        @Test(
            "a capability that the daemon lacks is dropped with a warning", .enabled(if: Programs.reference == nil),
            arguments: Client.tested)
        func lacking(client: Client) async throws {
            guard let bits = UInt64(boundingSet, radix: 16), bits & (1 << 24) == 0 else { return }
            let result = try await daemon.runOnce(
                client, options: ["--cap-drop", "ALL", "--cap-add", "SYS_RESOURCE", "--cap-add", "KILL"],
                ["grep", "CapEff", "/proc/self/status"]
            ).expecting()
            #expect(result.out.hasSuffix("0000000000000020"))
            #expect(result.err.contains("CAP_SYS_RESOURCE"))
        }

        @Test("exec --privileged and exec -u", arguments: Client.tested)
        func execRights(client: Client) async throws {
            let name = try await daemon.runBeside(client, "exec", ["--cap-drop", "ALL", "--group-add", "dock"])
            func exec(_ options: [String], _ script: String) async throws -> String {
                try await daemon.run(client, ["exec"] + options + [name, "sh", "-c", script]).expecting().out
            }
            let effective = "grep CapEff /proc/self/status | cut -f2"
            #expect(try await exec([], effective) == "0000000000000000")
            if Self.canHaveAll { #expect(try await exec(["--privileged"], effective) == boundingSet) }
            #expect(try await exec(["-u", "sailor"], "id -u; id -g; id -G") == "1000\n1000\n1000 2000")
            #expect(try await exec(["-u", "1000:77"], "id -u; id -g") == "1000\n77")
            #expect(try await exec(["-e", "A=1", "-e", "B=2", "-w", "/etc"], "echo $A$B; pwd") == "12\n/etc")
            let folder = try TemporaryDirectory("envfile")
            let file = try folder.write("env", Array("# comment\nFROM_FILE=yes\n".utf8))
            #expect(try await exec(["--env-file", file], "echo $FROM_FILE") == "yes")
            #expect(try await exec(["-d"], "touch /tmp/detached") == "")
            try await eventually("the detached exec ran") {
                try await daemon.run(client, ["exec", name, "test", "-e", "/tmp/detached"]).exitCode == 0
            }
            let unknown = try await daemon.run(client, ["exec", "-u", "nobody-here", name, "true"])
            let said = unknown.out + unknown.err
            #expect(
                unknown.exitCode != 0 && said.contains("unable to find user nobody-here: no matching entries in passwd file"), "\(said)")
        }

        @Test("--security-opt no-new-privileges, seccomp from a file, systempaths", arguments: Client.tested)
        func securityOptions(client: Client) async throws {
            let flags = "grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status | cut -f2 | tr '\\n' ' '"
            #expect(try await daemon.shell(client, [], flags) == "0 2 ")
            #expect(try await daemon.shell(client, ["--security-opt", "no-new-privileges"], flags) == "1 2 ")
            #expect(try await daemon.shell(client, ["--security-opt", "no-new-privileges:true"], flags) == "1 2 ")
            #expect(try await daemon.shell(client, ["--security-opt", "no-new-privileges=false"], flags) == "0 2 ")
            #expect(try await daemon.shell(client, ["--security-opt", "seccomp=unconfined"], flags) == "0 0 ")
            let folder = try TemporaryDirectory("profile")
            let file = try folder.write(
                "profile.json",
                Array(
                    #"""
                    {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
                     "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28, "args": []}]}
                    """#.utf8))
            let refused = try await daemon.runOnce(client, options: ["--security-opt", "seccomp=\(file)"], ["mkdir", "/x"])
            #expect(refused.exitCode == 1 && refused.err.contains("No space left on device"))
            let missing = try await daemon.runOnce(client, options: ["--security-opt", "seccomp=/no/such/file"], ["true"])
            #expect(missing.exitCode == 125 && missing.err.contains("opening seccomp profile (/no/such/file) failed"))
            let paths = "head -c 1 /proc/interrupts | wc -c; (echo 0 > /proc/sys/vm/drop_caches) 2>/dev/null && echo writable; true"
            if Programs.reference == nil { #expect(try await daemon.shell(client, [], paths) == "0") }
            #expect(
                try await daemon.shell(client, ["--security-opt", "systempaths=unconfined"], "head -c 1 /proc/interrupts | wc -c") == "1")
            for option in ["nonsense", "nonsense=1", "no-new-privileges=perhaps"] {
                let result = try await daemon.runOnce(client, options: ["--security-opt", option], ["true"])
                #expect(result.exitCode == 125 && result.err.contains("--security-opt"), "\(option): \(result.err)")
            }
        }

        @Test("--security-opt label, apparmor and writable-cgroups", .enabled(if: Programs.reference == nil), arguments: Client.tested)
        func labels(client: Client) async throws {
            #expect(
                try await daemon.shell(client, ["--security-opt", "label=disable", "--security-opt", "apparmor=unconfined"], "echo ok")
                    == "ok")
            if !FileManager.default.fileExists(atPath: "/sys/module/apparmor") {
                let result = try await daemon.runOnce(client, options: ["--security-opt", "apparmor=tight"], ["true"])
                #expect(result.exitCode == 125 && result.err.contains("AppArmor is not supported by the kernel"))
            }
            #expect(try await daemon.shell(client, [], Self.makeGroup) == "0")
            #expect(try await daemon.shell(client, ["--security-opt", "writable-cgroups=true"], Self.makeGroup) == "1")
            #expect(try await daemon.shell(client, ["--privileged", "--security-opt", "writable-cgroups=false"], Self.makeGroup) == "0")
        }
    }
}
