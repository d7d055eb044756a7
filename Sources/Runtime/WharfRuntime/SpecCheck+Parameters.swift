// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// RT-13: only kernel parameters that a namespace of the container's own holds; anything else would change the host. The
// value is never looked into: it reaches the kernel in one write to the one file that the key names.

import Glibc
import WharfLinux
import WharfOCI

extension SpecCheck {
    static func checkParameter(_ key: String, namespaces: [String]) throws(RuntimeError) {
        guard let path = NameGrammar.kernelParameter(key) else { throw invalid("invalid sysctl \"\(key)\"") }
        let ipc = ["msgmax", "msgmnb", "msgmni", "sem", "shmall", "shmmax", "shmmni", "shm_rmid_forced"]
        let isIPC =
            starts(path, "fs", "mqueue") && path.count == 3
            || path.count == 2 && starts(path, "kernel") && ipc.contains { $0.utf8.elementsEqual(path[1].utf8) }
        if isIPC {
            guard namespaces.contains("ipc") else { throw invalid("sysctl \"\(key)\" is not allowed in the hosts ipc namespace") }
            return
        }
        if starts(path, "net"), path.count > 1 {
            guard namespaces.contains("network") else { throw invalid("sysctl \"\(key)\" not allowed in host network namespace") }
            return
        }
        if namespaces.contains("uts"), path.count == 2 {
            if starts(path, "kernel", "domainname") { return }
            if starts(path, "kernel", "hostname") {
                throw invalid("sysctl \"\(key)\" is not allowed as it conflicts with the OCI \"hostname\" field")
            }
        }
        throw invalid("sysctl \"\(key)\" is not in a separate kernel namespace")
    }

    /// A parameter of the network, when the spec sets one.
    static func networkParameter(_ spec: RuntimeSpec) -> String? {
        spec.linux.sysctl.keys.first { NameGrammar.kernelParameter($0).map { starts($0, "net") } ?? false }
    }

    private static func starts(_ path: [String], _ names: String...) -> Bool {
        path.count >= names.count && zip(path, names).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
    }
}
