// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the kernel still holds of some containers: processes, cgroups, mounts. A test asks for it to be empty; the fixture
// removes it so that a failed test leaves nothing.

public import Foundation

/// Kernel objects that belong to containers, found by looking at the whole machine.
public struct Leftovers: Sendable, CustomStringConvertible {
    /// Shims and processes in the containers' cgroups.
    public var processes: [pid_t] = []
    /// Folders below /sys/fs/cgroup that are named after a container.
    public var cgroups: [String] = []
    /// Mount points below the daemon's folders, in the host's mount namespace.
    public var mounts: [String] = []

    public var isEmpty: Bool { processes.isEmpty && cgroups.isEmpty && mounts.isEmpty }

    public var description: String { "processes \(processes), cgroups \(cgroups), mounts \(mounts)" }

    /// Looks at /proc, /sys/fs/cgroup and the mount table.
    public static func find(ids: Set<String>, below folder: String) -> Leftovers {
        let cgroups = cgroups(ids: ids)
        let inside = cgroups.flatMap { path in
            read("\(path)/cgroup.procs").split(separator: "\n").compactMap { pid_t($0) }
        }
        return Leftovers(
            processes: Set(shims(ids: ids) + inside).sorted(), cgroups: cgroups, mounts: mounts().filter { $0.hasPrefix(folder + "/") })
    }

    /// The shims that stand beside these containers: their command line carries the id.
    public static func shims(ids: Set<String>) -> [pid_t] {
        processes().filter { pid in
            let words = read("/proc/\(pid)/cmdline").split(separator: "\0").map(String.init)
            guard words.first?.hasSuffix("wharf-shim") == true, let at = words.firstIndex(of: "--id") else { return false }
            return words.indices.contains(at + 1) && ids.contains(words[at + 1])
        }
    }

    /// Every process that can be seen.
    public static func processes() -> [pid_t] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { pid_t($0) }.sorted()
    }

    /// The mount points of this mount namespace.
    public static func mounts() -> [String] {
        read("/proc/self/mountinfo").split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            return fields.count > 4 ? String(fields[4]) : nil
        }
    }

    /// Folders with a container's id as their name, at most four levels below a hierarchy, deepest first.
    private static func cgroups(ids: Set<String>) -> [String] {
        func walk(_ path: String, _ depth: Int) -> [String] {
            guard depth > 0, let names = try? FileManager.default.contentsOfDirectory(atPath: path) else { return [] }
            return names.flatMap { name -> [String] in
                let child = "\(path)/\(name)"
                var isFolder: ObjCBool = false
                guard FileManager.default.fileExists(atPath: child, isDirectory: &isFolder), isFolder.boolValue else { return [] }
                return walk(child, depth - 1) + (ids.contains { name.contains($0) } ? [child] : [])
            }
        }
        return ids.isEmpty ? [] : walk("/sys/fs/cgroup", 5)
    }

    /// Ends the processes, then removes cgroups and mounts. Best effort: it runs when something went wrong already.
    public func remove() async {
        for pid in processes { kill(pid, SIGKILL) }
        let pids = processes
        // Clean-up: what does not end can't be helped from here.
        try? await eventually(within: .seconds(10), "the processes end") { !pids.contains(where: Self.isAlive) }
        for mount in mounts.reversed() { umount2(mount, Int32(MNT_DETACH)) }
        for cgroup in cgroups { rmdir(cgroup) }
    }

    /// A file of /proc or /sys as text; empty when it has gone.
    static func read(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
}

extension Leftovers {
    /// Whether a process is there and no zombie.
    public static func isAlive(_ pid: pid_t) -> Bool {
        let status = read("/proc/\(pid)/status")
        return !status.isEmpty && !status.contains("\nState:\tZ")
    }

    /// The network namespaces that some process is in, as `net:[4026531840]`.
    public static func networkNamespaces() -> Set<String> {
        // A process may end between the two looks.
        Set(processes().compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\($0)/ns/net") })
    }
}
