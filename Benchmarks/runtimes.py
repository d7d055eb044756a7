# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Wharf authors
#
# The runtimes alone, without an engine: `run` of a container whose program is `true`, against runc, crun and the floor,
# and `exec true` into a running container against runc. Every runtime gets the same bundle.
import contextlib
import glob
import os
import struct
import subprocess

import accounting
import commands
from verdicts import ratio, table

RUNC, CRUN = "/usr/sbin/runc", "/usr/bin/crun"
MAGIC = b"wharf-seccomp 2\n"


class Programs:
    """What is compared, with state roots in memory, where each of them keeps its state unless it is told otherwise."""

    def __init__(self, programs, floor, state):
        self.wharf = [os.path.join(programs, "wharf-runtime"), "--root", os.path.join(state, "wharf")]
        self.runc = [RUNC, "--root", os.path.join(state, "runc")]
        self.crun = [CRUN, "--root", os.path.join(state, "crun"), "--cgroup-manager=disabled"]
        self.floor = floor


def filter_of(state):
    """The compiled filter in wharf-runtime's cache, as the kernel takes it: what the floor loads."""
    [path] = glob.glob(os.path.join(state, ".seccomp", "*.bpf"))
    with open(path, "rb") as file:
        data = file.read()
    assert data.startswith(MAGIC), path
    [length] = struct.unpack_from("<I", data, len(MAGIC))
    return data[len(MAGIC) + 4 + length:]


def measure(bundle, programs, rounds, verdicts):
    with parents():
        wharf = commands.Command("wharf-runtime run", programs.wharf + ["run", "--bundle", bundle.folder, "bench"], bundle.folder)
        wharf.once()
        against_runc(bundle, programs, wharf, rounds, verdicts)
        against_crun(bundle, programs, wharf, rounds, verdicts)
        executions(bundle, programs, rounds, verdicts)


def against_runc(bundle, programs, wharf, rounds, verdicts):
    runc = commands.Command("runc run", programs.runc + ["run", "--bundle", bundle.folder, "bench"], bundle.folder)
    filter_file = os.path.join(bundle.folder, "filter.bpf")
    with open(filter_file, "wb") as file:
        file.write(filter_of(programs.wharf[2]))
    floor = commands.Command(
        "C floor", [programs.floor, bundle.root, bundle.files, f"{accounting.NAME}/floor", filter_file, "/bin/true"], bundle.folder)
    samples = commands.alternate([wharf, runc, floor], rounds)
    table("run busybox true", samples)
    verdicts.judge("wharf-runtime run, CPU over runc's", ratio(samples, wharf.name, runc.name, "cpu"), 0.15)
    verdicts.judge("wharf-runtime run, wall over runc's", ratio(samples, wharf.name, runc.name, "wall"), 0.25)
    verdicts.judge("wharf-runtime run, CPU over the C floor's", ratio(samples, wharf.name, floor.name, "cpu"), 1.6)


def against_crun(bundle, programs, wharf, rounds, verdicts):
    """crun makes no control groups here (it can't on this layout); wharf-runtime still does."""
    crun = commands.Command("crun run (no cgroups)", programs.crun + ["run", "--bundle", bundle.folder, "bench"], bundle.folder)
    samples = commands.without_unified_hierarchy(lambda: commands.alternate([wharf, crun], rounds))
    table("run busybox true, without the unified hierarchy", samples)
    verdicts.judge("wharf-runtime run, CPU over crun's", ratio(samples, wharf.name, crun.name, "cpu"), 0.5)


def executions(bundle, programs, rounds, verdicts):
    with contextlib.ExitStack() as stack:
        compared = []
        for name, program in (("wharf-runtime", programs.wharf), ("runc", programs.runc)):
            folder = bundle.variant(name, ["sleep", "3600"], f"exec-{name}")
            run_detached(program, folder)
            stack.callback(subprocess.run, program + ["delete", "--force", "bench-exec"], check=True)
            compared.append(commands.Command(f"{name} exec", program + ["exec", "bench-exec", "true"], folder))
        samples = commands.alternate(compared, rounds)
    table("exec true", samples)
    wharf, runc = compared
    verdicts.judge("wharf-runtime exec, CPU over runc's", ratio(samples, wharf.name, runc.name, "cpu"), 0.25)
    verdicts.judge("wharf-runtime exec, wall over runc's", ratio(samples, wharf.name, runc.name, "wall"), 0.25)


def run_detached(program, folder):
    """create and start: the container's process goes on without the runtime."""
    with open(os.devnull) as null, open(os.path.join(folder, "detached.log"), "w") as log:
        for arguments in (["create", "--bundle", folder, "bench-exec"], ["start", "bench-exec"]):
            result = subprocess.run(program + arguments, stdin=null, stdout=log, stderr=log)
            if result.returncode != 0:
                raise SystemExit(f"{' '.join(program + arguments)}: {open(log.name).read()}")


@contextlib.contextmanager
def parents():
    """The parent group in every hierarchy, so that no command pays for it or leaves it."""
    made = []
    for base in [entry.path for entry in os.scandir(accounting.ROOT) if entry.is_dir()] or [accounting.ROOT]:
        path = os.path.join(base, accounting.NAME)
        with contextlib.suppress(OSError):
            os.mkdir(path)
            made.append(path)
        fill_cpuset(base, path)
    try:
        yield
    finally:
        for path in made:
            with contextlib.suppress(OSError):
                os.rmdir(path)


def fill_cpuset(base, path):
    """A new group of version 1's cpuset takes nobody before it has processors and memory."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        with contextlib.suppress(OSError):
            with open(os.path.join(base, name)) as source, open(os.path.join(path, name), "w") as target:
                target.write(source.read())
