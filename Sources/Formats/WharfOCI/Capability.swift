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

    /// Calls `body` with the bytes of each name in turn, until it answers true; that name's position.
    private static func position(where body: (UnsafeBufferPointer<UInt8>, Int) -> Bool) -> Int? {
        let all = UnsafeBufferPointer(start: names.utf8Start, count: names.utf8CodeUnitCount)
        var (start, index) = (0, 0)
        for end in 0...all.count where end == all.count || all[end] == UInt8(ascii: " ") {
            if body(UnsafeBufferPointer(rebasing: all[start..<end]), index) { return index }
            (start, index) = (end + 1, index + 1)
        }
        return nil
    }

    /// The bit in a 64-bit set.
    public var mask: UInt64 { 1 << UInt64(rawValue) }

    /// `CAP_CHOWN`.
    public var name: String {
        var name = "CAP_"
        _ = Capability.position { bytes, index in
            if index == Int(rawValue) { name += String(decoding: bytes, as: UTF8.self) }
            return index == Int(rawValue)
        }
        return name
    }

    /// By name as the spec writes it (`CAP_CHOWN`); nil for an unknown one.
    public init?(name: String) {
        let bytes = name.utf8
        guard bytes.starts(with: "CAP_".utf8) else { return nil }
        let bare = bytes.dropFirst(4)
        guard let index = Capability.position(where: { known, _ in known.count == bare.count && known.elementsEqual(bare) }) else {
            return nil
        }
        self.init(rawValue: UInt8(index))
    }

    /// What a container gets unless it is told otherwise: Docker's fourteen (moby, daemon/pkg/oci/caps/defaults.go).
    public static let containerDefaults: [Capability] = [
        .chown, .dacOverride, .fsetid, .fowner, .mknod, .netRaw, .setgid, .setuid, .setfcap, .setpcap, .netBindService,
        .sysChroot, .kill, .auditWrite,
    ]
}
