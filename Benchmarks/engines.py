# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Wharf authors
#
# The engines that are compared. Each has private roots below one folder and a network namespace of its own, so that they
# meet neither each other nor the host; `dockerd` and `podman` are Debian's.
import ctypes
import os
import signal
import subprocess
import time

libc = ctypes.CDLL(None, use_errno=True)


class Engine:
    name = ""
    # A network namespace to share, as a file; None makes one of the engine's own.
    network = None

    def __init__(self, folder, programs, group):
        self.folder, self.programs, self.group = folder, programs, group
        self.process = None
        os.makedirs(folder, exist_ok=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def environment(self):
        return {**os.environ, "HOME": self.folder}

    def enter(self):
        """Runs in a client between fork and exec."""

    def spawn(self, arguments, ready):
        """Starts a long-lived process in the engine's group and waits until `ready` says yes."""
        log = open(self.path("log"), "ab")
        with self.group.joined():
            self.process = subprocess.Popen(
                arguments, env=self.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        end = time.monotonic() + 60
        while not ready():
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"{self.name} did not start:\n" + open(self.path("log"), errors="replace").read()[-2000:])
            time.sleep(0.02)

    def answers(self):
        return self.call(["version"]).returncode == 0

    def call(self, arguments):
        return subprocess.run(
            self.client() + arguments, env=self.environment(), preexec_fn=self.enter, stdin=subprocess.DEVNULL, capture_output=True, text=True)

    def registry_call(self, verb, name):
        """Arguments of pull and push: of a registry on loopback, which is nobody's to verify."""
        return [verb, name]

    def load_call(self, archive):
        return ["load", "-i", archive]

    def load(self, image):
        result = self.call(self.load_call(image))
        if result.returncode != 0:
            raise SystemExit(f"{self.name}: load: {result.stderr}")

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Daemon(Engine):
    """An engine with an API socket."""

    def socket(self):
        return "unix://" + self.path("engine.sock")

    def environment(self):
        return {**super().environment(), "DOCKER_CONFIG": self.path("docker-config")}

    def in_namespace(self, arguments):
        if self.network:
            return ["nsenter", f"--net={self.network}", "--"] + arguments
        return ["unshare", "--net", "--", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"] + arguments

    def version(self):
        return self.call(["version", "--format", "{{.Server.Version}}"]).stdout.strip()


class Wharf(Daemon):
    name = "wharf"

    def client(self):
        return [os.path.join(self.programs, "wharf"), "-H", self.socket()]

    def start(self):
        self.spawn(
            self.in_namespace(
                [os.path.join(self.programs, "wharfd"), "--root", self.path("root"), "--exec-root", self.path("run"), "--host", self.socket(),
                 "--shim", os.path.join(self.programs, "wharf-shim")]), self.answers)


    def removes_files(self):
        """Whether layers of removed images still lie there: `rmi` answers before they are gone."""
        records = [name for name in os.listdir(self.path("root/snapshots")) if name != "empty"]
        return any(not os.path.exists(self.path(f"root/snapshots/{name}/info")) for name in records)

    def received(self):
        """Bytes of unfinished downloads on the disk."""
        folder = self.path("root/content/ingest")
        return sum(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder) if name.startswith("download-"))


class Dockerd(Daemon):
    name = "dockerd"

    def client(self):
        return ["/usr/bin/docker", "-H", self.socket()]

    def start(self):
        self.spawn(
            self.in_namespace(
                ["/usr/sbin/dockerd", "--data-root", self.path("root"), "--exec-root", self.path("run"), "--host", self.socket(),
                 "--pidfile", self.path("pid"), "--bridge", "none", "--iptables=false", "--ip6tables=false"]), self.answers)

    def stop(self):
        super().stop()
        # dockerd pins a network namespace here and leaves it.
        subprocess.run(["umount", "-q", "-R", self.path("run/netns/default")], stderr=subprocess.DEVNULL)


class Podman(Engine):
    """No daemon: a sleeping process holds the namespaces that its clients enter.

    crun refuses cgroup version 1 with controllers on the unified mount (hybrid), so that mount is hidden from podman alone.
    """
    name = "podman"

    def client(self):
        return ["/usr/bin/podman", "--root", self.path("root"), "--runroot", self.path("run"), "--tmpdir", self.path("tmp"),
                "--cgroup-manager", "cgroupfs", "--events-backend", "file", "--runtime", "crun"]

    def environment(self):
        return {**super().environment(), "CONTAINERS_CONF": self.path("containers.conf")}

    def start(self):
        with open(self.path("containers.conf"), "w") as file:
            # Raising a limit needs CAP_SYS_RESOURCE, which a container of a developer lacks.
            file.write('[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n')
        policy = self.path("policy.json")
        with open(policy, "w") as file:
            file.write('{"default":[{"type":"insecureAcceptAnything"}]}')
        script = (
            'if mountpoint -q /sys/fs/cgroup/unified; then umount /sys/fs/cgroup/unified; fi; ip link set lo up; '
            f'touch {self.path("ready")}; exec sleep infinity')
        network = ["nsenter", f"--net={self.network}", "--", "unshare"] if self.network else ["unshare", "--net"]
        self.spawn(network + ["--mount", "--propagation", "private", "--", "sh", "-c", script], lambda: os.path.exists(self.path("ready")))
        self.namespaces = [os.open(f"/proc/{self.process.pid}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC) for kind in ("net", "mnt")]

    def enter(self):
        for descriptor in self.namespaces:
            if libc.setns(descriptor, 0) != 0:
                os._exit(70)

    def registry_call(self, verb, name):
        return [verb, "--tls-verify=false", "--signature-policy", self.path("policy.json"), name]

    def load_call(self, archive):
        return ["load", "--signature-policy", self.path("policy.json"), "-i", archive]

    def version(self):
        return self.call(["version", "--format", "{{.Client.Version}}"]).stdout.strip() + " with crun"

    def stop(self):
        super().stop()
        for descriptor in getattr(self, "namespaces", []):
            os.close(descriptor)


ALL = {kind.name: kind for kind in (Wharf, Podman, Dockerd)}
