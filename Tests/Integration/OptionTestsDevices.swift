// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Devices and file systems: --device, --device-cgroup-rule, --read-only, --tmpfs, --shm-size.

import Foundation
import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("Options for devices", .containers, .daemon)
    struct OptionTestsDevices {
        let daemon: DaemonFixture

        init() throws { daemon = try theDaemon() }

        @Test("--device gives a node, under another name and with fewer rights too", arguments: Client.tested)
        func device(client: Client) async throws {
            let numbers = "stat -c '%t:%T %F' "
            #expect(try await daemon.shell(client, ["--device", "/dev/kmsg"], numbers + "/dev/kmsg") == "1:b character special file")
            #expect(
                try await daemon.shell(client, ["--device", "/dev/kmsg:/dev/deep/log"], numbers + "/dev/deep/log")
                    == "1:b character special file")
            // Of a number that no driver has: what the rules let through ends at the kernel's "no such device".
            let folder = try TemporaryDirectory("device")
            try await CommandLine.run("mknod", [folder.path("node"), "c", "240", "7"]).expecting()
            let read = "head -c 1 /dev/k 2>&1 | grep -oE 'not permitted|No such device'; true"
            let write = "(echo x > /dev/k) 2>&1 | grep -oE 'not permitted|No such device'; true"
            for (mode, reads, writes) in [
                (":r", "No such device", "not permitted"), (":w", "not permitted", "No such device"),
                (":rwm", "No such device", "No such device"),
                ("", "No such device", "No such device"), (":m", "not permitted", "not permitted"),
            ] {
                let option = ["--device", folder.path("node") + ":/dev/k" + mode]
                #expect(try await daemon.shell(client, option, read) == reads, "\(mode)")
                #expect(try await daemon.shell(client, option, write) == writes, "\(mode)")
            }
            let name = try await daemon.runBeside(client, "device", ["--device", "/dev/kmsg:/dev/k:rw"])
            let device = try await daemon.inspect(name)["HostConfig"]?["Devices"]?[0]
            #expect(device?["PathOnHost"]?.string == "/dev/kmsg")
            #expect(device?["PathInContainer"]?.string == "/dev/k")
            #expect(device?["CgroupPermissions"]?.string == "rw")
        }

        @Test("a folder gives all its devices", arguments: Client.tested)
        func folder(client: Client) async throws {
            let folder = try TemporaryDirectory("devices")
            try FileManager.default.createDirectory(atPath: folder.path("inner"), withIntermediateDirectories: true)
            for (path, minor) in [("one", "3"), ("inner/two", "5")] {
                try await CommandLine.run("mknod", [folder.path(path), "c", "1", minor]).expecting()
            }
            let found = try await daemon.shell(
                client, ["--device", "\(folder.path):/dev/bag"], "stat -c '%n %t:%T' /dev/bag/one /dev/bag/inner/two")
            #expect(found == "/dev/bag/one 1:3\n/dev/bag/inner/two 1:5")
        }

        @Test("a path that is missing or no device is an error, and nothing runs", arguments: Client.tested)
        func broken(client: Client) async throws {
            for (path, reason) in [("/dev/no-such-device", "no such file or directory"), ("/etc/passwd", "not a device node")] {
                let result = try await daemon.runOnce(client, options: ["--device", path], ["echo", "ran"])
                #expect(result.exitCode != 0 && result.out == "")
                #expect(result.err.contains("error gathering device information while adding custom device \"\(path)\": \(reason)"))
            }
            for spec in ["/dev/null:/dev/x:q", ":/dev/x"] {
                #expect(try await daemon.runOnce(client, options: ["--device", spec], ["true"]).exitCode == 125)
            }
        }

        @Test("--device-cgroup-rule lets a device be used that is made inside", arguments: Client.tested)
        func rule(client: Client) async throws {
            let script = "mknod /tmp/k c 240 7 && head -c 1 /tmp/k 2>&1 | grep -oE 'not permitted|No such device'; true"
            #expect(try await daemon.shell(client, [], script) == "not permitted")
            #expect(try await daemon.shell(client, ["--device-cgroup-rule", "c 240:7 r"], script) == "No such device")
            #expect(try await daemon.shell(client, ["--device-cgroup-rule", "c 240:* rwm"], script) == "No such device")
            #expect(try await daemon.shell(client, ["--device-cgroup-rule", "c 240:8 rwm"], script) == "not permitted")
            let broken = try await daemon.runOnce(client, options: ["--device-cgroup-rule", "c 1 r"], ["true"])
            #expect(broken.exitCode == 125 && broken.err.contains("invalid device cgroup format 'c 1 r'"))
        }

        @Test("--tmpfs with options, --shm-size, --read-only", arguments: Client.tested)
        func memoryFileSystems(client: Client) async throws {
            let mounts = "grep ' /scratch ' /proc/mounts"
            let plain = try await daemon.shell(client, ["--tmpfs", "/scratch"], mounts)
            for word in ["nosuid", "nodev", "noexec"] { #expect(plain.contains(word)) }
            let options = try await daemon.shell(client, ["--tmpfs", "/scratch:size=2m,mode=1770,exec,uid=1000"], mounts)
            for word in ["size=2048k", "mode=1770", "uid=1000"] { #expect(options.contains(word), "\(options)") }
            #expect(!options.contains("noexec"))
            let broken = try await daemon.runOnce(client, options: ["--tmpfs", "/scratch:bogus"], ["true"])
            #expect(broken.exitCode != 0 && broken.err.contains("bogus"))
            #expect(try await daemon.shell(client, ["--shm-size", "1m"], "df -k /dev/shm | awk 'NR==2 {print $2}'") == "1024")
            let readOnly = ["--read-only", "--tmpfs", "/run"]
            let script =
                "touch /x 2>/dev/null && echo root; touch /run/x /dev/shm/x && echo ok; (echo x > /etc/hosts) 2>/dev/null && echo hosts; true"
            #expect(try await daemon.shell(client, readOnly, script) == "ok")
        }
    }
}
