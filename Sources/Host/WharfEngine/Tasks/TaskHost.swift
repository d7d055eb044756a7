// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the host contributes to every specification.

import Glibc
import WharfLinux
import WharfOCI

/// Facts about the host; read once at start.
struct TaskHost: Sendable {
    /// cgroup v2 only: then a container has a cgroup namespace of its own.
    let hasUnifiedCgroups: Bool
    /// Major and minor of the kernel, for profiles that depend on it.
    let kernel: (Int, Int)
    /// See `SystemPaths.thermal`.
    let thermalPaths: [String]
    /// What may be handed out.
    var capabilities = Capability.allCases
    /// Kernel parameters of a network namespace that Docker sets in each new one.
    var networkParameters: [String: String] = [:]
    /// The program that `--init` puts in front; empty where there is none.
    var initProgram = ""
    /// What a container inherits when nothing is said.
    var oomScoreAdjustment = 0

    init(hasUnifiedCgroups: Bool, kernel: (Int, Int) = (6, 1), thermalPaths: [String] = []) {
        self.hasUnifiedCgroups = hasUnifiedCgroups
        self.kernel = kernel
        self.thermalPaths = thermalPaths
    }

    /// Looks at this host.
    static func current(hasUnifiedCgroups: Bool, initProgram: HostPath?) -> TaskHost {
        var host = TaskHost(hasUnifiedCgroups: hasUnifiedCgroups, kernel: kernelVersion(), thermalPaths: SystemPaths.thermal())
        host.capabilities = CapabilityChoice.available
        host.initProgram = initProgram?.description ?? ""
        // Pings without a right, and ports below 1024: a network namespace of its own has nobody to protect from them.
        let parameters = ["net.ipv4.ping_group_range": "0 2147483647", "net.ipv4.ip_unprivileged_port_start": "0"]
        host.networkParameters = parameters.filter { name, _ in
            let path = name.split(separator: ".").joined(separator: "/")
            // An old kernel has not all of them.
            return (try? HostPath("/proc/sys/\(path)").exists()) == true
        }
        host.oomScoreAdjustment = inheritedScore
        return host
    }

    /// The daemon's own OOM score, which its shims and what they make inherit; read once.
    static let inheritedScore: Int = {
        // Unreadable only without /proc, and then nothing works.
        guard let text = try? HostPath("/proc/self/oom_score_adj").read(limit: 64) else { return 0 }
        return Int(String(decoding: text.prefix { $0 != 0x0A }, as: UTF8.self)) ?? 0
    }()

    private static func kernelVersion() -> (Int, Int) {
        var names = utsname()
        guard uname(&names) == 0 else { return (0, 0) }
        return withUnsafeBytes(of: names.release) { SeccompProfile.version(String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)) }
    }
}
