# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Wharf authors
#
# Debian's docker-registry for the image benchmarks, in a network namespace that the engines share: one with the sample
# image, one that is emptied, and a way to the first that counts bytes.
import ctypes
import multiprocessing
import os
import shutil
import socket
import subprocess
import threading
import time

import image_sample

FULL, EMPTY, COUNTED = "127.0.0.1:5000", "127.0.0.1:5001", "127.0.0.1:5002"
CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


class Harbour:
    def __init__(self, folder, cache):
        self.folder, self.processes, self.counter = folder, [], None
        os.makedirs(folder, exist_ok=True)
        try:
            self.open(cache)
        except BaseException:
            self.stop()
            raise

    def open(self, cache):
        holder = subprocess.Popen(
            ["unshare", "--net", "--", "sh", "-c", "ip link set lo up && echo ready && exec sleep infinity"], stdout=subprocess.PIPE)
        self.processes.append(holder)
        holder.stdout.readline()
        self.namespace = f"/proc/{holder.pid}/ns/net"
        self.bytes = multiprocessing.Value("q", 0)
        self.layout = image_sample.layout(cache)
        # The filled one is kept, too: pushing the image takes a while.
        self.start("full", FULL, os.path.join(cache, f"registry-{image_sample.VERSION}"))
        self.start("empty", EMPTY, self.path("empty"))
        self.counter = multiprocessing.Process(target=self.count, daemon=True)
        self.counter.start()
        self.fill()

    def path(self, name):
        return os.path.join(self.folder, name)

    def inside(self, arguments):
        return ["nsenter", f"--net={self.namespace}", "--"] + arguments

    def start(self, name, address, data):
        os.makedirs(data, exist_ok=True)
        with open(self.path(name + ".yml"), "w") as file:
            file.write(f"version: 0.1\nlog:\n  level: error\n  accesslog:\n    disabled: true\nstorage:\n  filesystem:\n"
                       f"    rootdirectory: {data}\nhttp:\n  addr: {address}\n")
        log = open(self.path(name + ".log"), "ab")
        program = shutil.which("docker-registry")
        if not program:
            raise SystemExit("bench: no docker-registry on PATH: scripts/bootstrap brings it")
        process = subprocess.Popen(self.inside([program, "serve", self.path(name + ".yml")]), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.processes.append(process)
        host, port = address.split(":")
        end = time.monotonic() + 30
        while subprocess.run(self.inside(["bash", "-c", f"exec 3<>/dev/tcp/{host}/{port}"]), stderr=subprocess.DEVNULL).returncode != 0:
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"bench: docker-registry {address} did not start: see {log.name}")
            time.sleep(0.05)

    def fill(self):
        subprocess.run(
            self.inside(["skopeo", "--insecure-policy", "copy", "--quiet", "--preserve-digests", "--dest-tls-verify=false",
                         f"oci:{self.layout}:1", f"docker://{FULL}/{image_sample.NAME}"]), check=True)

    def empty(self):
        """Nothing is in the registry for pushes any more."""
        shutil.rmtree(self.path("empty"), ignore_errors=True)
        os.makedirs(self.path("empty"))

    def image_bytes(self):
        blobs = os.path.join(self.layout, "blobs/sha256")
        return sum(os.path.getsize(os.path.join(blobs, name)) for name in os.listdir(blobs))

    def counted(self):
        """Bytes that came from the registry by the counting way so far."""
        return self.bytes.value

    def count(self):
        """In a process of its own, in the namespace: passes connections on and counts what comes back."""
        descriptor = os.open(self.namespace, os.O_RDONLY)
        if libc.setns(descriptor, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        server = socket.create_server(("127.0.0.1", 5002))
        while True:
            client, _ = server.accept()
            upstream = socket.create_connection(("127.0.0.1", 5000))
            threading.Thread(target=self.pump, args=(client, upstream, False), daemon=True).start()
            threading.Thread(target=self.pump, args=(upstream, client, True), daemon=True).start()

    def pump(self, source, sink, counts):
        try:
            while data := source.recv(1 << 18):
                sink.sendall(data)
                if counts:
                    with self.bytes.get_lock():
                        self.bytes.value += len(data)
        except OSError:
            pass
        for end, how in ((sink, socket.SHUT_WR), (source, socket.SHUT_RD)):
            try:
                end.shutdown(how)
            except OSError:
                pass

    def stop(self):
        if self.counter:
            self.counter.kill()
        for process in reversed(self.processes):
            process.kill()
            process.wait()
