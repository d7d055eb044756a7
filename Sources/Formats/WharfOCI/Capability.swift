// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The kernel's capabilities by name (linux/capability.h), and the set that Docker gives a container.

/// A capability: its bit in the kernel's sets.
public enum Capability: UInt8, Sendable, CaseIterable {
    case chown = 0
    case dacOverride, dacReadSearch, fowner, fsetid, kill, setgid, setuid, setpcap, linuxImmutable, netBindService
    case netBroadcast, netAdmin, netRaw, ipcLock, ipcOwner, sysModule, sysRawio, sysChroot, sysPtrace, sysPacct
    case sysAdmin, sysBoot, sysNice, sysResource, sysTime, sysTtyConfig, mknod, lease, auditWrite, auditControl
    case setfcap, macOverride, macAdmin, syslog, wakeAlarm, blockSuspend, auditRead, perfmon, bpf, checkpointRestore

    /// All names without `CAP_`, in the order of their bits, as one string: a table of strings would cost each shim
    /// relocations and heap.
    private static let names: StaticString = """
        CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE \
        NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT \
        SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL \
        SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE
        """

    private static var split: [Substring.UTF8View] {
        "\(names)".utf8.split(separator: UInt8(ascii: " "))
    }

    /// The bit in a 64-bit set.
    public var mask: UInt64 { 1 << UInt64(rawValue) }

    /// `CAP_CHOWN`.
    public var name: String { "CAP_\(String(decoding: Capability.split[Int(rawValue)], as: UTF8.self))" }

    /// By name as the spec writes it (`CAP_CHOWN`); nil for an unknown one.
    public init?(name: String) {
        let bytes = name.utf8
        guard bytes.starts(with: "CAP_".utf8) else { return nil }
        let bare = bytes.dropFirst(4)
        guard let index = Capability.split.firstIndex(where: { $0.elementsEqual(bare) }) else { return nil }
        self.init(rawValue: UInt8(index))
    }

    /// What a container gets unless it is told otherwise: Docker's fourteen (moby, daemon/pkg/oci/caps/defaults.go).
    public static let containerDefaults: [Capability] = [
        .chown, .dacOverride, .fsetid, .fowner, .mknod, .netRaw, .setgid, .setuid, .setfcap, .setpcap, .netBindService,
        .sysChroot, .kill, .auditWrite,
    ]
}
