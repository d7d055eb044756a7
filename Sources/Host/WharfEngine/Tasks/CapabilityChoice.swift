// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Which capabilities a process gets (moby, daemon/pkg/oci/caps/utils.go). ALL is what the daemon itself may hand out: a
// daemon in a container of its own has less than the kernel knows, and asking for more would fail the whole call.

import Glibc
import WharfLinux
import WharfOCI

/// Docker's rule for `--privileged`, `--cap-add` and `--cap-drop`.
enum CapabilityChoice {
    /// The daemon's own bounding set, read once.
    static let available: [Capability] = {
        guard let status = try? HostPath("/proc/self/status").read(limit: 1 << 16) else { return Capability.allCases }
        return bounding(inStatus: status)
    }()

    /// The set in the text of a /proc/PID/status; all of them where it has none.
    static func bounding(inStatus status: [UInt8]) -> [Capability] {
        for line in status.split(separator: UInt8(ascii: "\n")) where line.starts(with: "CapBnd:".utf8) {
            let digits = String(decoding: line.dropFirst(7), as: UTF8.self).filter { !$0.isWhitespace }
            guard let bits = UInt64(digits, radix: 16) else { break }
            return Capability.allCases.filter { bits & $0.mask != 0 }
        }
        return Capability.allCases
    }

    /// Upper case, `CAP_` before it; `ALL` stays.
    static func fullName(_ name: String) -> String {
        let upper = name.uppercased()
        return upper == "ALL" || upper.utf8.starts(with: "CAP_".utf8) ? upper : "CAP_\(upper)"
    }

    /// Adding ALL keeps all but the dropped ones; dropping ALL keeps only the added ones; else the defaults without the
    /// dropped and with the added ones. What is not available is left out.
    ///
    /// - Throws: `TaskFailure` with the step `spec` for an unknown name.
    static func names(added: [String], dropped: [String], available: [Capability]) throws(TaskFailure) -> [String] {
        let (adds, addsAll) = try parse(added)
        let (drops, dropsAll) = try parse(dropped)
        if addsAll { return available.filter { !drops.contains($0) }.map(\.name) }
        var chosen = dropsAll ? [] : Capability.containerDefaults.filter { !drops.contains($0) }
        for capability in adds where !chosen.contains(capability) { chosen.append(capability) }
        return chosen.filter(available.contains).map(\.name)
    }

    private static func parse(_ names: [String]) throws(TaskFailure) -> (capabilities: [Capability], isAll: Bool) {
        var capabilities: [Capability] = []
        var isAll = false
        for name in names {
            let full = fullName(name)
            if full.utf8.elementsEqual("ALL".utf8) {
                isAll = true
            } else if let capability = Capability(name: full) {
                capabilities.append(capability)
            } else {
                throw TaskFailure(step: "spec", errno: EINVAL, text: "invalid capability: \"\(name)\"")
            }
        }
        return (capabilities, isAll)
    }
}

extension TaskProcess {
    /// The names for the three sets of the process.
    ///
    /// - Throws: `TaskFailure` with the step `spec` for an unknown name.
    func capabilityNames(_ available: [Capability] = CapabilityChoice.available) throws(TaskFailure) -> [String] {
        if privileged { return available.map(\.name) }
        return try CapabilityChoice.names(added: capabilitiesAdded, dropped: capabilitiesDropped, available: available)
    }
}
