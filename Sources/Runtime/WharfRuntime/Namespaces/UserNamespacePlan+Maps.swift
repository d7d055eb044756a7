// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the maker does from outside for a process in another user namespace, where that process has no rights itself: its
// maps, its limits, its OOM score, the owners of its streams.

import Glibc
import WharfLinux
import WharfOCI

extension UserNamespacePlan {
    /// Gives the new user namespace of a process its maps: once, and before anything is done in it.
    func writeMaps(of pid: Int32, _ proc: ProcFD) throws(RuntimeError) {
        // Who is not root may only map the own group, and only when the container can't drop it.
        if geteuid() != 0 { try write("deny", "setgroups", pid, proc) }
        try write(Self.text(uids), "uid_map", pid, proc)
        try write(Self.text(gids), "gid_map", pid, proc)
    }

    private func write(_ text: String, _ file: String, _ pid: Int32, _ proc: ProcFD) throws(RuntimeError) {
        try step("user-namespace", "writing \(file)") { () throws(SyscallError) in
            try proc.open("\(pid)/\(file)", .write).writeOnce(text)
        }
    }

    private static func text(_ map: [IDMapping]) -> String {
        map.map { "\($0.containerID) \($0.hostID) \($0.size)\n" }.joined()
    }

    /// The map of a process's user namespace, with ids of the caller's (of the parent namespace for the caller's own).
    static func readMap(_ proc: ProcFD, _ pid: Int32, _ file: String) throws(RuntimeError) -> [IDMapping] {
        let bytes = try step("user-namespace", file) { () throws(SyscallError) in
            try proc.open("\(pid)/\(file)").readAll(limit: 1 << 16)
        }
        return bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let numbers = line.split(separator: UInt8(ascii: " ")).compactMap { UInt32(String(decoding: $0, as: UTF8.self)) }
            return numbers.count == 3 ? IDMapping(containerID: numbers[0], hostID: numbers[1], size: numbers[2]) : nil
        }
    }

    /// Becomes the root of the user namespace that was entered. Before that the kernel calls the process "nobody".
    static func becomeRoot() throws(RuntimeError) {
        do throws(SyscallError) {
            try Credentials.setGroups([])
        } catch  where error.errno == EPERM {
            // A namespace that was made without rights keeps the groups of who made it.
        } catch {
            throw RuntimeError(step: "user", error)
        }
        try step("user", "root is not mapped in the container's user namespace") { () throws(SyscallError) in
            try Credentials.setGroup(0)
            try Credentials.setUser(0)
        }
    }

    /// Sets the limits and the OOM score of a process from outside: raising one is the right of the host's root only.
    static func limit(_ pid: Int32, _ process: RuntimeSpec.Process, _ proc: ProcFD) throws(RuntimeError) {
        try ProcessSetup.setLimits(process.rlimits, of: pid)
        guard let score = process.oomScoreAdj else { return }
        try step("oom-score") { () throws(SyscallError) in
            try proc.open("\(pid)/oom_score_adj", .write).writeOnce("\(score)")
        }
    }

    /// Hands pipes, sockets and terminals to the container's root, as whom init can hand them on to the user. Files keep
    /// their owner: they are somebody's on the host.
    static func giveStreams(_ stdio: Stdio, of pid: Int32, _ proc: ProcFD) throws(RuntimeError) {
        guard case .descriptors(let input, let output, let error) = stdio else { return }
        let uids = try readMap(proc, pid, "uid_map")
        let gids = try readMap(proc, pid, "gid_map")
        guard let uid = host(0, uids), let gid = host(0, gids) else { return }
        for stream in [input, output, error] {
            try step("stdio") { () throws(SyscallError) in
                let status = try stream.status()
                let isTerminal = status.kind == .characterDevice && (136...143).contains(status.deviceMajor)
                guard status.kind == .fifo || status.kind == .socket || isTerminal else { return }
                if uids.contains(where: { $0.hasHost(status.uid) }) { return }
                do throws(SyscallError) {
                    try stream.setOwner(uid: uid, gid: gid)
                } catch  where error.errno == EINVAL || error.errno == EPERM || error.errno == EROFS {
                    // A stream of a kind that has no owner: it stays as it is.
                    return
                }
            }
        }
    }
}

extension IDMapping {
    fileprivate func hasHost(_ id: UInt32) -> Bool { id >= hostID && id - hostID < size }
}
