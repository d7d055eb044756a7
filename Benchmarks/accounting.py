# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Wharf authors
#
# CPU time by cgroup: each engine (daemon, helpers, and its client while it is measured) sits in a group of its own below
# one parent, so that the scheduler weighs them alike and what they used can be read, also of processes that have gone.
import contextlib
import os

ROOT = "/sys/fs/cgroup"
NAME = f"wharf-bench-{os.getpid()}"


def hierarchies():
    """The mounted hierarchies that matter: version 1's cpu and cpuacct, else version 2."""
    first = [os.path.join(ROOT, name) for name in ("cpu", "cpuacct") if os.path.isdir(os.path.join(ROOT, name))]
    return first or [ROOT]


class Group:
    def __init__(self, name):
        # What `--cgroup-parent` takes: containers and their helpers then count, too.
        self.parent = f"/{NAME}/{name}"
        self.paths = [os.path.join(base, NAME, name) for base in hierarchies()]
        for path in self.paths:
            os.makedirs(path, exist_ok=True)

    def add(self, pid):
        for path in self.paths:
            with open(os.path.join(path, "cgroup.procs"), "w") as file:
                file.write(str(pid))

    def usage(self):
        """Seconds of CPU so far."""
        path = self.paths[-1]
        try:
            with open(os.path.join(path, "cpuacct.usage")) as file:
                return int(file.read()) / 1e9
        except FileNotFoundError:
            with open(os.path.join(path, "cpu.stat")) as file:
                return int(next(line for line in file if line.startswith("usage_usec")).split()[1]) / 1e6

    @contextlib.contextmanager
    def joined(self):
        """This process is in the group, so its children are born there."""
        self.add(os.getpid())
        try:
            yield
        finally:
            for path, base in zip(self.paths, hierarchies()):
                with open(os.path.join(base, "cgroup.procs"), "w") as file:
                    file.write(str(os.getpid()))


class Groups:
    def __init__(self):
        self.groups = []

    def group(self, name):
        self.groups.append(Group(name))
        return self.groups[-1]

    def remove(self):
        """Ours and, in the other hierarchies, what the engines made below the same name for their containers."""
        for base in [ROOT] + [entry.path for entry in os.scandir(ROOT) if entry.is_dir()]:
            for folder, _, _ in os.walk(os.path.join(base, NAME), topdown=False):
                try:
                    os.rmdir(folder)
                except OSError as error:
                    print(f"bench: {folder} stays: {error}")
