# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Wharf authors
#
# The door of the benchmarks: what is measured, and in which order. Everything of one table is measured in one run, turn
# by turn; absolute times depend on the machine and its load, so the ratios are the result, CPU time and minima before
# wall medians.
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import accounting
import bundle
import engines
import images
import registry
import runtimes
import shims
import side_by_side
import verdicts

PARTS = ["runtimes", "shims", "engines", "images"]


def with_engines(options, folder, image, judge):
    groups = accounting.Groups()
    running = []
    try:
        for name in options.engines.split(","):
            kind = engines.ALL[name]
            engine = kind(os.path.join(folder, kind.name), options.programs, groups.group(kind.name))
            running.append(engine)
            engine.start()
            engine.load(image)
            print(f"{engine.name}: {engine.version()}")
        if "shims" in options.only:
            shims.measure(running, judge)
        if "engines" in options.only:
            side_by_side.measure(running, options.rounds)
    finally:
        for engine in reversed(running):
            engine.stop()
        groups.remove()


def with_registry(options, folder, image, judge):
    """Engines of their own, that share the registry's network. The sample image is kept below .build."""
    groups = accounting.Groups()
    cache = os.path.join(bundle.PROJECT, ".build/bench")
    os.makedirs(cache, exist_ok=True)
    harbour = registry.Harbour(os.path.join(folder, "harbour"), cache)
    running = []
    try:
        for name in options.engines.split(","):
            kind = engines.ALL[name]
            engine = kind(os.path.join(folder, "images-" + kind.name), options.programs, groups.group("images-" + kind.name))
            engine.network = harbour.namespace
            running.append(engine)
            engine.start()
        images.measure(running, options.image_rounds, judge, harbour, image)
        images.interrupted(running, judge, harbour)
        images.many(running, judge)
    finally:
        for engine in reversed(running):
            engine.stop()
        harbour.stop()
        groups.remove()


def installed(programs, folder):
    """Copies of the programs, as an installation has them. The linker writes a file in small pieces, which the page cache
    keeps: mapping them costs a start 0.8 ms more."""
    os.makedirs(folder)
    for name in ("wharf", "wharfd", "wharf-shim", "wharf-runtime"):
        shutil.copy(os.path.join(programs, name), folder)
    return folder


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", required=True, help="folder of wharf, wharfd, wharf-shim and wharf-runtime")
    parser.add_argument("--floor", required=True, help="the compiled Benchmarks/floor/floor.c")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--image-rounds", type=int, default=3, help="of the images part, some minutes each")
    parser.add_argument("--engines", default="wharf,podman,dockerd")
    parser.add_argument("--only", default=",".join(PARTS), help="of " + ",".join(PARTS))
    options = parser.parse_args()
    options.programs = os.path.abspath(options.programs)
    options.only = options.only.split(",")

    sys.stdout.reconfigure(line_buffering=True)
    judge = verdicts.Verdicts()
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, kernel {os.uname().release}")
    with tempfile.TemporaryDirectory(prefix="wharf-bench-", dir="/tmp") as folder:
        image = os.path.join(folder, "busybox.tar")
        subprocess.run(["scripts/busybox-image", image], check=True)
        options.programs = installed(options.programs, os.path.join(folder, "bin"))
        if "runtimes" in options.only:
            with tempfile.TemporaryDirectory(prefix="wharf-bench-", dir="/dev/shm") as state:
                runtimes.measure(
                    bundle.Bundle(os.path.join(folder, "bundle"), options.programs, image),
                    runtimes.Programs(options.programs, os.path.abspath(options.floor), state), options.rounds, judge)
        os.chdir(bundle.PROJECT)
        if "shims" in options.only or "engines" in options.only:
            with_engines(options, folder, image, judge)
        if "images" in options.only:
            with_registry(options, folder, image, judge)
    print(f"load {os.getloadavg()[0]:.1f}")
    judge.summary()


if __name__ == "__main__":
    main()
