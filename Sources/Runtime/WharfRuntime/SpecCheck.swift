// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a spec must be before anything is opened for it. The kernel would refuse most of this too, but later and with a
// number instead of words.

import Glibc
import WharfLinux
import WharfOCI

/// Refuses specs that can't be right.
enum SpecCheck {
    /// Checks everything that does not need the host.
    static func check(_ spec: RuntimeSpec, id: String) throws(RuntimeError) {
        guard NameGrammar.isContainerName(id) else { throw invalid("invalid container id \"\(id)\"") }
        try check(spec.process)
        if !spec.hostname.isEmpty && !NameGrammar.isHostname(spec.hostname) { throw invalid("invalid hostname \"\(spec.hostname)\"") }
        if spec.domainname.utf8.count > 64 || spec.domainname.utf8.contains(0) { throw invalid("invalid domainname") }
        if !spec.linux.cgroupsPath.isEmpty && !NameGrammar.isCgroupPath(spec.linux.cgroupsPath) {
            throw invalid("invalid cgroupsPath \"\(spec.linux.cgroupsPath)\"")
        }
        for mount in spec.mounts where mount.destination.utf8.isEmpty || mount.destination.utf8.contains(0) {
            throw invalid("a mount of \"\(mount.source)\" has no valid destination")
        }
        try checkNamespaces(spec)
    }

    /// Checks a process, also one for exec.
    static func check(_ process: RuntimeSpec.Process) throws(RuntimeError) {
        guard let program = process.args.first else { throw invalid("the process has no arguments") }
        if program.isEmpty { throw RuntimeError(step: "exec", errno: ENOENT, text: "exec: \"\": executable file not found in $PATH") }
        if process.args.contains(where: { $0.utf8.contains(0) }) { throw invalid("an argument holds a NUL byte") }
        if process.env.contains(where: { $0.utf8.contains(0) }) { throw invalid("an environment variable holds a NUL byte") }
        guard process.cwd.utf8.first == UInt8(ascii: "/"), !process.cwd.utf8.contains(0) else {
            throw invalid("cwd must be an absolute path, not \"\(process.cwd)\"")
        }
        if let score = process.oomScoreAdj, !(-1000...1000).contains(score) { throw invalid("oomScoreAdj \(score) is out of range") }
    }

    private static func checkNamespaces(_ spec: RuntimeSpec) throws(RuntimeError) {
        var seen: Set<String> = []
        for namespace in spec.linux.namespaces where !seen.insert(namespace.type).inserted {
            throw invalid("the namespace \(namespace.type) is listed twice")
        }
        guard spec.linux.namespaces.contains(where: { $0.type == "mount" && $0.path.isEmpty }) else {
            throw invalid("a container needs a mount namespace of its own")
        }
        if !spec.hostname.isEmpty && !seen.contains("uts") { throw invalid("a hostname needs a uts namespace") }
        for key in spec.linux.sysctl.keys { try checkParameter(key, namespaces: seen) }
    }

    /// Only parameters that a namespace of the container's own holds (RT-13): anything else would change the host.
    private static func checkParameter(_ key: String, namespaces: Set<String>) throws(RuntimeError) {
        guard NameGrammar.isKernelParameter(key) else { throw invalid("invalid sysctl \"\(key)\"") }
        let ipc = [
            "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax", "kernel.shmmni",
            "kernel.shm_rmid_forced",
        ]
        let name = key.split(separator: "/").joined(separator: ".")
        let needed: String
        if name.utf8.starts(with: "net.".utf8) {
            needed = "network"
        } else if name.utf8.starts(with: "fs.mqueue.".utf8) || ipc.contains(where: { $0.utf8.elementsEqual(name.utf8) }) {
            needed = "ipc"
        } else if name.utf8.elementsEqual("kernel.domainname".utf8) || name.utf8.elementsEqual("kernel.hostname".utf8) {
            needed = "uts"
        } else {
            throw invalid("sysctl \"\(key)\" is not in a separate kernel namespace")
        }
        guard namespaces.contains(needed) else { throw invalid("sysctl \"\(key)\" needs a \(needed) namespace of its own") }
    }

    private static func invalid(_ text: String) -> RuntimeError { RuntimeError(step: "spec", errno: EINVAL, text: text) }
}
