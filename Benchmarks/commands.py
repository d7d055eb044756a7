# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Wharf authors
#
# Programs that run and end, measured turn by turn: A B C B C A …, so that a burst of other load on the machine meets all
# of them alike. CPU is user + system of the whole tree of children (wait4), wall from spawn to the end.
import ctypes
import os
import pickle
import time

libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS, MS_REC, MS_PRIVATE, MNT_DETACH = 0x20000, 0x4000, 0x40000, 2


class Command:
    """A program with arguments; `folder` is where it runs, `after` is what to do, unmeasured, when it has ended."""

    def __init__(self, name, arguments, folder, after=None):
        self.name, self.arguments, self.folder, self.after = name, arguments, folder, after

    def once(self):
        """(wall ms, CPU ms) of one run; a run that fails ends the whole measurement."""
        null, log = os.open("/dev/null", os.O_RDWR), os.open(os.path.join(self.folder, "log"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            streams = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, log, 2)]
            start = time.perf_counter()
            pid = os.posix_spawn(self.arguments[0], self.arguments, os.environ, file_actions=streams)
            _, status, usage = os.wait4(pid, 0)
            wall = time.perf_counter() - start
        finally:
            os.close(null)
            os.close(log)
        if status != 0:
            with open(os.path.join(self.folder, "log"), errors="replace") as file:
                raise SystemExit(f"{' '.join(self.arguments)}: exit status {os.waitstatus_to_exitcode(status)}: {file.read()[-2000:]}")
        if self.after:
            self.after()
        return wall * 1000, (usage.ru_utime + usage.ru_stime) * 1000


def alternate(commands, rounds, warmup=3):
    """Samples by name. The first rounds are dropped; every round starts with another command."""
    samples = {command.name: [] for command in commands}
    for number in range(rounds + warmup):
        shift = number % len(commands)
        for command in commands[shift:] + commands[:shift]:
            os.chdir(command.folder)
            sample = command.once()
            if number >= warmup:
                samples[command.name].append(sample)
    return samples


def without_unified_hierarchy(work):
    """Calls `work` in a child with a mount namespace of its own in which cgroup version 2 is not mounted; its result.

    crun 1.8 refuses hosts that have version 1 and, beside it, a version 2 hierarchy with a controller.
    """
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(source)
            check(libc.unshare(CLONE_NEWNS), "unshare")
            check(libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None), "mount")
            if os.path.ismount("/sys/fs/cgroup/unified"):
                check(libc.umount2(b"/sys/fs/cgroup/unified", MNT_DETACH), "umount")
            with os.fdopen(sink, "wb") as file:
                pickle.dump(work(), file)
            os._exit(0)
        except BaseException as error:
            print(f"bench: {error}", flush=True)
            os._exit(1)
    os.close(sink)
    with os.fdopen(source, "rb") as file:
        data = file.read()
    _, status = os.waitpid(child, 0)
    if status != 0:
        raise SystemExit("bench: the measurement without the unified hierarchy failed")
    return pickle.loads(data)


def check(result, call):
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{call}: {os.strerror(ctypes.get_errno())}")
