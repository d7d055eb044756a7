// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Whether this host can do what a process's labels ask for. A label that the kernel would drop in silence is a container
// that runs with less protection than was asked for: an error instead.

import Glibc
import WharfLinux
import WharfOCI

/// AppArmor profiles and SELinux labels.
enum SecurityLabels {
    /// `unconfined` on a host without AppArmor is what every process there is.
    static func wantsAppArmor(_ process: RuntimeSpec.Process) -> Bool {
        !process.apparmorProfile.isEmpty && !process.apparmorProfile.utf8.elementsEqual("unconfined".utf8)
    }

    /// Refuses labels of a kind that the host has not. The texts are runc's.
    static func check(_ process: RuntimeSpec.Process) throws(RuntimeError) {
        if wantsAppArmor(process) {
            // No file: the kernel was built without it.
            let state = try? HostPath("/sys/module/apparmor/parameters/enabled").read(limit: 16)
            guard state?.first == UInt8(ascii: "Y") else {
                throw RuntimeError(
                    step: "apparmor", errno: ENOTSUP,
                    text: "apparmorProfile \"\(process.apparmorProfile)\": config provided but apparmor not supported")
            }
        }
        if !process.selinuxLabel.isEmpty {
            let exists = try step("selinux") { () throws(SyscallError) in try HostPath("/sys/fs/selinux/enforce").exists() }
            guard exists else {
                throw RuntimeError(
                    step: "selinux", errno: ENOTSUP,
                    text: "selinuxLabel \"\(process.selinuxLabel)\" is specified in config, but selinux is disabled or not supported")
            }
        }
    }
}
