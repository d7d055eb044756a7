// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// RT-13, RT-17, RT-19, RT-20, RT-21: kernel parameters, control groups, system calls and kernel files that are the host's.

import Foundation
import WharfLinux
import WharfOCI
import WharfTestKit

extension EscapeCase {
    static let kernelParameters: [EscapeCase] = hostParameters.map(hostParameter) + sharedNamespaces.map(sharedParameter)

    /// Keys that are the host's, spelled in every way. The value is the one that is there, so that a runtime that is
    /// fooled changes nothing.
    private static let hostParameters = [
        "kernel.core_pattern", "kernel/core_pattern", "kernel.modprobe", "kernel.randomize_va_space", "vm.overcommit_memory",
        "fs.suid_dumpable", "fs.protected_symlinks", "dev.tty.ldisc_autoload", "kernel.panic", "user.max_user_namespaces",
        "net/../kernel/core_pattern", "net.ipv4/../../kernel/core_pattern", "net/ipv4/../../kernel/panic", "./kernel/core_pattern",
        "/kernel/core_pattern", "/proc/sys/kernel/core_pattern", "kernel.core_pattern ", " kernel.core_pattern", "kernel..core_pattern",
        "net.ipv4.ip_forward\u{0}", "net.ipv4.ip_forward\nkernel.panic", "fs.mqueue/../suid_dumpable", "kernel.shmmax/../core_pattern",
        "net",
        "net.", "",
    ]

    private static func hostParameter(_ key: String) -> EscapeCase {
        let plain =
            !key.contains("\0") && !key.contains("\n") && !key.contains(" ") && !key.contains("..") && !key.contains("/")
            && key.contains(".")
        return EscapeCase(
            "RT-13", "sysctl \(key.debugDescription)",
            provable: plain && !["net.", "kernel.modprobe", "user.max_user_namespaces"].contains(key)
        ) { runtime in
            var bundle = try await EscapeBundle()
            let file = "/proc/sys/" + key.replacing(".", with: "/")
            let present = FileManager.default.contents(atPath: file).map { String(decoding: $0, as: UTF8.self) } ?? "1"
            bundle.spec.linux.sysctl = [key: present.trimmingCharacters(in: .newlines)]
            return try await bundle.mustNotRun(runtime, "sysctl \(key.debugDescription)")
        }
    }

    /// Parameters of a namespace that the container shares with the host.
    private static let sharedNamespaces = [
        ("network", "net.ipv4.ip_forward"), ("ipc", "kernel.shm_rmid_forced"), ("ipc", "fs.mqueue.queues_max"),
        ("uts", "kernel.domainname"),
    ]

    private static func sharedParameter(_ namespace: String, _ key: String) -> EscapeCase {
        EscapeCase("RT-13", "sysctl \(key) with the host's \(namespace) namespace") { runtime in
            var bundle = try await EscapeBundle()
            bundle.spec.linux.namespaces.removeAll { $0.type == namespace }
            if namespace == "uts" { bundle.spec.hostname = "" }
            if namespace == "ipc" { bundle.spec.mounts.removeAll { $0.destination == "/dev/mqueue" } }
            let file = "/proc/sys/" + key.replacing(".", with: "/")
            let present = FileManager.default.contents(atPath: file).map { String(decoding: $0, as: UTF8.self) } ?? "1"
            bundle.spec.linux.sysctl = [key: present.trimmingCharacters(in: .newlines)]
            return try await bundle.mustNotRun(runtime, "sysctl \(key) of the host")
        }
    }

    static let groups: [EscapeCase] = [writableGroups] + ["up", "middle", "relative", "bare"].map(climbingGroup) + [releaseAgent]

    /// The container's own groups are for reading.
    private static let writableGroups = EscapeCase("RT-17", "folders made in /sys/fs/cgroup") { runtime in
        let bundle = try await EscapeBundle()
        let result = try await bundle.run(
            runtime,
            "for d in /sys/fs/cgroup /sys/fs/cgroup/*; do mkdir $d/inner 2>/dev/null && echo made in $d && rmdir $d/inner; done; echo \(EscapeBundle.ran)"
        )
        guard result.out.contains(EscapeBundle.ran) else { throw TestFailure("\(result)") }
        return result.lines.count == 1 ? nil : "\(result.lines)"
    }

    /// A group path that climbs out of its parent.
    private static func climbingGroup(_ trick: String) -> EscapeCase {
        EscapeCase("RT-19", "a cgroupsPath with `..`: \(trick)", provable: trick == "middle" || trick == "relative") { runtime in
            var bundle = try await EscapeBundle()
            let outside = "wharf-outside-" + bundle.name
            switch trick {
            case "up": bundle.spec.linux.cgroupsPath = "/../../../tmp/\(outside)"
            case "middle": bundle.spec.linux.cgroupsPath = "/wharf-escape/../\(outside)"
            case "relative": bundle.spec.linux.cgroupsPath = "wharf-escape/../\(outside)"
            default: bundle.spec.linux.cgroupsPath = ".."
            }
            let result = try await bundle.run(runtime, "grep -c \(outside) /proc/self/cgroup")
            var found: String?
            for place in ["/tmp"]
                + ((try? HostPath("/sys/fs/cgroup").entries()) ?? []).map({
                    "/sys/fs/cgroup/" + String(decoding: $0.name, as: UTF8.self)
                }) where FileManager.default.fileExists(atPath: "\(place)/\(outside)")
            {
                found = "\(place)/\(outside) was made"
                try HostPath("\(place)/\(outside)").rmdir()
            }
            if let found { return found }
            if let count = Int(result.out), count > 0 { return "it ran in \(outside)" }
            // A runtime may also read `..` as the hierarchy's root does, and stay below its own.
            return result.exitCode > 128 ? "it crashed: \(result)" : nil
        }
    }

    /// What the kernel would run on the host when a group becomes empty (version 1).
    private static let releaseAgent = EscapeCase("RT-19", "release_agent and notify_on_release", provable: false) { runtime in
        let bundle = try await EscapeBundle()
        let result = try await bundle.run(
            runtime,
            """
            for f in /sys/fs/cgroup/*/release_agent /sys/fs/cgroup/*/notify_on_release /sys/fs/cgroup/*/cgroup.procs; do
            [ -e $f ] && (echo 1 >$f) 2>/dev/null && echo wrote $f; done
            mkdir /tmp/g && mount -t cgroup -o pids none /tmp/g 2>/dev/null && echo mounted; echo \(EscapeBundle.ran)
            """)
        guard result.out.contains(EscapeBundle.ran) else { throw TestFailure("\(result)") }
        return result.lines.count == 1 ? nil : "\(result.lines)"
    }

    static let systemCalls: [EscapeCase] = [hiddenFiles, ownDefaults, deniedCalls]

    /// Everything that the spec hides is hidden.
    private static let hiddenFiles = EscapeCase(
        "RT-21", "every masked path is empty, every read-only one can't be written", provable: false
    ) {
        runtime in
        let bundle = try await EscapeBundle()
        return try await visible(runtime, bundle)
    }

    /// The same with the runtime's own default spec.
    private static let ownDefaults = EscapeCase("RT-21", "the runtime's own default spec hides what Docker's does", provable: false) {
        runtime in
        var bundle = try await EscapeBundle()
        try await runtime.call(["spec", "--bundle", bundle.temporary.path]).expecting()
        let own = try RuntimeSpec(json: try (bundle.bundle / "config.json").read(limit: 1 << 20))
        bundle.spec.linux.maskedPaths = own.linux.maskedPaths
        bundle.spec.linux.readonlyPaths = own.linux.readonlyPaths
        return try await visible(runtime, bundle)
    }

    private static func visible(_ runtime: EscapeRuntime, _ bundle: EscapeBundle) async throws -> String? {
        let script = """
            for f in \(EscapeBundle.masked.joined(separator: " ")) /sys/devices/system/cpu/cpu0/thermal_throttle; do
            if [ -d $f ]; then [ -z "$(ls -A $f)" ] || echo full $f; elif [ -e $f ]; then [ -z "$(head -c 1 $f 2>/dev/null)" ] || echo readable $f; fi
            done
            for f in /proc/sys/kernel/panic /proc/sysrq-trigger /proc/irq/default_smp_affinity /sys/kernel/uevent_seqnum; do
            [ -e $f ] && (: >>$f) 2>/dev/null && echo writable $f; done
            echo \(EscapeBundle.ran)
            """
        let result = try await bundle.run(runtime, script)
        guard result.out.contains(EscapeBundle.ran) else { throw TestFailure("\(result)") }
        return result.lines.count == 1 ? nil : "\(result.lines)"
    }

    /// A filter answers with an error of its own: each call must have it, in the first process and in one that is added.
    private static let deniedCalls = EscapeCase("RT-20", "system calls that the spec's filter denies") { runtime in
        var bundle = try await EscapeBundle()
        try await bundle.addProgram("denied-calls")
        let source = try String(contentsOfFile: Programs.project + "/Tests/Escape/denied-calls.c", encoding: .utf8)
        let names = source.matches(of: /\{"([a-z0-9_]+)",/).map { "\"\($0.output.1)\"" }
        guard names.count >= 60 else { throw TestFailure("only \(names.count) calls in the table") }
        bundle.overrides = [
            (
                "linux/seccomp",
                #"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":[\#(names.joined(separator: ","))],"action":"SCMP_ACT_ERRNO","errnoRet":99}]}"#
            )
        ]
        bundle.spec.process.args = ["denied-calls", "99"]
        let result = try await bundle.run(runtime, nil)
        guard result.lines.last == "done" else { throw TestFailure("\(result)") }
        if result.lines.count > 1 { return "answered by the kernel: \(result.lines.dropLast())" }
        return try await withRunning(runtime, bundle) { bundle in
            let result = try await runtime.call(["exec", bundle.name, "denied-calls", "99"])
            guard result.lines.last == "done" else { throw TestFailure("\(result)") }
            return result.lines.count == 1 ? nil : "answered by the kernel in exec: \(result.lines.dropLast())"
        }
    }
}

extension EscapeBundle {
    /// Builds `Tests/Escape/NAME.c` into the image's /bin.
    func addProgram(_ name: String) async throws {
        try await CommandLine.run(
            "gcc", ["-static", "-O1", "-o", temporary.path("rootfs/bin/\(name)"), Programs.project + "/Tests/Escape/\(name).c"]
        ).expecting()
    }
}
