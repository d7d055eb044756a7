// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Bad process, root, mounts and hooks of a config.json.

import WharfJSON
import WharfTestKit

extension BadConfig {
    static let process: [BadConfig] = [
        .init("ociVersion", "\"\"", says: "ociversion"), .init("ociVersion", "\"2.0.0\"", says: "ociversion"),
        .init("ociVersion", "1", says: "ociversion"), .init("ociVersion", "\"latest\"", says: "ociversion"),
        .init("process", "null", says: "args"), .init("process", "[]", says: "process"), .init("process", "\"sh\"", says: "process"),
        .init("process/args", "[]", says: "args"), .init("process/args", "null", says: "args"),
        .init("process/args", "\"sh\"", says: "process.args"), .init("process/args", "[1]", says: "process.args"),
        .init("process/args", #"["sh","a\u0000b"]"#, says: "argument"), .init("process/args", #"[""]"#, says: "exec"),
        .init("process/args", #"["/nowhere"]"#, says: "/nowhere"), .init("process/args", #"["/etc"]"#, says: "/etc"),
        .init("process/args", #"["/etc/passwd"]"#, says: "/etc/passwd"),
        .init("process/env", #"["A\u0000=b"]"#, says: "environment"), .init("process/env", "{}", says: "process.env"),
        .init("process/cwd", "\"\"", says: "cwd"), .init("process/cwd", "\"relative\"", says: "cwd"),
        .init("process/cwd", #""/a\u0000""#, says: "cwd"), .init("process/cwd", "\"/etc/passwd\"", says: "/etc/passwd"),
        .init("process/cwd", "1", says: "process.cwd"), .init("process/terminal", "\"yes\"", says: "process.terminal"),
        .init("process/user/uid", "-1", says: "process.user.uid"), .init("process/user/uid", "4294967296", says: "process.user.uid"),
        .init("process/user/uid", "1.5", says: "process.user.uid"), .init("process/user/uid", "1e3", says: "process.user.uid"),
        .init("process/user/uid", "\"0\"", says: "process.user.uid"), .init("process/user/gid", "-1", says: "process.user.gid"),
        .init("process/user/gid", "99999999999999999999", says: "process.user.gid"),
        .init("process/user/additionalGids", "[-1]", says: "process.user.additionalgids"),
        .init("process/user/additionalGids", "[4294967295]", says: "gids"), .init("process/user/umask", "512", says: "umask"),
        .init("process/user/umask", "-1", says: "umask"), .init("process/user/username", "\"nobody-has-this-name\"", says: "user"),
        .init("process/capabilities/bounding", #"["CAP_MAGIC"]"#, says: "cap_magic"),
        .init("process/capabilities/effective", #"["kill"]"#, says: "kill"),
        .init("process/capabilities/ambient", #"["CAP_KILL "]"#, says: "cap_kill "),
        .init("process/capabilities/permitted", #"[""]"#, says: "capability"),
        .init("process/capabilities", "[\"CAP_KILL\"]", says: "process.capabilities"),
        .init("process/rlimits", #"[{"type":"RLIMIT_MAGIC","hard":1,"soft":1}]"#, says: "rlimit_magic"),
        .init("process/rlimits", #"[{"type":"RLIMIT_NOFILE","hard":1,"soft":2}]"#, says: "rlimit_nofile"),
        .init("process/rlimits", #"[{"type":"RLIMIT_NOFILE","hard":-1,"soft":-1}]"#, says: "process.rlimits"),
        .init(
            "process/rlimits", #"[{"type":"RLIMIT_CORE","hard":1,"soft":1},{"type":"RLIMIT_CORE","hard":2,"soft":2}]"#, says: "rlimit_core"),
        .init("process/oomScoreAdj", "1001", says: "oomscoreadj"), .init("process/oomScoreAdj", "-1001", says: "oomscoreadj"),
        .init("process/oomScoreAdj", "99999999999999999999", says: "oomscoreadj"),
        .init("process/noNewPrivileges", "1", says: "process.nonewprivileges"),
        .init("process/apparmorProfile", "\"docker-default\"", says: "apparmor"),
        .init("process/selinuxLabel", "\"system_u:system_r:container_t:s0\"", says: "selinux"),
        .init("process/scheduler", #"{"policy":"SCHED_MAGIC"}"#, says: "sched_magic"),
        .init("process/scheduler", #"{"policy":"SCHED_OTHER","flags":["SCHED_FLAG_MAGIC"]}"#, says: "sched_flag_magic"),
        .init("process/scheduler", #"{"policy":"SCHED_FIFO","priority":100000}"#, says: "sched"),
        .init("process/ioPriority", #"{"class":"IOPRIO_CLASS_MAGIC"}"#, says: "ioprio_class_magic"),
        .init("process/ioPriority", #"{"class":"IOPRIO_CLASS_BE","priority":9}"#, says: "priority"),
        .init("process/execCPUAffinity", #"{"initial":"x"}"#, says: "execcpuaffinity"),
        .init("process/execCPUAffinity", #"{"initial":"3-1"}"#, says: "execcpuaffinity"),
        .init("process/consoleSize", #"{"height":-1,"width":1}"#, says: "consolesize"),
        .init("hostname", "\"a b\"", says: "hostname"), .init("hostname", "\"\(String(repeating: "h", count: 65))\"", says: "hostname"),
        .init("hostname", #""a\u0000""#, says: "hostname"),
        .init("domainname", "\"\(String(repeating: "d", count: 65))\"", says: "domainname"),
        .init("annotations", #"{"a":1}"#, says: "annotations"),
    ]

    static let root: [BadConfig] = [
        .init("root", "null", says: "root"), .init("root/path", "\"nowhere\"", says: "root"),
        .init("root/path", "\"config.json\"", says: "root"),
        .init("root/path", #""root\u0000fs""#, says: "root"), .init("root/path", "\"\"", says: "root"),
        .init("root/readonly", "\"no\"", says: "root.readonly"),
        .init("linux/rootfsPropagation", "\"upwards\"", says: "rootfspropagation"),
    ]

    static let mounts: [BadConfig] = [
        .init("mounts", "{}", says: "mounts"), .init("mounts/-", "{}", says: "mount"), .init("mounts/-", "1", says: "mounts"),
        .init("mounts/-", #"{"destination":"","type":"tmpfs","source":"x"}"#, says: "destination"),
        .init("mounts/-", #"{"destination":"/a\u0000","type":"tmpfs","source":"x"}"#, says: "destination"),
        .init("mounts/-", #"{"destination":"/x","type":"magicfs","source":"x"}"#, says: "magicfs"),
        .init("mounts/-", #"{"destination":"/x","type":"bind","source":"/nowhere/at/all","options":["bind"]}"#, says: "/nowhere/at/all"),
        .init("mounts/-", #"{"destination":"/x","type":"bind","source":"/proc/self/mem/x","options":["bind"]}"#, says: "/proc/self/mem/x"),
        .init("mounts/-", #"{"destination":"/x","type":"tmpfs","source":"x","options":["size=lots"]}"#, says: "/x"),
        .init("mounts/-", #"{"destination":"/x","type":"tmpfs","source":"x","options":["magic=1"]}"#, says: "/x"),
        .init("mounts/-", #"{"destination":"/x","type":"tmpfs","source":"x","options":"ro"}"#, says: "options"),
        .init("mounts/-", #"{"destination":"/proc/self","type":"tmpfs","source":"x"}"#, says: "/proc"),
        .init("mounts/-", #"{"destination":"/etc/passwd/x","type":"tmpfs","source":"x"}"#, says: "/etc/passwd/x"),
        .init("mounts/-", #"{"destination":"/etc/passwd","type":"bind","source":"/etc","options":["bind"]}"#, says: "/etc"),
        .init("mounts/-", #"{"destination":"/x","type":"bind","source":"/etc","options":["bind","idmap"]}"#, says: "map"),
    ]

    static let hooks: [BadConfig] = [
        .init("hooks", "[]", says: "hooks"), .init("hooks/prestart", "{}", says: "prestart"),
        .init("hooks/prestart", #"[{"path":""}]"#, says: "prestart"),
        .init("hooks/createRuntime", #"[{"path":"relative"}]"#, says: "createruntime"),
        .init("hooks/createContainer", #"[{"path":"/bin/true","timeout":0}]"#, says: "timeout"),
        .init("hooks/startContainer", #"[{"path":"/bin/true","timeout":-1}]"#, says: "timeout"),
        .init("hooks/poststart", #"[{"path":"/bin/true","args":["a\u0000"]}]"#, says: "poststart"),
        .init("hooks/poststop", #"[{"path":"/bin/true","env":"A=b"}]"#, says: "poststop"),
        .init("hooks/prestart", #"[{"path":"/nowhere/hook"}]"#, says: "/nowhere/hook"),
        .init("hooks/createRuntime", #"[{"path":"/bin/false"}]"#, says: "hook"),
    ]
}
