// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `spec`: a config.json to start from, the same as runc writes.

import Glibc
import WharfJSON
import WharfLinux
import WharfOCI
import WharfRuntime

/// The verb.
let specVerb = Verb(
    name: "spec", summary: "write a config.json to start from", operands: "", count: 0...0,
    description: """
        Writes config.json into the bundle: a shell with a terminal in namespaces of its own, few rights and a read-only
        root file system in rootfs. With --rootless the container gets a user namespace that maps its root to the caller.
        """,
    flags: [
        .value("bundle", "b", of: "DIR", help: "the bundle's directory (default: the current one)"),
        .toggle("rootless", help: "for a caller without rights"),
    ]
) { invocation in
    let bundle = try absolutePath(invocation.values["bundle"] ?? ".")
    var spec = defaultSpec()
    if invocation.values.isOn("rootless") { makeRootless(&spec) }
    let file: Descriptor
    do throws(SyscallError) {
        file = try (bundle / "config.json").open([.write, .create, .exclusive], permissions: 0o666)
    } catch  where error.errno == EEXIST {
        throw CommandError("File config.json exists. Remove it first")
    } catch {
        throw RuntimeError(step: "state", error)
    }
    print(indented(JSON.encode(spec), by: "\t") + "\n", to: file)
    return 0
}

private func defaultSpec() -> RuntimeSpec {
    var process = RuntimeSpec.Process(
        terminal: true, args: ["sh"], env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
        capabilities: .init(["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]),
        rlimits: [.init(type: "RLIMIT_NOFILE", hard: 1024, soft: 1024)], noNewPrivileges: true)
    process.cwd = "/"
    return RuntimeSpec(
        root: .init(path: "rootfs", readonly: true), process: process, hostname: Program.name, mounts: defaultMounts(),
        linux: .init(
            namespaces: ["pid", "network", "ipc", "uts", "mount", "cgroup"].map { .init($0) },
            resources: .init(devices: [.init(allow: false)]),
            maskedPaths: [
                "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
                "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
            ],
            readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]))
}

private func defaultMounts() -> [Mount] {
    let closed = ["nosuid", "noexec", "nodev"]
    return [
        Mount(destination: "/proc", type: "proc", source: "proc", options: []),
        Mount(destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
        Mount(
            destination: "/dev/pts", type: "devpts", source: "devpts",
            options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
        Mount(destination: "/dev/shm", type: "tmpfs", source: "shm", options: closed + ["mode=1777", "size=65536k"]),
        Mount(destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: closed),
        Mount(destination: "/sys", type: "sysfs", source: "sysfs", options: closed + ["ro"]),
        Mount(destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: closed + ["relatime", "ro"]),
    ]
}

/// What a caller without rights can do: its own user namespace, no network of its own, the host's /sys, no limits.
private func makeRootless(_ spec: inout RuntimeSpec) {
    spec.linux.namespaces.removeAll { $0.type.utf8.elementsEqual("network".utf8) }
    spec.linux.namespaces.append(.init("user"))
    spec.linux.uidMappings = [.init(containerID: 0, hostID: geteuid(), size: 1)]
    spec.linux.gidMappings = [.init(containerID: 0, hostID: getegid(), size: 1)]
    spec.linux.resources = .init()
    spec.mounts = spec.mounts.map { mount in
        if mount.destination.utf8.elementsEqual("/sys".utf8) {
            return Mount(destination: "/sys", type: "none", source: "/sys", options: ["rbind", "nosuid", "noexec", "nodev", "ro"])
        }
        var mount = mount
        mount.options.removeAll { $0.utf8.starts(with: "gid=".utf8) || $0.utf8.starts(with: "uid=".utf8) }
        return mount
    }
}
