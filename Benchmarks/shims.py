# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Wharf authors
#
# The memory of what stands beside an idle container: wharf-shim, conmon, containerd-shim. Ten containers each that sleep;
# the mean of one monitor's PSS (shared pages divided among those who map them) and private dirty pages.
import os
import statistics
import time

MONITORS = {"wharf": "wharf-shim", "podman": "conmon", "dockerd": "containerd-shim"}
CONTAINERS = 10


def monitors(engine, identities):
    """Processes of the engine's monitor program with one of the containers' ids in their command line."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                words = file.read().decode(errors="replace").split("\0")
        except OSError:
            continue
        if os.path.basename(words[0]).startswith(MONITORS[engine.name]) and not identities.isdisjoint(words[1:]):
            found.append(int(name))
    return found


def memory(pid):
    """(PSS, private dirty, RSS) in KiB."""
    values = {}
    with open(f"/proc/{pid}/smaps_rollup") as file:
        for line in file:
            words = line.split()
            if words[-1] == "kB":
                values[words[0]] = int(words[1])
    return values["Pss:"], values["Private_Dirty:"], values["Rss:"]


def measure(running, verdicts):
    print(f"\nmonitors of {CONTAINERS} idle containers, mean of one, KiB")
    print(f"{'':34} {'PSS':>9} {'private dirty':>14} {'RSS':>9}")
    for engine in running:
        identities = set()
        try:
            for _ in range(CONTAINERS):
                result = engine.call(["run", "-d", "--network", "none", "busybox", "sleep", "3600"])
                if result.returncode != 0:
                    raise SystemExit(f"{engine.name}: run -d: {result.stderr}")
                identities.add(result.stdout.strip())
            # What a start leaves to do (an answer, a first write) is over after a moment.
            time.sleep(2)
            pids = monitors(engine, identities)
            if len(pids) != CONTAINERS:
                raise SystemExit(f"{engine.name}: {len(pids)} monitors for {CONTAINERS} containers")
            pss, dirty, resident = (statistics.mean(column) for column in zip(*map(memory, pids)))
        finally:
            engine.call(["rm", "-f", *identities])
        print(f"{MONITORS[engine.name]:34} {pss:9.0f} {dirty:14.0f} {resident:9.0f}")
        if engine.name == "wharf":
            verdicts.judge("wharf-shim, PSS", pss * 1024 / 1e6, 0.6, " MB")
            verdicts.judge("wharf-shim, private dirty", dirty, 150, " KiB")
