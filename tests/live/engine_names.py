#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is told of a real container, docker's or podman's, beside what its engine's own client tells:
id, name, image, pid, layers and directories. Then the container is stopped, and docker's daemon too."""
import glob
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import uuid

import vitrine_trace as vt
import world

ENGINE = sys.argv[1]
TOOL = f"{vt.TESTS}/container_names"


def run(*command, **keywords):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **keywords)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def notes(*arguments):
    return [json.loads(line) for line in run(TOOL, *arguments).splitlines()]


class Docker:
    """A daemon of our own, with its own data."""

    def __init__(self, place):
        self.socket = f"{place}/docker.sock"
        self.client = ["docker", "-H", f"unix://{self.socket}"]
        self.run_options = []
        self.log = open(f"{place}/log", "w", encoding="utf-8")
        self.daemon = subprocess.Popen(
            ["dockerd", "--data-root", f"{place}/data", "--exec-root", f"{place}/exec",
             "-H", f"unix://{self.socket}", "--pidfile", f"{place}/pid", "--bridge=none",
             "--iptables=false"], stdout=self.log, stderr=subprocess.STDOUT)
        while subprocess.run([*self.client, "version"], capture_output=True,
                             check=False).returncode != 0:
            if self.daemon.poll() is not None:
                with open(self.log.name, encoding="utf-8") as log:
                    vt.skip("dockerd does not run here: " + log.read().splitlines()[-1])
            time.sleep(0.2)

    def layer_digests(self, image):
        return json.loads(run(*self.client, "image", "inspect", image))[0]["RootFS"]["Layers"]

    def stop(self):
        self.daemon.terminate()
        self.daemon.wait()
        self.log.close()


class Podman:
    """No daemon; a storage of our own."""

    def __init__(self, place):
        self.socket = ""
        self.client = ["podman", "--root", f"{place}/root", "--runroot", f"{place}/run",
                       "--tmpdir", f"{place}/tmp", "--network-config-dir", f"{place}/networks",
                       "--cgroup-manager", "cgroupfs",
                       "--runtime", "runc", "--storage-driver", "overlay"]
        # Raising a limit needs CAP_SYS_RESOURCE, which not every machine's root has.
        self.run_options = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]
        self.place = place

    def layer_digests(self, image):
        return json.loads(run(*self.client, "image", "inspect", image))[0]["RootFS"]["Layers"]

    def stop(self):
        # A container's last process cleans up behind it, and mounts the storage for that.
        while any(self.place.encode() in command for command in command_lines()):
            time.sleep(0.1)
        subprocess.run(["umount", f"{self.place}/root/overlay"], capture_output=True, check=False)


def command_lines():
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            yield pathlib.Path(path).read_bytes()
        except OSError: # it has ended
            pass


def make_image(engine, place):
    root = world.busybox_root(f"{place}/image")
    with tarfile.open(f"{place}/image.tar", "w") as archive:
        archive.add(root, arcname=".")
    run(*engine.client, "import", f"{place}/image.tar", "localhost/base:1")


def compare(engine, note, name):
    told = json.loads(run(*engine.client, "inspect", name))[0]
    graph = told["GraphDriver"]["Data"]
    errors = []

    def same(what, ours, theirs):
        if ours != theirs:
            errors.append(f"{what}: {ours}, the engine says {theirs}")

    same("engine", note["engine"], ENGINE)
    same("id", note["id"], told["Id"])
    same("name", note["name"], told["Name"].lstrip("/"))
    same("image", note["image"], "localhost/base:1")
    same("pid", note["init_pid"], told["State"]["Pid"] or None)
    same("error", note["error"], None)
    if not any(graph["UpperDir"].startswith(own + "/") for own in note["directories"]):
        errors.append(f"no directory holds the upper layer {graph['UpperDir']}")
    known = {layer["directory"]: layer["name"] for layer in note["layers"]}
    lowest = graph["LowerDir"].split(":")[-1]
    digest = engine.layer_digests("localhost/base:1")[0].split(":")[1]
    same("lowest layer", known.get(lowest), f"localhost/base:1 layer 1 ({digest[:12]})")
    same("upper layer", known.get(graph["UpperDir"]), "container layer")
    return errors + mounted(note, graph, known)


def mounted(note, graph, known):
    """The kernel's word for the layers, while the container runs: each has a name."""
    if note["init_pid"] is None:
        return []
    with open("/proc/self/mountinfo", encoding="utf-8") as lines:
        mount = [line for line in lines if f" {graph.get('MergedDir', '-')} " in line]
    if not mount:
        return [] # made in a mount namespace of the engine's own
    options = dict(word.split("=", 1) for word in mount[0].split()[-1].split(",") if "=" in word)
    layers = options["lowerdir"].split(":") + [options["upperdir"]]
    return [f"no name for the layer {layer}" for layer in layers if layer not in known]


def check(engine, name):
    run(*engine.client, "run", "-d", "--network", "none", "--name", name, *engine.run_options,
        "localhost/base:1", "sleep", "600")
    found = notes(name)[0]
    errors = compare(engine, found, name)
    errors += [f"by its first digits: {error}"
               for error in compare(engine, notes(found["id"][:10])[0], name)]
    errors += [f"as a tracer learns it: {error}" for error in
               compare(engine, notes("-w", found["id"], engine.socket)[-1], name)]
    if [note["id"] for note in notes()].count(found["id"]) != 1:
        errors.append("it is not listed once")
    run(*engine.client, "kill", name)
    while json.loads(run(*engine.client, "inspect", name))[0]["State"]["Running"]:
        time.sleep(0.1)
    if ENGINE == "docker": # podman's files are found by what runs
        errors += [f"stopped: {error}" for error in compare(engine, notes(name)[0], name)]
    return errors


def main():
    if os.geteuid() != 0:
        vt.skip("engines need root")
    if not os.access(TOOL, os.X_OK):
        vt.skip(f"{TOOL} is not built")
    for tool in (ENGINE, "dockerd" if ENGINE == "docker" else "conmon", "runc"):
        if shutil.which(tool) is None:
            vt.skip(f"{tool} is not installed")
    name = f"vitrine-test-{uuid.uuid4().hex[:12]}"
    with tempfile.TemporaryDirectory() as place:
        engine = (Docker if ENGINE == "docker" else Podman)(place)
        try:
            make_image(engine, place)
            errors = check(engine, name)
        finally:
            subprocess.run([*engine.client, "rm", "-f", name], capture_output=True, check=False)
            engine.stop()
    print("compared with", ENGINE, "inspect")
    if errors:
        vt.fail(*errors)


main()
