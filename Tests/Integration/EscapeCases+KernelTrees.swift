// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// RT-04, RT-05, RT-10: images and mounts that put something else where /proc and /sys should be, so that what the runtime
// writes there (labels, parameters) or hides there lands elsewhere.

import Foundation
import Glibc
import WharfJSON
import WharfLinux
import WharfOCI
import WharfTestKit

extension EscapeCase {
    static let kernelTrees: [EscapeCase] =
        ["/proc", "/sys"].flatMap { path in
            ["/srv", "tmp", "/", "../canary", "chain", "file", "dangling", "self"].map { linkedTree(path, $0) }
        }
        + ["/proc", "/sys"].map(volumeTree) + coveredProc.map(covered) + [procThroughHandle, exchangedProc]

    /// An image whose /proc or /sys is no directory.
    private static func linkedTree(_ path: String, _ trick: String) -> EscapeCase {
        EscapeCase("RT-04", "\(path) of the image is \(trick)", provable: trick != "file" && trick != "self") { runtime in
            let bundle = try await EscapeBundle()
            switch trick {
            case "file": try bundle.write(path, "")
            case "chain":
                try bundle.root.symlink("/srv", at: "one")
                try bundle.root.symlink("one", at: "two")
                try bundle.root.symlink("/two", at: path)
            case "dangling": try bundle.root.symlink("nowhere", at: path)
            case "self": try bundle.root.symlink(path, at: path)
            default: try bundle.root.symlink(trick, at: path)
            }
            let result = try await bundle.run(runtime, "echo \(EscapeBundle.ran)")
            if let touched = try bundle.touched() { return touched }
            if result.out.contains(EscapeBundle.ran) { return "the container ran with \(path) -> \(trick)" }
            return try bundle.refused(result)
        }
    }

    /// A folder of the attacker in the place of the whole tree.
    private static func volumeTree(_ path: String) -> EscapeCase {
        EscapeCase("RT-04", "a volume at \(path)", provable: path == "/proc") { runtime in
            var bundle = try await EscapeBundle()
            for folder in ["fake/self/attr", "fake/self/fd", "fake/sys/kernel"] { try (bundle.bundle / folder).mkdir() }
            bundle.replaceMount(path, withBindOf: "fake")
            // A bind over /sys gives nothing away: nobody writes there. It may be refused or be what was asked for.
            if path == "/sys" {
                let result = try await bundle.run(runtime, "ls /sys")
                return result.exitCode == 0 ? nil : try bundle.refused(result)
            }
            return try await bundle.mustNotRun(runtime, "a volume at \(path)")
        }
    }

    /// Destinations at or below /proc that are not on the short list of what may be covered (lxcfs).
    private static let coveredProc = [
        "/proc", "/proc/", "//proc", "/./proc", "/tmp/../proc", "/proc/self", "/proc/self/", "/proc/./self/attr", "/proc/self/attr/exec",
        "/proc/self/../1", "/proc/thread-self", "/proc/1", "/proc/1/attr", "/proc/sys", "/proc/sys/kernel", "/proc/sys/kernel/core_pattern",
        "/proc/sys/../sys/kernel", "//proc//1", "/tmp/../proc/1", "/proc/../proc/self", "/proc/sysrq-trigger", "/proc/keys", "/proc/fs",
        "/proc/bus", "/proc/cpuinfo/../version", "/link/self", "/link/sys/kernel/core_pattern", "/link", "/deep/link/self",
        "/proc/\u{2e}\u{2e}/proc/self", "/proc/mounts", "/proc/net",
    ]

    private static func covered(_ destination: String) -> EscapeCase {
        EscapeCase(
            "RT-05", "something at \(destination)",
            provable: !["cpuinfo", "sysrq-trigger", "keys", "mounts"].contains { destination.contains($0) }
        ) { runtime in
            var bundle = try await EscapeBundle()
            try bundle.root.symlink("/proc", at: "link")
            try bundle.root.mkdir("deep", permissions: 0o755)
            try bundle.root.symlink("../proc", at: "deep/link")
            if runtime.kind == .naive, destination.contains("link") {
                // Links of an image are the host's for it: the same place below the root.
                try bundle.root.unlink("link")
                try bundle.root.symlink(bundle.temporary.path("rootfs/proc"), at: "link")
            }
            let isFile = ["exec", "core_pattern", "trigger", "keys", "version", "mounts"].contains { destination.hasSuffix($0) }
            try (bundle.bundle / "fake/attr").mkdir()
            try (bundle.bundle / "fake/file").writeAtomically([], durable: false)
            bundle.spec.mounts.append(
                Mount(
                    destination: destination, type: "bind", source: bundle.temporary.path(isFile ? "fake/file" : "fake"), options: ["rbind"]
                ))
            let result = try await bundle.run(runtime, "echo \(EscapeBundle.ran)")
            if let touched = try bundle.touched() { return touched }
            if result.out.contains(EscapeBundle.ran) { return "the container ran with a mount at \(destination)" }
            return try bundle.refused(result)
        }
    }

    /// What init opens in /proc, it opens below a handle that it made itself: no absolute path, which a mount of the
    /// container could answer.
    private static let procThroughHandle = EscapeCase("RT-10", "no path of /proc is opened inside the container") { runtime in
        var bundle = try await EscapeBundle()
        bundle.spec.linux.sysctl = ["net.ipv4.ip_forward": "1"]
        bundle.spec.process.oomScoreAdj = 100
        let trace = bundle.temporary.path("trace")
        let result = try await bundle.run(
            runtime, "cat /proc/sys/net/ipv4/ip_forward",
            wrapper: ["strace", "-ff", "-o", trace, "-e", "trace=open,openat,openat2,creat,execve,clone,clone3,fork,vfork,unshare"])
        guard result.out == "1" else { throw TestFailure("the parameter was not set: \(result)") }
        // The process that ends up as the container's program, before it does.
        let files = try bundle.bundle.entries().map { String(decoding: $0.name, as: UTF8.self) }.filter { $0.hasPrefix("trace.") }
        let traces = try files.map { String(decoding: try (bundle.bundle / $0).read(limit: 64 << 20), as: UTF8.self) }
        guard let inside = traces.first(where: { $0.contains("execve(\"/bin/sh\"") && $0.contains("[\"sh\", \"-c\"") }) else {
            throw TestFailure("no trace of init among \(files)")
        }
        let before = inside.split(separator: "\n").prefix { !($0.contains("execve(\"/bin/sh\"") && $0.hasSuffix(" = 0")) }
        // The runtime's own start (or the sealed copy's) still looks at the host's /proc.
        let own = before.lastIndex { $0.contains("execve(") && $0.hasSuffix(" = 0") } ?? before.startIndex - 1
        let absolute = before.suffix(from: own + 1).filter { $0.contains("(AT_FDCWD, \"/proc") || $0.contains("open(\"/proc") }
        return absolute.isEmpty ? nil : "opened by path: \(absolute.joined(separator: "; "))"
    }

    /// A neighbour that shares the root file system exchanges its /proc with a folder of its own, over and over: what the
    /// runtime writes below /proc must reach the kernel, and what it makes read-only must be the kernel's too.
    private static let exchangedProc = EscapeCase(
        "RT-10", "/proc is exchanged with a folder while containers start, \(EscapeRuntime.races) times", isRace: true
    ) { runtime in
        var bundle = try await EscapeBundle()
        for folder in ["proc", "fake"] { try bundle.root.mkdir(folder, permissions: 0o755) }
        let fake = HostPath(bundle.temporary.path("rootfs/fake"))
        for name in [
            "sys/net/ipv4/ip_forward", "sys/kernel/msgmax", "self/oom_score_adj", "self/attr/exec", "thread-self/attr/exec",
            "self/setgroups", "1/oom_score_adj",
        ] {
            try (fake / name).parent.mkdir()
            // The same file under another name, so that it is the host's from every root.
            try FileManager.default.linkItem(atPath: bundle.canary + "/secret", toPath: (fake / name).description)
        }
        bundle.spec.linux.sysctl = ["net.ipv4.ip_forward": "1", "kernel.msgmax": "4096"]
        bundle.spec.process.oomScoreAdj = 100
        let swapper = try ChildProcess(
            ["/usr/bin/python3", Programs.project + "/Tests/Escape/exchange.py", bundle.temporary.path("rootfs"), "proc", "fake"],
            streams: .pipes)
        defer { swapper.signal(SIGKILL) }
        try await swapper.output.wait(for: "exchanging")
        // The kernel's tree is where the container's mount has gone with the folder.
        let script = """
            cd /; for d in proc fake; do (cd $d 2>/dev/null && [ -e self/stat ] || exit
            echo is $(cat sys/net/ipv4/ip_forward sys/kernel/msgmax self/oom_score_adj)
            (: >>sys/kernel/core_pattern) 2>/dev/null && echo writable); done; true
            """
        for round in 0..<EscapeRuntime.races {
            let result = try await bundle.run(runtime, script)
            if let touched = try bundle.touched() { return "round \(round): \(touched)" }
            if result.out.contains("writable") { return "round \(round): the host's parameters can be written" }
            // The shell itself may meet the exchange and see the tree twice, or not at all.
            if let wrong = result.lines.first(where: { $0 != "is 1 4096 100" }), runtime.kind != .naive {
                return "round \(round): \(wrong)"
            }
            if result.exitCode != 0, runtime.kind != .naive { _ = try bundle.refused(result) }
        }
        return nil
    }
}
