// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The spec that every runtime of the escape suite gets: a container as Docker makes it, written down here so that no
// runtime's own default decides what is tested.

import WharfJSON
import WharfOCI
import WharfTestKit

extension EscapeBundle {
    /// All namespaces, Docker's capabilities, masked and read-only paths.
    static var defaultSpec: RuntimeSpec {
        let closed = ["nosuid", "noexec", "nodev"]
        return RuntimeSpec(
            ociVersion: "1.0.2", root: .init(path: "rootfs"),
            process: .init(
                args: ["sh"], env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
                capabilities: .init(Capability.containerDefaults.map(\.name))),
            hostname: "escape",
            mounts: [
                Mount(destination: "/proc", type: "proc", source: "proc", options: closed),
                Mount(destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
                Mount(
                    destination: "/dev/pts", type: "devpts", source: "devpts",
                    options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]),
                Mount(destination: "/sys", type: "sysfs", source: "sysfs", options: closed + ["ro"]),
                Mount(destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: closed + ["relatime", "ro"]),
                Mount(destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: closed),
                Mount(destination: "/dev/shm", type: "tmpfs", source: "shm", options: closed + ["mode=1777", "size=65536k"]),
            ],
            linux: .init(
                namespaces: ["mount", "pid", "network", "ipc", "uts"].map { .init($0) },
                resources: .init(devices: [.init(allow: false)]), maskedPaths: masked,
                readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]))
    }

    /// Docker's list.
    static let masked = [
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
        "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
    ]

    /// Binds a folder or file of the temporary directory over everything that the spec mounts at `destination` or below.
    mutating func replaceMount(_ destination: String, withBindOf source: String, at index: Int = 0) {
        spec.mounts.removeAll { ($0.destination + "/").hasPrefix(destination + "/") }
        spec.mounts.insert(Mount(destination: destination, type: "bind", source: temporary.path(source), options: ["rbind"]), at: index)
    }
}

extension JSONValue {
    /// A copy in which the member at `path` (`process/user/uid`, `mounts/0/source`) is the given JSON text; missing
    /// objects on the way are made, and `-` as the last word of an array's path appends.
    func replacing(_ path: String, with json: String) throws -> JSONValue {
        try replacing(path.split(separator: "/").map(String.init)[...], with: try JSON.parse(Array(json.utf8)))
    }

    private func replacing(_ path: ArraySlice<String>, with value: JSONValue) throws -> JSONValue {
        guard let key = path.first else { return value }
        switch self {
        case .array(var elements):
            if key == "-" { return .array(elements + [value]) }
            guard let index = Int(key), elements.indices.contains(index) else { throw TestFailure("no element \(key)") }
            elements[index] = try elements[index].replacing(path.dropFirst(), with: value)
            return .array(elements)
        case .object(let object):
            var copy = JSONObject()
            for member in object.members {
                copy.append(member.key, member.key == key ? try member.value.replacing(path.dropFirst(), with: value) : member.value)
            }
            if object[key] == nil { copy.append(key, try JSONValue.object(JSONObject()).replacing(path.dropFirst(), with: value)) }
            return .object(copy)
        default:
            return try JSONValue.object(JSONObject()).replacing(path, with: value)
        }
    }
}
