// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Bad `linux` of a config.json: namespaces, mappings, devices, parameters, limits, filters.

import WharfJSON
import WharfTestKit

extension BadConfig {
    static let namespaces: [BadConfig] = [
        .init("linux/namespaces", "[]", says: "mount namespace"), .init("linux/namespaces", #"[{"type":"pid"}]"#, says: "mount namespace"),
        .init("linux/namespaces/-", #"{"type":"mount"}"#, says: "mount"), .init("linux/namespaces/-", #"{"type":"magic"}"#, says: "magic"),
        .init("linux/namespaces/-", #"{"type":""}"#, says: "namespace"), .init("linux/namespaces/-", "{}", says: "namespace"),
        .init("linux/namespaces", "{}", says: "linux.namespaces"),
        .init("linux/namespaces/2", #"{"type":"network","path":"relative"}"#, says: "network"),
        .init("linux/namespaces/2", #"{"type":"network","path":"/nowhere"}"#, says: "/nowhere"),
        .init("linux/namespaces/2", #"{"type":"network","path":"/etc/passwd"}"#, says: "/etc/passwd"),
        .init("linux/namespaces/2", #"{"type":"network","path":"/proc/self/ns/uts"}"#, says: "network"),
        .init("linux/namespaces/2", #"{"type":"network","path":"/a\u0000"}"#, says: "network"),
        .init("linux/uidMappings", #"[{"containerID":-1,"hostID":0,"size":1}]"#, says: "uidmappings"),
        .init("linux/uidMappings", #"[{"containerID":0,"hostID":0,"size":4294967296}]"#, says: "uidmappings"),
        .init("linux/timeOffsets", #"{"monotonic":{"secs":1}}"#, says: "time"),
        .init("linux/timeOffsets", #"{"lunar":{"secs":1}}"#, says: "time"),
    ]

    static let linux: [BadConfig] = [
        .init("linux", "[]", says: "linux"), .init("linux/cgroupsPath", "\"/a/../b\"", says: "cgroup"),
        .init("linux/cgroupsPath", #""/a\u0000""#, says: "cgroup"), .init("linux/cgroupsPath", "\"/\"", says: "cgroup"),
        .init("linux/cgroupsPath", "\"/a b\"", says: "cgroup"), .init("linux/cgroupsPath", "1", says: "cgroup"),
        .init("linux/cgroupsPath", "\"/\(String(repeating: "c", count: 5000))\"", says: "cgroup"),
        .init("linux/sysctl", #"{"kernel.core_pattern":"x"}"#, says: "kernel.core_pattern"),
        .init("linux/sysctl", #"{"net.ipv4.nothing":"1"}"#, says: "net.ipv4.nothing"),
        .init("linux/sysctl", #"{"net.ipv4.ip_forward":1}"#, says: "sysctl"), .init("linux/sysctl", #"{"":"1"}"#, says: "sysctl"),
        .init("linux/sysctl", #"{"net.ipv4.ip_forward":"1\nkernel.panic=1"}"#, says: "net.ipv4.ip_forward"),
        .init("linux/devices", #"[{"type":"z","path":"/dev/x","major":1,"minor":3}]"#, says: "/dev/x"),
        .init("linux/devices", #"[{"type":"c","path":"","major":1,"minor":3}]"#, says: "linux.devices[0].path"),
        .init("linux/devices", #"[{"type":"c","path":"/dev/a\u0000","major":1,"minor":3}]"#, says: "device"),
        .init("linux/devices", #"[{"type":"c","path":"/dev/x","major":-1,"minor":3}]"#, says: "/dev/x"),
        .init("linux/devices", #"[{"type":"c","path":"/dev/x","major":99999999999,"minor":3}]"#, says: "/dev/x"),
        .init("linux/devices", #"[{"type":"c","path":"/dev/x","fileMode":"0666"}]"#, says: "filemode"),
        .init("linux/maskedPaths", "\"/proc/kcore\"", says: "maskedpaths"), .init("linux/readonlyPaths", "[1]", says: "readonlypaths"),
        .init("linux/maskedPaths", #"["/proc/a\u0000"]"#, says: "linux.maskedpaths[0]"),
        .init("linux/maskedPaths", #"[""]"#, says: "linux.maskedpaths[0]"),
        .init("linux/readonlyPaths", #"["/proc/a\u0000"]"#, says: "linux.readonlypaths[0]"),
        .init("linux/personality", #"{"domain":"MINIX"}"#, says: "minix"),
        .init("linux/intelRdt", #"{"closID":"x"}"#, says: "intelrdt"),
        .init("linux/mountLabel", "\"system_u:object_r:x:s0\"", says: "context"),
    ]

    static let resources: [BadConfig] = [
        .init("linux/resources", "[]", says: "resources"), .init("linux/resources/memory", #"{"limit":"1g"}"#, says: "memory.limit"),
        .init("linux/resources/memory", #"{"limit":1e30}"#, says: "memory.limit"),
        .init("linux/resources/memory", #"{"limit":9223372036854775808}"#, says: "memory.limit"),
        .init("linux/resources/cpu", #"{"shares":-1}"#, says: "cpu.shares"),
        .init("linux/resources/cpu", #"{"cpus":"9999"}"#, says: "cpus"),
        .init("linux/resources/cpu", #"{"cpus":"x"}"#, says: "cpus"), .init("linux/resources/cpu", #"{"quota":1,"period":1}"#, says: "cpu"),
        .init("linux/resources/pids", #"{"limit":"many"}"#, says: "pids.limit"),
        .init("linux/resources/blockIO", #"{"weight":70000}"#, says: "blockio.weight"),
        .init("linux/resources/hugepageLimits", #"[{"pageSize":"3XB","limit":1}]"#, says: "3xb"),
        .init("linux/resources/unified", #"{"../x":"1"}"#, says: "unified"),
        .init("linux/resources/unified", #"{"a/b":"1"}"#, says: "unified"),
        .init("linux/resources/unified", #"{"memory.high":1}"#, says: "unified"),
        .init("linux/resources/devices", #"[{"allow":"yes"}]"#, says: "allow"),
        .init("linux/resources/devices", #"[{"allow":true,"type":"z"}]"#, says: "device"),
        .init("linux/resources/devices", #"[{"allow":true,"type":"c","access":"x"}]"#, says: "device"),
        .init("linux/resources/rdma", #"{"mlx5_1":{"hcaHandles":3}}"#, says: "rdma"),
    ]

    static let filters: [BadConfig] = [
        .init("linux/seccomp", "[]", says: "seccomp"), .init("linux/seccomp", "{}", says: "action"),
        .init("linux/seccomp", #"{"defaultAction":"SCMP_ACT_MAGIC"}"#, says: "scmp_act_magic"),
        .init("linux/seccomp", #"{"defaultAction":"SCMP_ACT_NOTIFY"}"#, says: "scmp_act_notify"),
        .init("linux/seccomp", #"{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_PDP11"]}"#, says: "scmp_arch_pdp11"),
        .init(
            "linux/seccomp", #"{"defaultAction":"SCMP_ACT_ALLOW","flags":["SECCOMP_FILTER_FLAG_MAGIC"]}"#, says: "seccomp_filter_flag_magic"
        ),
        .init("linux/seccomp", #"{"defaultAction":"SCMP_ACT_ALLOW","listenerPath":"/x"}"#, says: "listenerpath"),
        .init(
            "linux/seccomp", #"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read"],"action":"SCMP_ACT_NOTIFY"}]}"#,
            says: "listenerpath"),
        .init(
            "linux/seccomp",
            #"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read"],"action":"SCMP_ACT_ERRNO","args":[{"index":9,"value":1,"op":"SCMP_CMP_EQ"}]}]}"#,
            says: "argument 9"),
        .init(
            "linux/seccomp",
            #"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read"],"action":"SCMP_ACT_ERRNO","args":[{"index":0,"value":1,"op":"SCMP_CMP_MAGIC"}]}]}"#,
            says: "scmp_cmp_magic"),
        .init(
            "linux/seccomp", #"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":"read","action":"SCMP_ACT_ERRNO"}]}"#, says: "names"),
    ]
}
