# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Wharf authors
#
# Measures the same work on several engines in one run, turn by turn (A B C A B C …), and prints milliseconds of wall time
# (minimum, quartiles), milliseconds of CPU (client, daemon and helpers, by cgroup) and ratios to wharf. The first round is
# dropped. Absolute times depend on the machine and its load: the ratios of one run are the result.
import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import accounting
import engines

# The work: a name for people, and the arguments of the engine's client.
WORK = [
    ("run --rm busybox true, network none", ["run", "--rm", "--network", "none", "--cgroup-parent", "{parent}", "busybox", "true"]),
]


def once(engine, arguments):
    """One timed run: (wall ms, CPU ms)."""
    arguments = [argument.replace("{parent}", engine.group.parent) for argument in arguments]
    with engine.group.joined():
        before = engine.group.usage()
        start = time.perf_counter()
        result = subprocess.run(
            engine.client() + arguments, env=engine.environment(), preexec_fn=engine.enter, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        wall = time.perf_counter() - start
        cpu = engine.group.usage() - before
    if result.returncode != 0:
        raise SystemExit(f"{engine.name}: {' '.join(arguments)} exited {result.returncode}: {result.stderr.decode()}")
    return wall * 1000, cpu * 1000


def quartiles(values):
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return min(values), low, median, high


def report(title, names, samples):
    print(f"\n{title} ({len(samples[names[0]])} rounds, interleaved)")
    print(f"{'':10} {'min':>8} {'p25':>8} {'median':>8} {'p75':>8} {'CPU':>8}   ratio to wharf: min, median, CPU")
    rows = {}
    for name in names:
        least, low, median, high = quartiles([wall for wall, _ in samples[name]])
        cpu = statistics.median(cpu for _, cpu in samples[name])
        rows[name] = (least, median, cpu)
        print(f"{name:10} {least:8.1f} {low:8.1f} {median:8.1f} {high:8.1f} {cpu:8.1f}", end="")
        if "wharf" in rows:
            print("   " + ", ".join(f"{mine / base:.2f}" for mine, base in zip(rows[name], rows["wharf"])))
        else:
            print()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", required=True, help="folder of wharf, wharfd and wharf-shim")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--engines", default="wharf,podman,dockerd")
    options = parser.parse_args()

    chosen = [engines.ALL[name] for name in options.engines.split(",")]
    sys.stdout.reconfigure(line_buffering=True)
    with tempfile.TemporaryDirectory(prefix="wharf-bench-", dir="/tmp") as folder:
        image = os.path.join(folder, "busybox.tar")
        subprocess.run(["scripts/busybox-image", image], check=True)
        groups = accounting.Groups()
        running = []
        try:
            for kind in chosen:
                engine = kind(os.path.join(folder, kind.name), options.programs, groups.group(kind.name))
                running.append(engine)
                engine.start()
                engine.load(image)
                print(f"{engine.name}: {engine.version()}")
            print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, kernel {os.uname().release}")
            for title, arguments in WORK:
                samples = {engine.name: [] for engine in running}
                for number in range(options.rounds + 1):
                    for engine in running:
                        sample = once(engine, arguments)
                        if number > 0:
                            samples[engine.name].append(sample)
                report(title, [engine.name for engine in running], samples)
        finally:
            for engine in reversed(running):
                engine.stop()
            groups.remove()


if __name__ == "__main__":
    main()
