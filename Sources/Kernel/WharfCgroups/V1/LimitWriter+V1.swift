// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Limits on version 1 (kernel documentation, admin-guide/cgroup-v1), in runc's order and by its rules: 0 leaves memory,
// processor time and the number of processes as they are, -1 takes a limit away.

import Glibc
import WharfLinux
import WharfOCI

extension LimitWriter {
    mutating func applyV1(_ resources: RuntimeSpec.Resources) throws(SyscallError) {
        let cpu = resources.cpu
        // A kernel that was told `noprefix` has them without the controller's name.
        if !cpu.cpus.isEmpty { try write("cpuset", anyOf: ["cpuset.cpus", "cpus"], cpu.cpus) }
        if !cpu.mems.isEmpty { try write("cpuset", anyOf: ["cpuset.mems", "mems"], cpu.mems) }
        try memoryV1(resources.memory)
        try cpuV1(cpu)
        try pids(resources.pids)
        try blockIOV1(resources.blockIO)
        try hugepages(resources.hugepageLimits)
        if let classID = resources.network.classID, classID != 0 { try write("net_cls", "net_cls.classid", classID) }
        for priority in resources.network.priorities {
            guard LimitWriter.isInterfaceName(priority.name) else {
                throw LimitWriter.invalid("linux.resources.network.priorities has an invalid name \(priority.name)")
            }
            try write("net_prio", "net_prio.ifpriomap", "\(priority.name) \(priority.priority)")
        }
        try rdma(resources.rdma)
    }

    /// The same file on both versions.
    func pids(_ pids: RuntimeSpec.Pids) throws(SyscallError) {
        guard let limit = pids.limit, limit != 0 else { return }
        try write("pids", "pids.max", limit > 0 ? "\(limit)" : "max")
    }

    /// hugetlb.2MB.limit_in_bytes, or hugetlb.2MB.max where the controller is a version 2 one; with the limit on
    /// reservations beside it, where the kernel has that.
    func hugepages(_ limits: [RuntimeSpec.HugepageLimit]) throws(SyscallError) {
        for limit in limits {
            guard LimitWriter.isPageSize(limit.pageSize) else {
                throw LimitWriter.invalid("linux.resources.hugepageLimits has an invalid pageSize \(limit.pageSize)")
            }
            let prefix = "hugetlb.\(limit.pageSize)"
            let suffix = try directory("hugetlb", for: prefix).controllers == ["unified"] ? "max" : "limit_in_bytes"
            try write("hugetlb", "\(prefix).\(suffix)", limit.limit)
            if try has("hugetlb", "\(prefix).rsvd.\(suffix)") { try write("hugetlb", "\(prefix).rsvd.\(suffix)", limit.limit) }
        }
    }

    /// rdma.max, the same on both versions.
    func rdma(_ devices: [String: RuntimeSpec.RDMA]) throws(SyscallError) {
        for (device, limits) in devices.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            guard LimitWriter.isInterfaceName(device) else {
                throw LimitWriter.invalid("linux.resources.rdma has an invalid device \(device)")
            }
            var words = [device]
            if let handles = limits.hcaHandles { words.append("hca_handle=\(handles)") }
            if let objects = limits.hcaObjects { words.append("hca_object=\(objects)") }
            if words.count == 1 { throw LimitWriter.invalid("linux.resources.rdma[\"\(device)\"] has no limit") }
            try write("rdma", "rdma.max", words.joined(separator: " "))
        }
    }

    /// A size as the kernel names its files: digits and `KB`, `MB` or `GB`. It becomes a part of a file's name.
    static func isPageSize(_ size: String) -> Bool {
        let digits = size.utf8.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        let unit = size.utf8.dropFirst(digits.count)
        return !digits.isEmpty && digits.count < 10 && ["KB", "MB", "GB"].contains { unit.elementsEqual($0.utf8) }
    }

    /// One word of at most 63 printable characters, as devices are named.
    static func isInterfaceName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count < 64 && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "/") }
    }
}
