// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Where other engines are tried with wharf-runtime: namespaces of their own for mounts, processes and network, so that
// nothing of them outlives the test and nothing of the machine is touched. Only their control groups are the machine's, below
// a parent of the test's own.
//
// The engines are found on PATH. WHARF_DROPIN_RUNTIME names another runtime to try instead of the static build's: with runc
// the tests are proved on what they compare with. In the virtual machine (docs/vm.md) they run the same way.

import Foundation
import Glibc
import Testing
import WharfLinux
import WharfTestKit

/// A process that holds the namespaces, and commands in them.
final class DropInHost: Sendable {
    let temporary: TemporaryDirectory
    /// Of all groups of this test.
    let cgroupParent: String
    private let holder: ChildProcess

    /// The runtime under test.
    static let runtime = ProcessInfo.processInfo.environment["WHARF_DROPIN_RUNTIME"] ?? Programs.runtime

    static func canRun(_ programs: String...) -> Bool {
        geteuid() == 0 && FileManager.default.isExecutableFile(atPath: runtime) && programs.allSatisfy { find($0) != nil }
    }

    private static func find(_ program: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let folders = path.split(separator: ":" as Character).map { String($0) } + ["/usr/sbin", "/sbin"]
        return folders.map { "\($0)/\(program)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    init(_ label: String) async throws {
        temporary = try TemporaryDirectory("dropin-\(label)")
        cgroupParent = "/wharf-dropin-\(getpid())-\(label)"
        // Users of a container's user namespace go through this folder.
        chmod(temporary.path, 0o711)
        let ranges = Array("root:100000:65536\ncontainers:200000:1000000\nwww-data:1300000:65536\n".utf8)
        try temporary.write("subid", ranges)
        // Private files and folders over the machine's, in the private mount namespace. The loop reaps orphans.
        let script = """
            set -e
            for file in /etc/subuid /etc/subgid; do [ -e $file ] && mount --bind \(temporary.path)/subid $file; done
            mount -t tmpfs tmpfs /run
            # A kernel with AppArmor and a machine without its tools: dockerd takes the first for the second.
            command -v apparmor_parser >/dev/null || umount -l /sys/kernel/security 2>/dev/null || true
            ip link set lo up || true
            echo ready
            while :; do sleep 1000 & wait; done
            """
        holder = try ChildProcess(
            [
                "unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private", "bash", "-c",
                script,
            ],
            streams: .pipes)
        try await holder.output.wait(for: "ready")
    }

    /// A command line that runs in the namespaces.
    func inside(_ command: [String]) -> [String] {
        let namespaces = "/proc/\(holder.pid)/ns"
        return ["nsenter", "--mount=\(namespaces)/mnt", "--net=\(namespaces)/net", "--pid=\(namespaces)/pid_for_children", "--"] + command
    }

    @discardableResult
    func run(_ command: [String], stdin: [UInt8]? = nil, environment: [String: String] = [:]) async throws -> CommandResult {
        let line = inside(command)
        return try await CommandLine.run(line[0], Array(line.dropFirst()), stdin: stdin, environment: environment, deadline: .seconds(120))
    }

    /// Ends every process in the namespaces and removes the groups.
    func end() async {
        holder.signal(SIGKILL)
        // Whatever way it ended, it has.
        _ = try? await holder.wait()
        try? await eventually("the groups are empty and removed") { self.removeGroups() }
    }

    private func removeGroups() -> Bool {
        var isGone = true
        let base = HostPath("/sys/fs/cgroup")
        for entry in [base] + ((try? base.entries().filter { $0.kind == .directory }.map { base / $0.name }) ?? []) {
            let parent = HostPath(entry.pathBytes + cgroupParent.utf8)
            guard let exists = try? parent.exists(), exists else { continue }
            remove(parent)
            if (try? parent.exists()) ?? true { isGone = false }
        }
        return isGone
    }

    private func remove(_ group: HostPath) {
        for entry in (try? group.entries()) ?? [] where entry.kind == .directory { remove(group / entry.name) }
        // EBUSY while a process is still leaving: tried again.
        try? group.rmdir()
    }
}
