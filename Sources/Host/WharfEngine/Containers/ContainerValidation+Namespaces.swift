// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Namespace modes, in dockerd's words. Which container a `container:X` means is looked up by `adaptSharedNamespaces`.

import WharfDockerAPI
import WharfError

extension ContainerValidation {
    func checkNamespaces(_ config: ContainerConfig, _ host: HostConfig) throws(WharfError) {
        guard ["", "host"].contains(host.pidMode) || Self.joins(host.pidMode) else {
            throw invalid("invalid PID mode: \(host.pidMode)")
        }
        guard ["", "private", "host", "shareable", "none"].contains(host.ipcMode) || Self.joins(host.ipcMode) else {
            throw invalid("invalid IPC mode: \(host.ipcMode)")
        }
        guard ["", "host"].contains(host.utsMode) else { throw invalid("invalid UTS mode: \(host.utsMode)") }
        if host.utsMode == "host", !config.hostname.isEmpty { throw invalid("conflicting options: hostname and the UTS mode") }
        guard ["", "host", "private"].contains(host.cgroupnsMode) else {
            throw invalid("invalid cgroup namespace mode: \(host.cgroupnsMode)")
        }
        guard ["", "host"].contains(host.usernsMode) else { throw invalid("invalid user namespace mode: \(host.usernsMode)") }
        guard ["", "default"].contains(host.isolation) else { throw invalid("invalid isolation '\(host.isolation)' on linux") }
    }

    private static func joins(_ mode: String) -> Bool { mode.joinedContainer?.isEmpty == false }
}
