// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Real containers from bundles, run by wharf-runtime. The fixture makes a busybox root, changes the default spec and keeps
// what the program said. Nothing of the host may change: a canary folder beside the root is looked at after each run.

import Foundation
import Glibc
import Testing
import WharfLinux
import WharfOCI
import WharfRuntime
import WharfTestKit

/// A bundle with a busybox root file system.
struct BundleFixture {
    let temporary: TemporaryDirectory
    let bundle: HostPath
    let root: RootFD
    var spec: RuntimeSpec
    private static let busybox = ["/bin/busybox", "/usr/bin/busybox"].first { FileManager.default.isExecutableFile(atPath: $0) }

    /// The program under test: the static one, or the debug build beside it.
    static let program = [Programs.runtime, Programs.wharfd.replacing("/wharfd", with: "/wharf-runtime")]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    static var canRun: Bool { geteuid() == 0 && busybox != nil && program != nil }

    init() async throws {
        temporary = try TemporaryDirectory("bundle")
        bundle = HostPath(temporary.path)
        for directory in ["rootfs/bin", "rootfs/etc", "rootfs/tmp", "rootfs/root", "canary"] { try (bundle / directory).mkdir() }
        root = RootFD(try (bundle / "rootfs").openDirectory())
        try root.open("tmp", .handle).setPermissions(0o1777)
        let busybox = try #require(Self.busybox)
        try copyProgram(busybox, to: bundle / "rootfs/bin/busybox")
        for applet in [
            "sh", "id", "cat", "ls", "grep", "mount", "hostname", "pwd", "sleep", "stat", "readlink", "env", "true", "touch", "wc", "tail",
            "echo",
        ] {
            try root.symlink("busybox", at: "bin/\(applet)")
        }
        try root.create("etc/passwd", permissions: 0o644).writeAll(
            Array("root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33::/var/www:\n".utf8))
        try root.create("etc/group", permissions: 0o644).writeAll(Array("root:x:0:\nwww-data:x:33:\nstaff:x:50:www-data\n".utf8))
        let made = try await CommandLine.run(try #require(Self.program), ["spec", "--bundle", temporary.path])
        try made.expecting(0)
        spec = try Bundle.readSpec(bundle)
        spec.process.terminal = false
        spec.root.readonly = false
        spec.process.noNewPrivileges = false
        spec.process.rlimits = []
        spec.process.capabilities = .init(Capability.containerDefaults.map(\.name))
        spec.hostname = "wharf"
        spec.linux.namespaces.removeAll { $0.type == "cgroup" }
        // Directly below the top: a parent in common would be removed by one test while another one makes its group in it.
        spec.linux.cgroupsPath = "/wharf-test-\(temporary.path.split(separator: "/").last ?? "x")"
    }

    /// Runs a shell script in a container made from `spec`. `wrapper` are words in front of the program.
    func run(_ script: String, under wrapper: [String] = []) async throws -> CommandResult {
        var spec = spec
        if !script.isEmpty { spec.process.args = ["sh", "-c", script] }
        try (bundle / "config.json").writeAtomically(Bundle.encode(spec), durable: false)
        let words = wrapper + [try #require(Self.program), "--root", "\(temporary.path)/state", "run", "--bundle", temporary.path, "c1"]
        let result = try await CommandLine.run(words[0], Array(words.dropFirst()), environment: ["LEAK": "no"])
        #expect(try (bundle / "canary").entries().isEmpty, "the host's folder was touched")
        return result
    }
}
