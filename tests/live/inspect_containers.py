#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""inspect_containers.py docker | podman: what `vitrine export` tells of the containers of an engine, and of
processes in namespaces of their own, against what the engine itself, /proc, lsns and findmnt say. The
document keeps to its schema, and is read again by somebody without privileges."""
import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import vitrine_trace as vt
from checks import all_well, expect, failed, report
from engines import new_name, wait_until
from engines.docker import Docker
from engines.podman import Podman

SOURCE = pathlib.Path(__file__).resolve().parents[2]
KINDS = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")


def vitrine(*words, status=0, **keywords):
    done = subprocess.run([vt.VITRINE, *words], capture_output=True, text=True, timeout=120,
                          errors="surrogateescape", check=False, **keywords)
    if done.returncode != status:
        failed(" ".join(words), f"exit status {done.returncode}: {done.stderr[-500:]}")
    return done


def export(path):
    vitrine("export", "-o", path)
    checked = subprocess.run(
        [sys.executable, SOURCE / "tests/validate_json.py", SOURCE / "docs/schemas/snapshot.schema.json", path],
        capture_output=True, text=True, check=False)
    if checked.returncode not in (0, 77):
        failed("schema", checked.stdout + checked.stderr)
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def by_id(table):
    return {row["id"]: row for row in table}


def links(pid):
    """Identities of the namespaces that the process lives in."""
    return {os.readlink(f"/proc/{pid}/ns/{kind}") for kind in KINDS}


def start_ticks(pid):
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]


def pids_in(namespace):
    """All processes in that pid namespace."""
    pids = set()
    for entry in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            if entry.isdigit() and os.readlink(f"/proc/{entry}/ns/pid") == namespace:
                pids.add(int(entry))
    return pids


def container_errors(document, engine, running):
    """Of one running container: identity, processes, namespaces, root and layers."""
    errors = []
    identity = f"{engine.name}/{running.id}"
    container = by_id(document["containers"]).get(identity)
    if container is None:
        return [f"no container {identity} among {[row['id'] for row in document['containers']]}"]
    for field, wanted in {"name": running.name, "engine": engine.name, "status": "running",
                          "init": f"{running.pid}:{start_ticks(running.pid)}"}.items():
        if container[field] != wanted:
            errors.append(f"{field}: {container[field]}, not {wanted}")
    if running.image not in (container["image"] or ""):
        errors.append(f"image: {container['image']}, not {running.image}")
    if {space["id"] for space in container["namespaces"]} != links(running.pid):
        errors.append(f"namespaces: {container['namespaces']}, not {links(running.pid)}")
    told = {int(row["id"].split(":")[0]) for row in document["processes"] if row["container"] == identity}
    inside = pids_in(os.readlink(f"/proc/{running.pid}/ns/pid"))
    if told != inside or container["processes"] != len(inside):
        errors.append(f"processes: {told} ({container['processes']}), not {inside}")
    return errors + root_errors(document, container, running)


def root_errors(document, container, running):
    root = by_id(document["mounts"]).get(container["root"])
    if root is None or root["type"] != "overlay":
        return [f"its root is {root}"]
    errors = []
    if os.path.realpath(root["overlay"]["upper"]) != running.upper:
        errors.append(f"upper: {root['overlay']['upper']}, not {running.upper}")
    if [os.path.realpath(path) for path in root["overlay"]["lower"]] != running.lower:
        errors.append(f"lower: {root['overlay']['lower']}, not {running.lower}")
    layers = {os.path.realpath(row["path"]): row for row in document["layers"]
              if container["id"] in row["containers"]}
    if set(layers) != {running.upper, *running.lower}:
        errors.append(f"layers: {set(layers)}")
    return errors


def sharing(document, identity, kind):
    container = by_id(document["containers"])[identity]
    space = next(space for space in container["namespaces"] if space["id"].startswith(kind + ":"))
    return space["sharing"], space["shared_with"]


@contextlib.contextmanager
def unshared():
    """A process that is pid 1 of a pid namespace which no engine made."""
    with subprocess.Popen(["unshare", "-mpf", "--kill-child", "--mount-proc", "sleep", "600"]) as outer:
        try:
            children = pathlib.Path(f"/proc/{outer.pid}/task/{outer.pid}/children")
            yield wait_until(lambda: children.read_text().split(), "unshare's child")[0]
        finally:
            outer.kill()


def unshared_errors(document, pid):
    identity = f"unshare/{pid}:{start_ticks(pid)}"
    container = by_id(document["containers"]).get(identity)
    if container is None:
        return [f"no {identity}"]
    told = {space["id"]: space["sharing"] for space in container["namespaces"] if space["sharing"] != "host"}
    # unshare(1) itself waits in the mount namespace, but not in the pid namespace.
    wanted = {os.readlink(f"/proc/{pid}/ns/{kind}"): sharing
              for kind, sharing in (("mnt", "other"), ("pid", "own"))}
    return [] if told == wanted else [f"{identity}: {told}, not {wanted}"]


def superset_errors(document):
    """Each namespace of lsns that is still there."""
    told = {row["id"] for row in document["namespaces"]}
    listed = subprocess.run(["lsns", "-n", "-r", "-o", "NS,TYPE,PID"], capture_output=True, text=True, check=True)
    errors = []
    for line in listed.stdout.splitlines():
        inode, kind, pid = line.split()
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/{pid}/ns/{kind}") == f"{kind}:[{inode}]" and f"{kind}:[{inode}]" not in told:
                errors.append(f"lsns has {kind}:[{inode}] of process {pid}")
    return errors


def limit_errors(document, identity, bytes_wanted):
    limits = {row["state"]["memory_max_bytes"] for row in document["cgroups"]
              if row["container"] == identity}
    return [] if bytes_wanted in limits else [f"memory limits of {identity}: {limits}"]


def reading_errors(path, running):
    """As nobody, from the file: the same tables; a page; and words for what is not there."""
    os.chmod(path, 0o644)
    nobody = {"user": 65534, "group": 65534, "extra_groups": []}
    listed = vitrine("containers", "--from", path, "--color", "never", **nobody).stdout
    page = vitrine("inspect", "--from", path, running.name, "--color", "never", **nobody).stdout
    lost = vitrine("inspect", "--from", path, running.name[:-1] + "~", status=1, **nobody).stderr
    errors = [f"{what} does not tell of {running.name}: {text}" for what, text in
              {"the list": listed, "the page": page, "the hint": lost}.items() if running.name not in text]
    if not re.search(r"What it can reach\n", page):
        errors.append(f"the page says nothing of what it can reach: {page}")
    return errors


def client_of(engine):
    return engine.podman if engine.name == "podman" else ["docker"]


def start(engine, name, options=()):
    command = engine.run(name, "sleep", "600", options=["-d", *options])
    engine.call(command)
    running = wait_until(lambda: engine.running(name), f"{name} runs")
    engine.containers.add(running.id)
    return running


def one_host(engine, directory):
    web, db = new_name(), new_name()
    first = start(engine, web, ["-m", "64m", "--ipc", "shareable"])
    second = start(engine, db, ["--ipc", f"container:{web}"])
    path = directory + "/host.json"
    with unshared() as pid:
        document = export(path)
        for running in (first, second):
            all_well(running.name, container_errors(document, engine, running))
        all_well("unshare", unshared_errors(document, pid))
        all_well("lsns", superset_errors(document))
    identities = [f"{engine.name}/{running.id}" for running in (first, second)]
    known = by_id(document["containers"])
    if all(identity in known for identity in identities):
        expect("pid of the first", sharing(document, identities[0], "pid"), ("own", []))
        expect("user of the first", sharing(document, identities[0], "user"), ("host", []))
        expect("ipc of the second", sharing(document, identities[1], "ipc"), ("container", identities[:1]))
    all_well("limit", limit_errors(document, identities[0], 64 << 20))
    all_well("reading", reading_errors(path, first))
    print(len(document["containers"]), "containers,", len(document["processes"]), "processes,",
          len(document["namespaces"]), "namespaces,", len(document["mounts"]), "mounts")
    changes(engine, first, path)


def changes(engine, running, path):
    """Paused and stopped: what the document says then."""
    identity = f"{engine.name}/{running.id}"
    engine.call([*client_of(engine), "pause", running.name])
    expect("paused", by_id(export(path)["containers"])[identity]["status"], "paused")
    engine.call([*client_of(engine), "unpause", running.name])
    engine.call([*client_of(engine), "kill", running.name])
    wait_until(lambda: not os.path.exists(f"/proc/{running.pid}"), "its end")
    stopped = by_id(export(path)["containers"]).get(identity)
    expect("stopped", stopped and (stopped["status"], stopped["init"], stopped["processes"]), ("stopped", None, 0))


def main():
    if os.geteuid() != 0:
        vt.skip("containers need root")
    with {"docker": Docker, "podman": lambda: Podman("runc")}[sys.argv[1]]() as engine, \
            tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        one_host(engine, directory)
    report()


main()
