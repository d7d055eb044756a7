// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Security options and capabilities: what nobody knows is refused, what this host can't give is said. A profile that would
// not be applied is an error and no warning: who names one counts on it.

import WharfDockerAPI
import WharfError
import WharfOCI

extension ContainerValidation {
    mutating func checkSecurity(_ host: HostConfig) throws(WharfError) {
        let options = try SecurityOptions(host.securityOpt ?? [])
        if case .profile(let text) = options.seccomp { _ = try SeccompProfile.parse(text) }
        if !self.host.hasAppArmor, !["", "unconfined", "docker-default"].contains(options.appArmorProfile) {
            throw invalid("AppArmor is not supported by the kernel: the profile \"\(options.appArmorProfile)\" can't be applied")
        }
        if options.labels.contains(where: { $0 != "disable" }) {
            if self.host.hasSELinux { throw notYet("SELinux labels") }
            warnings.append("SELinux is not supported by your kernel or not enabled. Security labels discarded.")
        }
        for (flag, names) in [("CapAdd", host.capAdd ?? []), ("CapDrop", host.capDrop ?? [])] {
            for name in names { try check(capability: name, flag) }
        }
    }

    private mutating func check(capability name: String, _ flag: String) throws(WharfError) {
        let full = CapabilityChoice.fullName(name)
        if full.utf8.elementsEqual("ALL".utf8) { return }
        guard let capability = Capability(name: full) else {
            throw invalid("invalid \(flag): unknown capability: \"\(full)\"")
        }
        if flag == "CapAdd", !host.capabilities.contains(capability) {
            warnings.append("Your kernel or environment does not provide the capability \(full). Capability discarded.")
        }
    }
}
