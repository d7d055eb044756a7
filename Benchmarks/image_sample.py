# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Wharf authors
#
# The image that the image benchmarks carry around: five gzip layers as images have them. A root file system of this Debian,
# 20,000 small files, one file that can't be compressed, text, and one big library. Made once, kept in .build/bench.
import gzip
import hashlib
import io
import json
import os
import random
import shutil
import subprocess
import tarfile

MEGABYTE = 1 << 20
VERSION = "1"
NAME = "bench:1"


def layout(cache):
    """The folder of an OCI layout with the image `bench:1`, made on the first call."""
    folder = os.path.join(cache, f"image-{VERSION}")
    if os.path.exists(os.path.join(folder, "index.json")):
        return folder
    print("bench: making the sample image (about 500 MB, once)")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(os.path.join(folder, "blobs/sha256"))
    layers = [Layer(folder, fill) for fill in (root_file_system, small_files, incompressible, text, library)]
    finish(folder, layers)
    return folder


def blob(folder, data):
    digest = hashlib.sha256(data).hexdigest()
    with open(os.path.join(folder, "blobs/sha256", digest), "wb") as file:
        file.write(data)
    return {"digest": "sha256:" + digest, "size": len(data)}


def finish(folder, layers):
    history = [{"created": "2024-01-01T00:00:00Z", "created_by": layer.name} for layer in layers]
    config = {
        "architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine), "os": "linux",
        "created": "2024-01-01T00:00:00Z", "config": {"Cmd": ["/bin/true"], "Env": ["PATH=/usr/bin:/bin"]},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + layer.diff for layer in layers]}, "history": history}
    media = "application/vnd.oci.image.layer.v1.tar+gzip"
    manifest = {
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **blob(folder, json.dumps(config).encode())},
        "layers": [{"mediaType": media, "digest": "sha256:" + layer.digest, "size": layer.size} for layer in layers]}
    entry = {"mediaType": manifest["mediaType"], **blob(folder, json.dumps(manifest).encode()),
             "annotations": {"org.opencontainers.image.ref.name": "1"}}
    with open(os.path.join(folder, "oci-layout"), "w") as file:
        json.dump({"imageLayoutVersion": "1.0.0"}, file)
    with open(os.path.join(folder, "index.json"), "w") as file:
        json.dump({"schemaVersion": 2, "manifests": [entry]}, file)
    total = sum(layer.size for layer in layers)
    print(f"bench: {total / 1e6:.0f} MB of gzip, {sum(layer.length for layer in layers) / 1e6:.0f} MB of tar")


class Hashing(io.RawIOBase):
    """Passes bytes on, counts and hashes them."""

    def __init__(self, sink):
        self.sink, self.hash, self.count = sink, hashlib.sha256(), 0

    def writable(self):
        return True

    def write(self, data):
        self.hash.update(data)
        self.count += len(data)
        return self.sink.write(data)


class Layer:
    """One layer, written straight into the layout."""

    def __init__(self, folder, fill):
        self.name = fill.__name__
        path = os.path.join(folder, "layer.tmp")
        with open(path, "wb") as file:
            packed = Hashing(file)
            with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=6, mtime=0) as packer:
                plain = Hashing(packer)
                with tarfile.open(fileobj=plain, mode="w|", format=tarfile.PAX_FORMAT, bufsize=1 << 16) as tar:
                    fill(tar)
        self.digest, self.size = packed.hash.hexdigest(), packed.count
        self.diff, self.length = plain.hash.hexdigest(), plain.count
        os.rename(path, os.path.join(folder, "blobs/sha256", self.digest))


def entry(name, size=0, mode=0o644, kind=tarfile.REGTYPE):
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.type, info.mtime = size, mode, kind, 1700000000
    return info


def folders(tar, *names):
    for name in names:
        tar.addfile(entry(name, mode=0o755, kind=tarfile.DIRTYPE))


def root_file_system(tar):
    """A bootable look of this machine: its programs and libraries, up to 150 MB, and busybox as /bin/sh and /bin/true."""
    folders(tar, "bin", "etc", "proc", "sys", "dev", "tmp", "usr", "usr/lib", "usr/share", "var")
    busybox = shutil.which("busybox")
    tar.addfile(entry("bin/busybox", os.path.getsize(busybox), 0o755), open(busybox, "rb"))
    for applet in ("sh", "true", "cat", "ls"):
        link = entry("bin/" + applet, kind=tarfile.SYMTYPE)
        link.linkname = "busybox"
        tar.addfile(link)
    left = 150 * MEGABYTE
    for top in ("/usr/bin", "/usr/lib/python3", "/usr/share/perl", "/usr/share/zoneinfo", "/usr/lib/x86_64-linux-gnu", "/usr/share/doc"):
        for folder, names, files in os.walk(top):
            names.sort()
            tar.addfile(entry(folder[1:], mode=0o755, kind=tarfile.DIRTYPE))
            for name in sorted(files):
                path = os.path.join(folder, name)
                size = os.lstat(path).st_size
                if os.path.islink(path):
                    link = entry(path[1:], kind=tarfile.SYMTYPE)
                    link.linkname = os.readlink(path)
                    tar.addfile(link)
                elif os.path.isfile(path) and size < 8 * MEGABYTE:
                    with open(path, "rb") as file:
                        tar.addfile(entry(path[1:], size, os.stat(path).st_mode & 0o777), file)
                    left -= size
                if left <= 0:
                    return


def small_files(tar):
    """20,000 files of 100 bytes to 4 KiB in 200 folders."""
    source = random.Random(1)
    words = [bytes(source.choices(b"abcdefghijklmnopqrstuvwxyz", k=source.randint(2, 10))) for _ in range(3000)]
    folders(tar, "small", *(f"small/{number:03}" for number in range(200)))
    for number in range(20_000):
        data = b" ".join(source.choices(words, k=source.randint(15, 600)))[:4096]
        tar.addfile(entry(f"small/{number % 200:03}/{number:05}.txt", len(data)), io.BytesIO(data))


def incompressible(tar):
    """147 MB of noise in one file."""
    size = 147 * MEGABYTE
    tar.addfile(entry("noise", size), Noise(size))


class Noise:
    """Random bytes, the same at each reading."""

    def __init__(self, size):
        self.left, self.source = size, random.Random(2)

    def read(self, count):
        count = min(count, self.left)
        self.left -= count
        return self.source.randbytes(count)


def text(tar):
    """60 MB of words in ten files."""
    source = random.Random(3)
    words = [bytes(source.choices(b"abcdefghijklmnopqrstuvwxyz", k=source.randint(2, 10))) for _ in range(20_000)]
    folders(tar, "text")
    for number in range(10):
        data = b"".join(b" ".join(source.choices(words, k=12)) + b"\n" for _ in range(85_000))[: 6 * MEGABYTE]
        tar.addfile(entry(f"text/{number}.txt", len(data)), io.BytesIO(data))


def library(tar):
    """One big library: of the toolchain, or what else is the largest here; 100 MB of it."""
    toolchain = os.path.dirname(os.path.dirname(os.path.realpath(shutil.which("swift") or "/usr/bin/python3")))
    found = subprocess.run(
        ["find", "-L", os.path.join(toolchain, "lib"), "/usr/lib/x86_64-linux-gnu", "-name", "*.so*", "-type", "f", "-size", "+8M"],
        capture_output=True, text=True).stdout.split()
    largest = max(found, key=os.path.getsize)
    size = min(os.path.getsize(largest), 100 * MEGABYTE)
    folders(tar, "opt")
    with open(largest, "rb") as file:
        tar.addfile(entry("opt/library.so", size, 0o755), file)
