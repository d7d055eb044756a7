# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Wharf authors
#
# The bundle that all runtimes are measured with: a busybox root file system and the config.json that wharfd itself wrote
# for a container without options, which is Docker's default: seccomp profile, capabilities, hidden paths, device rules.
import glob
import json
import os
import subprocess

import accounting
import engines


PROJECT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Bundle:
    def __init__(self, folder, programs, image):
        self.folder = folder
        self.files = os.path.join(folder, "files")
        self.root = os.path.join(folder, "rootfs")
        os.makedirs(self.files)
        os.makedirs(self.root)
        unpack(image, folder, self.root)
        self.spec = self.adapted(written_by_wharfd(os.path.join(folder, "wharfd"), programs, image))
        self.write(["true"])

    def adapted(self, spec):
        """The spec with its root, its bound files and its name of this bundle; everything else stays."""
        # crun 1.8 knows no newer version; nothing in the spec needs one.
        spec["ociVersion"] = "1.0.2"
        spec["root"] = {"path": self.root}
        spec["annotations"] = {}
        spec["hostname"] = "bench"
        for mount in spec["mounts"]:
            if mount["type"] == "bind":
                source = os.path.join(self.files, os.path.basename(mount["destination"]))
                with open(source, "w") as file:
                    file.write("127.0.0.1 localhost\n")
                os.makedirs(self.root + os.path.dirname(mount["destination"]), exist_ok=True)
                open(self.root + mount["destination"], "a").close()
                mount["source"] = source
        # Docker gives it on version 2; on version 1 it costs every runtime the same.
        if not any(namespace["type"] == "cgroup" for namespace in spec["linux"]["namespaces"]):
            spec["linux"]["namespaces"].append({"type": "cgroup"})
        return spec

    def write(self, arguments):
        self.spec["process"]["args"] = arguments
        self.spec["linux"]["cgroupsPath"] = f"/{accounting.NAME}/runtime"
        with open(os.path.join(self.folder, "config.json"), "w") as file:
            json.dump(self.spec, file, separators=(",", ":"))

    def variant(self, name, arguments, cgroup):
        """A bundle of its own beside this one, with the same root file system, for a container that stays."""
        folder = os.path.join(self.folder, name)
        os.makedirs(folder, exist_ok=True)
        spec = json.loads(json.dumps(self.spec))
        spec["process"]["args"] = arguments
        spec["linux"]["cgroupsPath"] = f"/{accounting.NAME}/{cgroup}"
        with open(os.path.join(folder, "config.json"), "w") as file:
            json.dump(spec, file, separators=(",", ":"))
        return folder


def unpack(image, folder, root):
    parts = os.path.join(folder, "image")
    os.makedirs(parts)
    subprocess.run(["tar", "-xf", image, "-C", parts], check=True)
    subprocess.run(["tar", "-xf", os.path.join(parts, "layer.tar"), "-C", root], check=True)


def written_by_wharfd(folder, programs, image):
    """config.json of a container that a private wharfd has running."""
    groups = accounting.Groups()
    engine = engines.Wharf(folder, programs, groups.group("spec"))
    try:
        engine.start()
        engine.load(image)
        run = engine.call(["run", "-d", "--network", "none", "busybox", "sleep", "600"])
        if run.returncode != 0:
            raise SystemExit(f"wharf run: {run.stderr}")
        [path] = glob.glob(os.path.join(engine.path("run"), "containers", "*", "config.json"))
        with open(path) as file:
            spec = json.load(file)
        engine.call(["rm", "-f", run.stdout.strip()])
        return spec
    finally:
        engine.stop()
        groups.remove()
