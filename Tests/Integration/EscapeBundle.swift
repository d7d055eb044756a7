// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The bundle that an attacker has prepared: a root file system of busybox and a spec, both to be made worse by a case, and
// beside them the canary: a folder of the host that nobody inside may change or read.

import Foundation
import Glibc
import WharfJSON
import WharfLinux
import WharfOCI
import WharfTestKit

/// A bundle, a canary, and what came of running it.
struct EscapeBundle {
    /// What every case prints when its container ran.
    static let ran = "the container ran"
    /// What only the canary holds.
    static let secret = "a secret of the host"

    let temporary: TemporaryDirectory
    let bundle: HostPath
    let root: RootFD
    var spec: RuntimeSpec
    /// Members of config.json that take the place of what `spec` writes, by their path (`linux/cgroupsPath`).
    var overrides: [(path: String, json: String)] = []
    private let before: [String]

    /// The canary's folder on the host.
    var canary: String { temporary.path("canary") }
    var name: String { String(temporary.path.split(separator: "/").last ?? "escape") }

    init() async throws {
        temporary = try TemporaryDirectory("escape")
        bundle = HostPath(temporary.path)
        for folder in ["rootfs/bin", "rootfs/etc", "rootfs/tmp", "rootfs/root", "canary/folder"] { try (bundle / folder).mkdir() }
        try (bundle / "canary/secret").writeAtomically(Array((Self.secret + "\n").utf8), durable: false)
        root = RootFD(try (bundle / "rootfs").openDirectory())
        try root.open("tmp", .handle).setPermissions(0o1777)
        guard let busybox = ["/bin/busybox", "/usr/bin/busybox"].first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw TestFailure("no busybox")
        }
        try copyProgram(busybox, to: bundle / "rootfs/bin/busybox")
        for applet in Self.applets { try root.symlink("busybox", at: "bin/\(applet)") }
        spec = Self.defaultSpec
        before = try Self.look(temporary.path("canary"))
        spec.linux.cgroupsPath = "/wharf-escape/\(name)"
        try write("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nsailor:x:1000:1000::/:\n")
        try write("etc/group", "root:x:0:\nsailor:x:1000:\ndock:x:2000:sailor\n")
    }

    private static let applets = [
        "sh", "id", "cat", "ls", "grep", "mount", "hostname", "pwd", "sleep", "stat", "readlink", "env", "true", "touch", "wc", "tail",
        "echo",
        "mkdir", "mknod", "head", "sed", "tty", "umount", "sort", "ionice", "uname", "cut", "chown",
    ]

    /// Writes a file of the image.
    func write(_ path: String, _ text: String, permissions: UInt32 = 0o644) throws {
        try root.create(path, permissions: permissions).writeAll(Array(text.utf8))
    }

    /// Writes config.json.
    func writeConfig() throws {
        var document = try JSON.parse(JSON.encode(spec))
        for change in overrides { document = try document.replacing(change.path, with: change.json) }
        try (bundle / "config.json").writeAtomically(JSON.encode(document), durable: false)
    }

    /// Runs a shell script as the container's program; with nil what the spec says.
    func run(
        _ runtime: EscapeRuntime, _ script: String?, wrapper: [String] = [], deadline: Duration = .seconds(20)
    ) async throws -> CommandResult {
        var copy = self
        if let script { copy.spec.process.args = ["sh", "-c", script] }
        try copy.writeConfig()
        defer {
            // A runtime that hangs is ended at the deadline, its children here.
            for pid in processes() { kill(pid, SIGKILL) }
            removeGroups()
        }
        return try await runtime.call(["run", "--bundle", temporary.path, name], wrapper: wrapper, deadline: deadline)
    }

    /// Runs it only to see whether it may: a container that ran is the finding.
    func mustNotRun(_ runtime: EscapeRuntime, _ why: String) async throws -> String? {
        let result = try await run(runtime, "echo \(Self.ran)")
        if let touched = try touched() { return touched }
        if result.out.contains(Self.ran) { return "the container ran with \(why)" }
        return try refused(result)
    }

    /// A refusal must be one: an error with words, not a crash.
    func refused(_ result: CommandResult) throws -> String? {
        guard result.exitCode != 0, result.exitCode <= 128, !result.err.isEmpty else {
            throw TestFailure("neither ran nor refused: \(result)")
        }
        return nil
    }

    /// What changed in the canary; nil while nothing did.
    func touched() throws -> String? {
        let now = try Self.look(canary)
        return now == before ? nil : "the host's folder was touched: \(Set(now).symmetricDifference(before).sorted())"
    }

    /// Names, modes, times and contents below a folder.
    private static func look(_ folder: String) throws -> [String] {
        try ([""] + FileManager.default.subpathsOfDirectory(atPath: folder)).sorted().map { name in
            let path = "\(folder)/\(name)"
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            let content = attributes[.type] as? FileAttributeType == .typeRegular ? FileManager.default.contents(atPath: path) : nil
            return "\(name) \(attributes[.type] ?? "") \(attributes[.posixPermissions] ?? "") \(attributes[.modificationDate] ?? "") "
                + String(decoding: content ?? Data(), as: UTF8.self)
        }
    }

    /// Removes what a runtime left of its groups, and the common parent once nobody uses it.
    func removeGroups() {
        for hierarchy in ["/sys/fs/cgroup"]
            + ((try? HostPath("/sys/fs/cgroup").entries()) ?? []).map({
                "/sys/fs/cgroup/" + String(decoding: $0.name, as: UTF8.self)
            })
        {
            for folder in ["wharf-escape/\(name)", "wharf-escape"] {
                // Busy or missing: nothing to remove here.
                try? HostPath("\(hierarchy)/\(folder)").rmdir()
            }
        }
    }
}
