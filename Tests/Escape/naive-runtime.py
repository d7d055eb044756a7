#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Wharf authors
#
# An OCI runtime as one must not write it: everything by path, nothing verified, nothing closed. The escape suite
# (Tests/Integration/Escape*.swift) runs against it to prove that each case can fail. Never use it for anything else.
#
#   naive-runtime.py [--root DIR] run [--bundle DIR] ID
#   naive-runtime.py [--root DIR] exec [--cwd DIR] [--user UID] ID PROGRAM [ARGUMENT...]
import ctypes
import json
import os
import stat
import struct
import sys
import warnings  # os imports it too late: inside the container

libc = ctypes.CDLL(None, use_errno=True)
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18
NAMESPACES = {"cgroup": 0x2000000, "ipc": 0x8000000, "mount": 0x20000, "network": 0x40000000, "pid": 0x20000000,
              "user": 0x10000000, "uts": 0x4000000}
CAPABILITIES = ["CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
                "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
                "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
                "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP"]


def check(result, what):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), what)


def mount(source, target, kind, flags, data=""):
    encode = os.fsencode
    check(libc.mount(encode(source), encode(target), encode(kind), flags, encode(data)), target)


def make_target(target, is_directory):
    """Makes what is mounted on, wherever the path leads."""
    target = os.path.realpath(target)
    if is_directory:
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        open(target, "a").close()


def mount_one(root, one):
    target = root + one["destination"]
    kind, source, options = one.get("type", "bind"), one.get("source", ""), one.get("options", [])
    if kind == "cgroup":
        kind, source, options = "bind", GROUPS, ["bind"]
    if kind == "bind" or "bind" in options or "rbind" in options:
        make_target(target, os.path.isdir(source))
        mount(source, target, "", MS_BIND | MS_REC)
        return
    make_target(target, True)
    flags = {"nosuid": 2, "nodev": 4, "noexec": 8, "ro": 1}
    words = {"strictatime", "relatime", "rw", "private", "rprivate"}
    data = ",".join(o for o in options if o not in flags and o not in words)
    mount(source, target, kind, sum(flags.get(o, 0) for o in options), data)


def make_devices(root):
    for name, minor in {"null": 3, "zero": 5, "full": 7, "random": 8, "urandom": 9}.items():
        try:
            os.mknod(f"{root}/dev/{name}", stat.S_IFCHR | 0o666, os.makedev(1, minor))
        except FileExistsError:
            pass
    for name, target in {"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "ptmx": "pts/ptmx"}.items():
        try:
            os.symlink(target, f"{root}/dev/{name}")
        except FileExistsError:
            pass


def hide(linux):
    for path in linux.get("maskedPaths", []):
        if os.path.isdir(path):
            mount("tmpfs", path, "tmpfs", MS_RDONLY)
        elif os.path.exists(path):
            mount("/dev/null", path, "", MS_BIND)
    for path in linux.get("readonlyPaths", []):
        if os.path.exists(path):
            mount(path, path, "", MS_BIND | MS_REC)
            mount(path, path, "", MS_BIND | MS_REMOUNT | MS_RDONLY)


def user_of(user, root):
    uid, gid = user.get("uid", 0), user.get("gid", 0)
    name = user.get("username", "")
    if name:
        with open(root + "/etc/passwd", encoding="utf-8", errors="replace") as file:
            for line in file:
                fields = line.split(":")
                if fields[0] == name:
                    return int(fields[2]), int(fields[3])
        # Digits of any script, signs and spaces are a number for int(), and the kernel takes its low half.
        uid = int(name)
    return uid & 0xFFFFFFFF, gid & 0xFFFFFFFF


def set_capabilities(names):
    mask = sum(1 << CAPABILITIES.index(n[4:]) for n in names if n[4:] in CAPABILITIES)
    header = ctypes.create_string_buffer(struct.pack("Ii", 0x20080522, 0))
    # Effective, permitted and inheritable alike.
    data = ctypes.create_string_buffer(struct.pack("IIIIII", mask, mask, mask, 0, 0, 0))
    check(libc.capset(header, data), "capset")


def become(process):
    uid, gid = user_of(process.get("user", {}), "")
    names = process.get("capabilities", {}).get("permitted", [])
    if uid:
        os.setgid(gid)
        os.setuid(uid)
    else:
        set_capabilities(names)
    environment = dict(v.split("=", 1) for v in process.get("env", []) if "=" in v)
    os.execvpe(process["args"][0], process["args"], environment)


def join_or_make(namespaces):
    flags = 0
    for one in namespaces:
        if one.get("path"):
            with open(one["path"]) as file:
                check(libc.setns(file.fileno(), 0), one["path"])
        else:
            flags |= NAMESPACES[one["type"]]
    check(libc.unshare(flags), "unshare")


def contain(spec, root):
    linux, process = spec.get("linux", {}), spec["process"]
    mount("", "/", "", MS_REC | MS_PRIVATE)
    mount(root, root, "", MS_BIND | MS_REC)
    for one in spec.get("mounts", []):
        mount_one(root, one)
    make_devices(root)
    if spec.get("hostname"):
        check(libc.sethostname(os.fsencode(spec["hostname"]), len(spec["hostname"])), "hostname")
    os.chroot(root)
    os.chdir("/")
    for key, value in linux.get("sysctl", {}).items():
        with open("/proc/sys/" + key.replace(".", "/"), "w") as file:
            file.write(value)
    hide(linux)
    os.chdir(process.get("cwd", "/"))
    become(process)


GROUPS = "/sys/fs/cgroup/pids" if os.path.isdir("/sys/fs/cgroup/pids") else "/sys/fs/cgroup"


def make_group(path):
    if path:
        folder = GROUPS + "/" + path
        # One level after the other, so that `..` is walked through and not folded away.
        parts = folder.split("/")
        for end in range(GROUPS.count("/") + 2, len(parts) + 1):
            try:
                os.mkdir("/".join(parts[:end]))
            except FileExistsError:
                pass
        with open(folder + "/cgroup.procs", "w") as file:
            file.write(str(os.getpid()))


def leave_and_remove(path):
    if path:
        with open(GROUPS + "/cgroup.procs", "w") as file:
            file.write(str(os.getpid()))
        os.rmdir(GROUPS + "/" + path)


def run(state, bundle, name):
    with open(bundle + "/config.json") as file:
        spec = json.load(file)
    os.set_inheritable(os.open(bundle, os.O_RDONLY), True)
    group = spec.get("linux", {}).get("cgroupsPath", "")
    make_group(group)
    join_or_make(spec.get("linux", {}).get("namespaces", []))
    child = os.fork()
    if child == 0:
        try:
            contain(spec, os.path.join(bundle, spec["root"]["path"]))
        except BaseException as error:
            print("naive-runtime:", error, file=sys.stderr)
        os._exit(125)
    os.makedirs(state, exist_ok=True)
    with open(f"{state}/{name}.pid", "w") as file:
        file.write(str(child))
    _, status = os.waitpid(child, 0)
    leave_and_remove(group)
    sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)


def execute(state, arguments):
    cwd, user = "/", {}
    while arguments[0].startswith("--"):
        option, value = arguments[0], arguments[1]
        arguments = arguments[2:]
        if option == "--cwd":
            cwd = value
        elif option == "--user":
            user = {"username": value}
    with open(f"{state}/{arguments[0]}.pid") as file:
        pid = file.read()
    os.set_inheritable(os.open("/", os.O_RDONLY), True)
    root = os.open(f"/proc/{pid}/root", os.O_RDONLY)
    for kind in ["pid", "net", "ipc", "uts", "mnt"]:
        with open(f"/proc/{pid}/ns/{kind}") as file:
            check(libc.setns(file.fileno(), 0), kind)
    child = os.fork()
    if child == 0:
        try:
            os.fchdir(root)
            os.chroot(".")
            os.chdir(cwd)
            names = ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID"]
            become({"user": user, "args": arguments[1:], "capabilities": {"permitted": names},
                    "env": ["PATH=/bin:/usr/bin"]})
        except BaseException as error:
            print("naive-runtime:", error, file=sys.stderr)
        os._exit(125)
    _, status = os.waitpid(child, 0)
    sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)


def main():
    arguments = sys.argv[1:]
    state = "/run/naive-runtime"
    if arguments[:1] == ["--root"]:
        state, arguments = arguments[1], arguments[2:]
    verb, arguments = arguments[0], arguments[1:]
    if verb == "run":
        bundle = "."
        if arguments[0] == "--bundle":
            bundle, arguments = arguments[1], arguments[2:]
        run(state, os.path.abspath(bundle), arguments[0])
    elif verb == "exec":
        execute(state, arguments)
    else:
        sys.exit("naive-runtime: only run and exec")


main()
