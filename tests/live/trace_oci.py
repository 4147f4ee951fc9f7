#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A container made by an OCI runtime, runc or crun: every call that strace sees, the namespaces and
the mounts that the container sees from inside, and the limits that it got."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import uuid

import strace_witness
import vitrine_trace as vt
import world

RUNTIME = sys.argv[1]
MEMORY, PIDS = 64 << 20, 55


def write_bundle(directory, name):
    world.busybox_root(directory + "/rootfs")
    subprocess.run(["runc", "spec", "--bundle", directory], check=True)
    path = pathlib.Path(directory) / "config.json"
    config = json.loads(path.read_text())
    process = config["process"]
    process["terminal"] = False
    process["args"] = ["/bin/sh", "-c", world.SELF_PORTRAIT]
    # Raising a limit needs CAP_SYS_RESOURCE, which not every machine's root has.
    del process["rlimits"]
    config["hostname"] = "glass-case"
    config["linux"]["cgroupsPath"] = "/" + name
    config["linux"]["resources"] = {"memory": {"limit": MEMORY}, "pids": {"limit": PIDS}}
    config["linux"]["seccomp"] = {
        "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"],
        "syscalls": [{"names": ["keyctl"], "action": "SCMP_ACT_ERRNO"}]}
    path.write_text(json.dumps(config))
    return config


def is_hybrid():
    return os.path.exists("/sys/fs/cgroup/unified/cgroup.controllers")


def runtime_command(directory, name):
    run = [RUNTIME, "--root", directory + "/state", "run", "--bundle", directory + "/bundle", name]
    if RUNTIME == "crun" and is_hybrid():
        # crun refuses hybrid cgroups: a view of its own with version 1 only, gone with the command.
        view = "mount -t tmpfs none /sys/fs/cgroup; for c in cpu cpuacct cpuset memory devices " \
               "freezer blkio pids; do mkdir /sys/fs/cgroup/$c; mount -t cgroup -o $c none " \
               "/sys/fs/cgroup/$c; done; mkdir /sys/fs/cgroup/systemd; mount -t cgroup -o " \
               'none,name=systemd none /sys/fs/cgroup/systemd; exec "$@"'
        return ["unshare", "-m", "--propagation", "private", "sh", "-e", "-c", view, "sh", *run]
    return run


def limits(trace, name):
    """The values in force, as the trace has them, in the container's cgroup."""
    found = {}
    for event in trace.of_type("cgroup.write"):
        if event["args"]["path"].endswith("/" + name) and "errno" not in event["result"]:
            found[event["args"]["file"]] = event["result"]["in_force"]
    memory = found.get("memory.max", found.get("memory.limit_in_bytes"))
    errors = []
    if memory != str(MEMORY):
        errors.append(f"memory: {memory} in force, {MEMORY} asked for")
    if found.get("pids.max") != str(PIDS):
        errors.append(f"pids: {found.get('pids.max')} in force, {PIDS} asked for")
    return errors


def story_errors(trace, config):
    """What any container must have had."""
    errors = []
    hosts = [event["args"]["name"] for event in trace.of_type("namespace.sethostname")]
    if config["hostname"] not in hosts:
        errors.append(f"the host name was not set: {hosts}")
    if not any(event["result"]["value"] == 0
               for event in trace.of_type("mount.pivot_root", "mount.chroot")):
        errors.append("no new root")
    filters = [event for event in trace.of_type("security.seccomp", "security.prctl")
               if event["args"]["instructions"] > 0]
    if not any("errno" not in event["result"] for event in filters):
        errors.append("no seccomp filter was installed")
    return errors


def remove_leftovers(name):
    """Of a run that failed: only what bears our name."""
    for path, _, _ in os.walk("/sys/fs/cgroup", topdown=False):
        if os.path.basename(path) == name:
            try:
                os.rmdir(path)
            except OSError:
                pass


def main():
    vt.need_root()
    for tool in (RUNTIME, "runc"): # whose "spec" writes the bundle
        if shutil.which(tool) is None:
            vt.skip(f"{tool} is not installed")
    name = f"vitrine-test-{uuid.uuid4()}"
    with tempfile.TemporaryDirectory() as directory:
        os.mkdir(directory + "/bundle")
        config = write_bundle(directory + "/bundle", name)
        command = runtime_command(directory, name)
        log = directory + "/strace"
        trace = vt.run_trace(strace_witness.command(log, command))
        remove_leftovers(name)
        if trace.status != 0:
            alone = subprocess.run(command, capture_output=True, text=True, check=False)
            remove_leftovers(name)
            if alone.returncode != 0:
                vt.skip(f"{RUNTIME} does not work here: {alone.stderr.strip()}")
            vt.fail(f"exit status {trace.status}: {trace.errors}")
        errors, calls = strace_witness.compare(log, trace)
    links, mounts = world.read_portrait(trace.errors)
    errors += vt.stream_errors(trace) + vt.schema_errors(trace)
    errors += world.namespace_errors(trace, links)
    errors += world.mountinfo_errors(trace, mounts, 5)
    errors += limits(trace, name) + story_errors(trace, config)
    print(calls, "calls compared with strace,", len(mounts), "mounts with mountinfo")
    if errors:
        vt.fail(*errors)


main()
