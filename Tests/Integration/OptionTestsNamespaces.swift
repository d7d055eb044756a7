// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Whose processes, queues, names and control groups a container sees: --pid, --ipc, --uts, --cgroupns, --userns.

import Foundation
import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("Options for namespaces", .containers, .daemon)
    struct OptionTestsNamespaces {
        let daemon: DaemonFixture

        init() throws { daemon = try theDaemon() }

        private func own(_ kind: String) throws -> String {
            try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/\(kind)")
        }

        /// What a command prints in each of some containers.
        private func output(_ client: Client, of names: [String], _ command: String...) async throws -> [String] {
            var lines: [String] = []
            for name in names { lines.append(try await daemon.run(client, ["exec", name] + command).expecting().out) }
            return lines
        }

        @Test("host is the daemon's, private is not", arguments: Client.tested)
        func hostAndPrivate(client: Client) async throws {
            for (option, kind) in [("pid", "pid"), ("ipc", "ipc"), ("uts", "uts"), ("cgroupns", "cgroup")] {
                let inside = try await daemon.shell(client, ["--\(option)", "host"], "readlink /proc/self/ns/\(kind)")
                #expect(try inside == own(kind), "\(option)")
            }
            for (option, mode, kind) in [("ipc", "private", "ipc"), ("ipc", "shareable", "ipc"), ("ipc", "none", "ipc")] {
                let inside = try await daemon.shell(client, ["--\(option)", mode], "readlink /proc/self/ns/\(kind)")
                #expect(try inside != own(kind), "\(option) \(mode)")
            }
            let users = try await daemon.shell(client, ["--userns", "host"], "awk '{print $1, $2, $3}' /proc/self/uid_map")
            let ours = try String(contentsOfFile: "/proc/self/uid_map", encoding: .utf8).split(whereSeparator: \.isWhitespace)
            #expect(users.split(whereSeparator: \.isWhitespace) == ours)
            let name = try await daemon.shell(client, ["--uts", "host"], "hostname")
            #expect(name == ProcessInfo.processInfo.hostName.split(separator: ".").first.map(String.init) ?? "" || !name.isEmpty)
        }

        @Test("a cgroup namespace of its own shows the container's groups as the root", arguments: Client.tested)
        func cgroupNamespace(client: Client) async throws {
            let script = "readlink /proc/self/ns/cgroup; cut -d: -f3 /proc/self/cgroup | sort -u"
            let inside = try await daemon.shell(client, ["--cgroupns", "private"], script).split(separator: "\n").map(String.init)
            #expect(try inside.first != own("cgroup"))
            #expect(inside.dropFirst().allSatisfy { $0 == "/" }, "\(inside)")
        }

        @Test("--ipc none has no /dev/shm", arguments: Client.tested)
        func none(client: Client) async throws {
            #expect(try await daemon.shell(client, ["--ipc", "none"], "grep -c ' /dev/shm ' /proc/mounts; true") == "0")
        }

        @Test("--ipc container: shares queues and /dev/shm, also after the other was started again", arguments: Client.tested)
        func ipcOfAContainer(client: Client) async throws {
            let donor = try await daemon.runBeside(client, "donor", ["--ipc", "shareable"], "echo first > /dev/shm/file; exec sleep 1000")
            try await eventually("the donor has written") {
                try await daemon.run(client, ["exec", donor, "test", "-s", "/dev/shm/file"]).exitCode == 0
            }
            let guest = try await daemon.runBeside(client, "guest", ["--ipc", "container:\(donor)"])
            let pair = [donor, guest]
            let namespaces = try await output(client, of: pair, "readlink", "/proc/self/ns/ipc")
            #expect(namespaces[0] == namespaces[1])
            #expect(try await output(client, of: pair, "cat", "/dev/shm/file") == ["first", "first"])
            try await daemon.run(client, ["exec", guest, "sh", "-c", "echo second > /dev/shm/file"]).expecting()
            #expect(try await output(client, of: pair, "cat", "/dev/shm/file") == ["second", "second"])
            try await daemon.run(client, ["restart", "-t", "0", donor]).expecting()
            try await daemon.run(client, ["restart", "-t", "0", guest]).expecting()
            try await eventually("the donor has written again") {
                try await output(client, of: pair, "cat", "/dev/shm/file") == ["first", "first"]
            }
        }

        @Test("--pid container: sees the other's processes and ends with it", arguments: Client.tested)
        func pidOfAContainer(client: Client) async throws {
            let donor = try await daemon.runBeside(client, "donor", [], "exec sleep 12345")
            let guest = try await daemon.runBeside(client, "guest", ["--pid", "container:\(donor)"], "exec sleep 54321")
            #expect(try await daemon.run(client, ["exec", guest, "ps"]).expecting().out.contains("sleep 12345"))
            #expect(try await daemon.run(client, ["exec", donor, "ps"]).expecting().out.contains("sleep 54321"))
            let id = try await daemon.inspect(donor)["Id"]?.string ?? ""
            #expect(try await daemon.inspect(guest)["HostConfig"]?["PidMode"]?.string == "container:\(id)")
            // The guest alone: the donor stays.
            try await daemon.run(client, ["kill", guest]).expecting()
            try await daemon.untilExited(guest)
            #expect(try await daemon.state(donor, "Running")?.bool == true)
            try await daemon.run(client, ["start", guest]).expecting()
            // With the first process of the namespace the kernel ends all others.
            try await daemon.run(client, ["kill", donor]).expecting()
            try await daemon.untilExited(guest)
            let late = try await daemon.run(client, ["start", guest])
            #expect(late.exitCode != 0 && late.err.contains("running"), "\(late.err)")
            if Programs.reference == nil { #expect(late.err.contains("failed to join PID namespace: container \(id) is not running")) }
            try await daemon.run(client, ["start", donor]).expecting()
            try await daemon.run(client, ["start", guest]).expecting()
            #expect(try await daemon.run(client, ["exec", guest, "ps"]).expecting().out.contains("sleep 12345"))
        }

        @Test("a container that is missing or does not share is an error", arguments: Client.tested)
        func broken(client: Client) async throws {
            for option in ["--pid", "--ipc"] {
                let missing = try await daemon.runOnce(client, options: [option, "container:nobody-here"], ["true"])
                #expect(missing.exitCode == 125 && missing.err.contains("No such container: nobody-here"), "\(missing.err)")
            }
            let donor = try await daemon.runBeside(client, "closed", ["--ipc", "private"])
            let refused = try await daemon.runOnce(client, options: ["--ipc", "container:\(donor)"], ["true"])
            #expect(refused.exitCode == 125 && refused.err.contains("non-shareable IPC"), "\(refused.err)")
            for options in [
                ["--pid", "mine"], ["--uts", "mine"], ["--userns", "mine"], ["--cgroupns", "mine"], ["--uts", "host", "-h", "x"],
            ] {
                #expect(try await daemon.runOnce(client, options: options, ["true"]).exitCode == 125, "\(options)")
            }
        }
    }
}
