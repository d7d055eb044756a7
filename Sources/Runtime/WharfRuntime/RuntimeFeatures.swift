// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What this runtime understands, as callers ask for it before they write a spec (OCI runtime spec 1.2, features.md). The
// tests hold every word of the lists against the code that acts on it.

public import WharfJSON
import WharfOCI

/// The features document.
public struct RuntimeFeatures: Sendable, JSONWritable {
    /// Options of a mount that are not passed on to the file system.
    public static let mountOptions = [
        "async", "atime", "bind", "defaults", "dev", "diratime", "dirsync", "exec", "idmap", "iversion", "lazytime", "loud", "mand",
        "noatime", "nodev", "nodiratime", "noexec", "noiversion", "nolazytime", "nomand", "norelatime", "nostrictatime", "nosuid",
        "nosymfollow", "private", "ratime", "rbind", "rdev", "rdiratime", "relatime", "remount", "rexec", "ridmap", "rnoatime", "rnodev",
        "rnodiratime", "rnoexec", "rnorelatime", "rnostrictatime", "rnosuid", "rnosymfollow", "ro", "rprivate", "rrelatime", "rro", "rrw",
        "rshared", "rslave", "rstrictatime", "rsuid", "rsymfollow", "runbindable", "rw", "shared", "silent", "slave", "strictatime", "suid",
        "symfollow", "sync", "tmpcopyup", "unbindable",
    ]
    public static let namespaces = ["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"]
    public static let seccompActions = [
        "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_LOG",
        "SCMP_ACT_NOTIFY", "SCMP_ACT_TRACE", "SCMP_ACT_TRAP",
    ]
    public static let seccompOperators = [
        "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_LE", "SCMP_CMP_LT", "SCMP_CMP_MASKED_EQ", "SCMP_CMP_NE",
    ]
    public static let seccompArchitectures = [
        "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM", "SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL",
        "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC", "SCMP_ARCH_PPC64", "SCMP_ARCH_PPC64LE", "SCMP_ARCH_RISCV64",
        "SCMP_ARCH_S390", "SCMP_ARCH_S390X", "SCMP_ARCH_X32", "SCMP_ARCH_X86", "SCMP_ARCH_X86_64",
    ]
    public static let seccompFlags = [
        "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
    ]

    /// Which security modules the kernel has switched on (/sys/kernel/security/lsm), for the caller to look up.
    public var hasAppArmor: Bool
    public var hasSELinux: Bool

    public init(hasAppArmor: Bool, hasSELinux: Bool) {
        self.hasAppArmor = hasAppArmor
        self.hasSELinux = hasSELinux
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("ociVersionMin", "1.0.0")
            json.field("ociVersionMax", "1.2.0")
            json.field("hooks", RuntimeSpec.HookMoment.allCases.map(\.rawValue))
            json.field("mountOptions", RuntimeFeatures.mountOptions)
            json.object("linux", linux)
        }
    }

    private func linux(_ json: inout JSONWriter) {
        json.field("namespaces", RuntimeFeatures.namespaces)
        json.field("capabilities", Capability.allCases.map(\.name))
        json.object("cgroup") { json in
            json.field("v1", true)
            json.field("v2", true)
            json.field("systemd", false)
            json.field("systemdUser", false)
            json.field("rdma", true)
        }
        json.object("seccomp") { json in
            json.field("enabled", true)
            json.field("actions", RuntimeFeatures.seccompActions)
            json.field("operators", RuntimeFeatures.seccompOperators)
            json.field("archs", RuntimeFeatures.seccompArchitectures)
            json.field("knownFlags", RuntimeFeatures.seccompFlags)
            json.field("supportedFlags", RuntimeFeatures.seccompFlags)
        }
        for (name, isEnabled) in [("apparmor", hasAppArmor), ("selinux", hasSELinux), ("intelRdt", false), ("netDevices", false)] {
            json.object(name) { $0.field("enabled", isEnabled) }
        }
        json.object("mountExtensions") { json in json.object("idmap") { $0.field("enabled", true) } }
    }
}
