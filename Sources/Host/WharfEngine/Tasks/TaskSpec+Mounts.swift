// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The mounts of a container in the order in which they are made: the kernel's file systems, the three network files, and
// the user's own, outer before inner. A user's mount takes the place of a default one.

import WharfOCI

extension TaskSpec {
    /// All mounts of the specification.
    ///
    /// - Throws: `TaskFailure` with the step `spec` where `--init` has no program.
    func runtimeMounts(on host: TaskHost) throws(TaskFailure) -> [Mount] {
        let own = mounts.map(Self.userMount).enumerated().sorted { left, right in
            let depths = (Self.depth(left.element.destination), Self.depth(right.element.destination))
            return depths.0 == depths.1 ? left.offset < right.offset : depths.0 < depths.1
        }.map(\.element)
        let taken = Set(own.map { Self.normalized($0.destination) })
        var defaults = (kernelMounts() + fileMounts()).filter { !taken.contains(Self.normalized($0.destination)) }
        if taken.contains("/dev") { defaults.removeAll { $0.destination.utf8.starts(with: "/dev/".utf8) } }
        if readOnlyRoot {
            // These must stay writable for anything to work (moby does the same).
            let writable: Set<String> = ["/proc", "/dev", "/dev/shm", "/dev/mqueue", "/dev/pts"]
            for index in defaults.indices where !writable.contains(defaults[index].destination) && !defaults[index].options.contains("ro") {
                defaults[index].options.append("ro")
            }
        }
        let initMounts = try needsInit(on: host) ? [Self.initMount(host.initProgram)] : []
        return defaults + own + initMounts
    }

    /// Last, on top of whatever the user mounted at /sbin.
    private static func initMount(_ program: String) -> Mount {
        Mount(destination: initPath, type: "bind", source: program, options: ["bind", "ro", "nosuid", "nodev", "rprivate"])
    }

    private func kernelMounts() -> [Mount] {
        let writable = process.privileged ? "rw" : "ro"
        let cgroups = hasWritableCgroups ?? process.privileged ? "rw" : "ro"
        // mqueue shows the ipc namespace of its mounter, so it is right for all.
        return [
            Mount(destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"]),
            Mount(destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
            Mount(
                destination: "/dev/pts", type: "devpts", source: "devpts",
                options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
            Mount(destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", writable]),
            Mount(destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev", cgroups]),
        ] + sharedMemoryMounts() + [
            Mount(destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"])
        ]
    }

    private func sharedMemoryMounts() -> [Mount] {
        let bound = ["rbind", "nosuid", "noexec", "nodev", "rprivate"]
        switch sharedMemory {
        case .none: return []
        case .host: return [Mount(destination: "/dev/shm", type: "bind", source: "/dev/shm", options: bound)]
        case .joined(let process):
            return [Mount(destination: "/dev/shm", type: "bind", source: "/proc/\(process)/root/dev/shm", options: bound)]
        case .own:
            let size = sharedMemorySize > 0 ? sharedMemorySize : 64 << 20
            return [
                Mount(
                    destination: "/dev/shm", type: "tmpfs", source: "shm",
                    options: ["nosuid", "noexec", "nodev", "mode=1777", "size=\(size)"])
            ]
        }
    }

    private func fileMounts() -> [Mount] {
        let files = [("/etc/resolv.conf", resolvConfPath), ("/etc/hostname", hostnamePath), ("/etc/hosts", hostsPath)]
        return files.filter { !$0.1.isEmpty }.map { destination, source in
            Mount(destination: destination, type: "bind", source: source, options: ["rbind", "rprivate"])
        }
    }

    private static func userMount(_ mount: TaskMount) -> Mount {
        switch mount.source {
        case .bind(let source):
            let recursion = mount.options.contains("bind") || mount.options.contains("rbind") ? [] : ["rbind"]
            let options = recursion + [mount.propagation.isEmpty ? "rprivate" : mount.propagation] + (mount.readOnly ? ["ro"] : [])
            return Mount(destination: mount.destination, type: "bind", source: source, options: options + mount.options)
        case .tmpfs:
            let options = merged(["noexec", "nosuid", "nodev"], mount.options) + (mount.readOnly ? ["ro"] : [])
            return Mount(destination: mount.destination, type: "tmpfs", source: "tmpfs", options: options)
        }
    }

    /// The defaults that no option contradicts, and the options.
    private static func merged(_ defaults: [String], _ options: [String]) -> [String] {
        defaults.filter { word in !options.contains { $0 == word || "no\($0)" == word } } + options
    }

    private static func depth(_ path: String) -> Int { path.utf8.split(separator: 0x2F).count }

    /// `/dev//shm/` is `/dev/shm`.
    private static func normalized(_ path: String) -> String {
        "/" + path.utf8.split(separator: 0x2F).map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
    }
}
