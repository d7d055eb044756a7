// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One field of config.json, and what a container then sees: the black-box half of docs/conformance.md. Names are those of
// the page: `process.user` with `umask`.

import Testing

/// A change to a good document, a script, and what it prints.
struct FieldCase: Sendable, CustomTestStringConvertible {
    let field: String
    let changes: [(path: String, json: String)]
    let script: String
    let prints: [String]

    var testDescription: String { field }

    init(_ field: String, _ changes: [(String, String)], _ script: String, prints: String...) {
        self.field = field
        self.changes = changes
        self.script = script
        self.prints = prints
    }

    static let all: [FieldCase] = process + root + linux

    private static let process: [FieldCase] = [
        .init("process.cwd", [("process/cwd", "\"/made/for/me\"")], "pwd", prints: "/made/for/me"),
        .init("process.env", [("process/env/-", "\"FIELD=a b\"")], "echo $FIELD", prints: "a b"),
        .init(
            "process.user uid gid", [("process/user/uid", "1000"), ("process/user/gid", "1001")], "id -u; id -g", prints: "1000", "1001"),
        .init(
            "process.user additionalGids", [("process/user/additionalGids", "[7,8]")], "grep ^Groups: /proc/self/status | grep -o '7 8'",
            prints: "7 8"),
        .init("process.user umask", [("process/user/umask", "63")], "umask", prints: "0077"),
        .init("process.user username", [("process/user/username", "\"sailor\"")], "id -u; id -G", prints: "1000", "1000 2000"),
        .init(
            "process.capabilities bounding effective permitted",
            [("process/capabilities", #"{"bounding":["CAP_KILL"],"effective":["CAP_KILL"],"permitted":["CAP_KILL"]}"#)],
            "grep -E '^Cap(Prm|Eff|Bnd)' /proc/self/status | grep -c 0000000000000020", prints: "3"),
        .init(
            "process.capabilities inheritable ambient",
            [
                (
                    "process/capabilities",
                    #"{"bounding":["CAP_KILL"],"effective":["CAP_KILL"],"permitted":["CAP_KILL"],"inheritable":["CAP_KILL"],"ambient":["CAP_KILL"]}"#
                ), ("process/user/uid", "1000"),
            ], "grep -E '^Cap(Inh|Amb|Eff)' /proc/self/status | grep -c 0000000000000020", prints: "3"),
        .init(
            "process.rlimits type soft hard", [("process/rlimits", #"[{"type":"RLIMIT_NOFILE","soft":77,"hard":99}]"#)],
            "ulimit -Sn; ulimit -Hn",
            prints: "77", "99"),
        .init(
            "process.noNewPrivileges", [("process/noNewPrivileges", "true")], "grep NoNewPrivs /proc/self/status", prints: "NoNewPrivs:\t1"),
        .init("process.oomScoreAdj", [("process/oomScoreAdj", "321")], "cat /proc/self/oom_score_adj", prints: "321"),
        .init(
            "process.scheduler policy nice", [("process/scheduler", #"{"policy":"SCHED_BATCH","nice":7}"#)],
            "sed 's/.*) //' /proc/1/stat | cut -d' ' -f17,39", prints: "7 3"),
        .init(
            "process.ioPriority class priority", [("process/ioPriority", #"{"class":"IOPRIO_CLASS_IDLE"}"#)], "ionice -p 1", prints: "idle"),
        .init("annotations", [("annotations", #"{"org.example.key":"value"}"#)], "echo ran", prints: "ran"),
        .init("hostname", [("hostname", "\"field-host\"")], "hostname", prints: "field-host"),
        .init("domainname", [("domainname", "\"field.example\"")], "cat /proc/sys/kernel/domainname", prints: "field.example"),
    ]

    private static let root: [FieldCase] = [
        .init("root.path root.readonly", [("root/readonly", "true")], "touch /x 2>/dev/null || echo read-only", prints: "read-only"),
        .init(
            "mounts destination type source options",
            [("mounts/-", #"{"destination":"/new/place","type":"tmpfs","source":"field","options":["size=64k","mode=700","nosuid"]}"#)],
            "grep ' /new/place ' /proc/mounts | grep -o 'field /new/place tmpfs rw,nosuid'; stat -c %a /new/place",
            prints: "field /new/place tmpfs rw,nosuid", "700"),
        .init(
            "mounts bind rro", [("mounts/-", #"{"destination":"/host-etc","type":"bind","source":"/etc","options":["rbind","rro"]}"#)],
            "touch /host-etc/x 2>/dev/null || echo read-only; [ -f /host-etc/passwd ] && echo bound", prints: "read-only", "bound"),
        .init(
            "mounts tmpcopyup", [("mounts/-", #"{"destination":"/etc","type":"tmpfs","source":"tmpfs","options":["tmpcopyup"]}"#)],
            "head -c 4 /etc/passwd; stat -f -c %T /etc", prints: "roottmpfs"),
    ]

    private static let linux: [FieldCase] = [
        .init(
            "linux.namespaces cgroup", [("linux/namespaces/-", #"{"type":"cgroup"}"#)],
            "grep -v ':/$' /proc/self/cgroup | wc -l", prints: "0"),
        .init(
            "linux.namespaces time linux.timeOffsets monotonic boottime secs nanosecs",
            [
                ("linux/namespaces/-", #"{"type":"time"}"#),
                ("linux/timeOffsets", #"{"monotonic":{"secs":86400,"nanosecs":5},"boottime":{"secs":172800}}"#),
            ], "sed 's/  */ /g' /proc/self/timens_offsets", prints: "monotonic 86400 5", "boottime 172800 0"),
        .init(
            "linux.namespaces user linux.uidMappings linux.gidMappings containerID hostID size",
            [
                ("linux/namespaces/-", #"{"type":"user"}"#), ("linux/uidMappings", #"[{"containerID":0,"hostID":0,"size":70000}]"#),
                ("linux/gidMappings", #"[{"containerID":0,"hostID":0,"size":70001}]"#),
            ], "sed 's/  */ /g' /proc/self/uid_map /proc/self/gid_map", prints: " 0 0 70000", " 0 0 70001"),
        .init(
            "linux.sysctl", [("linux/sysctl", #"{"net.ipv4.ip_forward":"1","kernel.msgmax":"4096"}"#)],
            "cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax", prints: "1", "4096"),
        .init(
            "linux.maskedPaths", [("linux/maskedPaths", #"["/etc/group","/root"]"#)], "wc -c </etc/group; ls /root | wc -l", prints: "0",
            "0"),
        .init(
            "linux.readonlyPaths", [("linux/readonlyPaths", #"["/tmp"]"#)], "touch /tmp/x 2>/dev/null || echo read-only",
            prints: "read-only"),
        .init(
            "linux.devices type path fileMode major minor uid gid",
            [("linux/devices", #"[{"type":"c","path":"/dev/mine","major":1,"minor":7,"fileMode":416,"uid":5,"gid":6}]"#)],
            "stat -c '%F %t:%T %a %u:%g' /dev/mine", prints: "character special file 1:7 640 5:6"),
        .init("linux.personality domain", [("linux/personality", #"{"domain":"LINUX32"}"#)], "uname -m", prints: "i686"),
        .init(
            "linux.rootfsPropagation", [("linux/rootfsPropagation", "\"slave\"")],
            "grep -c ' / / .* master:' /proc/self/mountinfo; echo ran",
            prints: "0", "ran"),
        .init(
            "linux.seccomp defaultAction architectures syscalls names action errnoRet args index value valueTwo op",
            [
                (
                    "linux/seccomp",
                    #"{"defaultAction":"SCMP_ACT_ALLOW","defaultErrnoRet":1,"architectures":["SCMP_ARCH_X86_64"],"flags":["SECCOMP_FILTER_FLAG_LOG"],"syscalls":[{"names":["fchownat","chown"],"action":"SCMP_ACT_ERRNO","errnoRet":28,"args":[{"index":2,"value":4095,"valueTwo":123,"op":"SCMP_CMP_MASKED_EQ"}]},{"names":["chown"],"action":"SCMP_ACT_ERRNO","errnoRet":28,"args":[{"index":1,"value":123,"op":"SCMP_CMP_EQ"}]}]}"#
                )
            ], "touch /tmp/f; chown 123 /tmp/f 2>&1 | grep -o 'No space'; chown 124 /tmp/f && stat -c %u /tmp/f", prints: "No space", "124"),
        .init(
            "linux.resources memory limit pids cpu shares",
            [
                (
                    "linux/resources",
                    #"{"memory":{"limit":67108864},"pids":{"limit":55},"cpu":{"shares":512},"devices":[{"allow":false,"access":"rwm"}]}"#
                )
            ],
            "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max 2>/dev/null",
            prints: "67108864", "55"),
        .init(
            "linux.resources.devices allow type major minor access",
            [
                (
                    "linux/resources/devices",
                    #"[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":1,"minor":11,"access":"m"}]"#
                )
            ], "mknod /tmp/a c 1 11 && echo made; (: </tmp/a) 2>/dev/null || echo denied", prints: "made", "denied"),
    ]
}
