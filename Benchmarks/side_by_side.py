# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Wharf authors
#
# Whole engines: the same work on several of them, turn by turn (A B C A B C …). Prints milliseconds of wall time (minimum,
# quartiles), milliseconds of CPU (client, daemon and helpers, by cgroup) and ratios to wharf. The first round is dropped.
import statistics
import subprocess
import time

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


def measure(running, rounds):
    for title, arguments in WORK:
        samples = {engine.name: [] for engine in running}
        for number in range(rounds + 1):
            for engine in running:
                sample = once(engine, arguments)
                if number > 0:
                    samples[engine.name].append(sample)
        report(title, [engine.name for engine in running], samples)
