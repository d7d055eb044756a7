# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Wharf authors
#
# Images on their ways: pull, first and second run, save, push, rmi and load of a 500 MB image, on several engines turn by
# turn with one docker-registry; then what only some can be asked: many images, and a pull that is interrupted.
import json
import os
import signal
import statistics
import subprocess
import time

import image_sample
import registry
import side_by_side

# Targets of wall time: wharf's part of the other's.
WALL = [("pull", "dockerd", 0.35), ("pull", "podman", 0.35), ("push", "dockerd", 0.15), ("load", "dockerd", 0.3),
        ("save", "dockerd", 0.3), ("rmi", "dockerd", 0.3)]
RUN = ["run", "--rm", "--network", "none", "--cgroup-parent", "{parent}"]
STEPS = ["pull", "first run", "second run", "save", "push", "rmi", "files gone", "load"]


def measure(running, rounds, judge, harbour, busybox):
    """`running` engines live in the network of `harbour`, which has the sample image. What an engine does once in its life
    (compile filters, make groups) is done for another image before the first round."""
    for engine in running:
        engine.load(busybox)
        side_by_side.once(engine, RUN + ["busybox", "/bin/true"])
    samples = {engine.name: {step: [] for step in STEPS} for engine in running}
    memory = {engine.name: [] for engine in running}
    for number in range(rounds):
        for engine in running:
            for step, pair in one_round(engine, harbour, memory[engine.name]):
                samples[engine.name][step].append(pair)
            print(f"round {number + 1}, {engine.name}: " + ", ".join(f"{step} {samples[engine.name][step][-1][0] / 1000:.2f} s" for step in STEPS))
    report(running, samples, memory, judge)


def reset_peak(engine):
    """The daemon's peak of resident memory counts from here; podman has no daemon."""
    if engine.name != "podman":
        with open(f"/proc/{engine.process.pid}/clear_refs", "w") as file:
            file.write("5")


def peak(engine):
    """Megabytes of resident memory of the daemon at most, since the reset."""
    if engine.name == "podman":
        return 0
    with open(f"/proc/{engine.process.pid}/status") as file:
        return int(next(line for line in file if line.startswith("VmHWM")).split()[1]) / 1024


def one_round(engine, harbour, memory):
    name = f"{registry.FULL}/{image_sample.NAME}"
    pushed = f"{registry.EMPTY}/{image_sample.NAME}"
    archive = engine.path("saved.tar")
    run = RUN + [name, "/bin/true"]
    harbour.empty()
    # What the last one wrote is not this one's to wait for.
    os.sync()
    reset_peak(engine)
    yield "pull", side_by_side.once(engine, engine.registry_call("pull", name))
    memory.append(peak(engine))
    yield "first run", side_by_side.once(engine, run)
    yield "second run", side_by_side.once(engine, run)
    os.sync()
    yield "save", side_by_side.once(engine, ["save", "-o", archive, name])
    side_by_side.once(engine, ["tag", name, pushed])
    os.sync()
    yield "push", side_by_side.once(engine, engine.registry_call("push", pushed))
    side_by_side.once(engine, ["rmi", pushed])
    os.sync()
    yield "rmi", side_by_side.once(engine, ["rmi", name])
    yield "files gone", files_gone(engine)
    os.sync()
    yield "load", side_by_side.once(engine, engine.load_call(archive))
    side_by_side.once(engine, ["rmi", name])
    files_gone(engine)
    os.unlink(archive)


def files_gone(engine):
    """What is left to do behind the answer to `rmi`: (wall ms, CPU ms) until the layers' files are gone. The others have
    removed them by then."""
    if engine.name != "wharf":
        return 0.0, 0.0
    before, start = engine.group.usage(), time.perf_counter()
    while engine.removes_files():
        time.sleep(0.005)
    return (time.perf_counter() - start) * 1000, (engine.group.usage() - before) * 1000


def report(running, samples, memory, judge):
    names = [engine.name for engine in running]
    median = {name: {step: statistics.median(wall for wall, _ in samples[name][step]) for step in STEPS} for name in names}
    cpu = {name: {step: statistics.median(cpu for _, cpu in samples[name][step]) for step in STEPS} for name in names}
    print(f"\na 500 MB image, {len(samples[names[0]]['pull'])} rounds, interleaved: seconds of wall (CPU), median; ratio to wharf")
    print(f"{'':12}" + "".join(f"{name:>30}" for name in names))
    for step in STEPS:
        print(f"{step:12}", end="")
        for name in names:
            base = median["wharf"][step] if "wharf" in names else 0
            ratio = f"{median[name][step] / base:.2f}x" if base else ""
            print(f"{median[name][step] / 1000:14.2f} ({cpu[name][step] / 1000:5.2f}) {ratio:>7}", end="")
        print()
    for name in names:
        if max(memory[name]):
            print(f"{name}: peak resident memory of the daemon in pull {max(memory[name]):.0f} MB")
    if "wharf" not in names:
        return
    for step, other, limit in WALL:
        if other in names:
            judge.judge(f"{step}, wall, of {other}'s", median["wharf"][step] / median[other][step], limit)
    if "dockerd" in names:
        judge.judge("pull, CPU, of dockerd's", cpu["wharf"]["pull"] / cpu["dockerd"]["pull"], 0.4)
    judge.judge("peak memory of wharfd in pull", max(memory["wharf"]), 150, " MB")
    # A tenth for what two runs differ by anyway.
    judge.judge("first run after a pull, of the second", median["wharf"]["first run"] / median["wharf"]["second run"], 1.1)


def many(running, judge, count=1000):
    """`images` with many images, that share one layer."""
    for engine in running:
        if engine.name == "podman":
            continue
        archive = engine.path("many.tar")
        write_many(archive, count)
        side_by_side.once(engine, engine.load_call(archive))
        os.unlink(archive)
        walls = sorted(side_by_side.once(engine, ["images", "-q"])[0] for _ in range(20))
        print(f"{engine.name}: images -q with {count} images: median {statistics.median(walls):.1f} ms, least {walls[0]:.1f} ms")
        if engine.name == "wharf":
            judge.judge(f"images with {count} images", statistics.median(walls), 20, " ms")


def write_many(path, count):
    import hashlib
    import io
    import tarfile
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w") as tar:
        tar.addfile(image_sample.entry("file", 5), io.BytesIO(b"hello"))
    layer = inner.getvalue()
    diff = "sha256:" + hashlib.sha256(layer).hexdigest()
    with tarfile.open(path, "w") as tar:
        def add(name, data):
            tar.addfile(image_sample.entry(name, len(data)), io.BytesIO(data))
        add("layer.tar", layer)
        table = []
        for number in range(count):
            config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Labels": {"number": str(number)}},
                                 "rootfs": {"type": "layers", "diff_ids": [diff]}}).encode()
            add(f"{number}.json", config)
            table.append({"Config": f"{number}.json", "RepoTags": [f"many/image-{number}:1"], "Layers": ["layer.tar"]})
        add("manifest.json", json.dumps(table).encode())


def interrupted(running, judge, harbour):
    """A pull that ends in the middle, and what the second attempt fetches again. wharfd is killed; dockerd, whose containerd
    would outlive it and be in its way, only loses its client."""
    size = harbour.image_bytes()
    for engine in running:
        if engine.name == "podman":
            continue
        name = f"{registry.COUNTED}/{image_sample.NAME}"
        start = harbour.counted()
        client = subprocess.Popen(
            engine.client() + ["pull", name], env=engine.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        while harbour.counted() - start < size / 2 and client.poll() is None:
            time.sleep(0.01)
        kept = 0
        if engine.name == "wharf":
            engine.process.kill()
            engine.process.wait()
            client.wait()
            kept = engine.received()
            engine.start()
        else:
            client.send_signal(signal.SIGINT)
            client.wait()
            time.sleep(1)
        first = harbour.counted() - start
        side_by_side.once(engine, ["pull", name])
        second = harbour.counted() - start - first
        side_by_side.once(engine, ["rmi", name])
        print(f"{engine.name}: cut off behind {first / 1e6:.0f} MB of {size / 1e6:.0f} MB; the second attempt took {second / 1e6:.0f} MB")
        if engine.name == "wharf":
            # What was in sockets when it was killed is no received byte. A part in a hundred is for headers and manifests.
            print(f"wharf: {kept / 1e6:.0f} MB had been received and kept")
            judge.judge("second attempt of an interrupted pull, of the bytes that were missing", second / (size - kept), 1.01)
