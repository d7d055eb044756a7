// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `spec`: a config.json to start from. A shell in every namespace, with the rights and the hidden paths of a container
// that Docker makes without options.

import Glibc
import WharfLinux
import WharfOCI
import WharfRuntime

/// Writes config.json; an existing one is not replaced.
func writeSpec(_ bundle: HostPath) throws(RuntimeError) {
    do {
        let file = try (bundle / "config.json").open([.write, .create, .exclusive], permissions: 0o644)
        try file.writeAll(Bundle.encode(defaultSpec()))
    } catch {
        throw RuntimeError(step: "spec", error)
    }
}

/// The default specification.
private func defaultSpec() -> RuntimeSpec {
    RuntimeSpec(
        root: .init(path: "rootfs"),
        process: .init(
            args: ["sh"], env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            capabilities: .init(Capability.containerDefaults.map(\.name))),
        hostname: "wharf", mounts: defaultMounts(),
        linux: .init(
            namespaces: ["mount", "pid", "network", "ipc", "uts"].map { .init($0) },
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
        Mount(destination: "/proc", type: "proc", source: "proc", options: closed),
        Mount(destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
        Mount(
            destination: "/dev/pts", type: "devpts", source: "devpts",
            options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
        Mount(destination: "/sys", type: "sysfs", source: "sysfs", options: closed + ["ro"]),
        Mount(destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: closed + ["relatime", "ro"]),
        Mount(destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: closed),
        Mount(destination: "/dev/shm", type: "tmpfs", source: "shm", options: closed + ["mode=1777", "size=65536k"]),
    ]
}
