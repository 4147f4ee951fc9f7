#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Cgroups made with cgroup-tools, compared with strace and with what cgroupfs says meanwhile."""
import os
import shutil
import subprocess
import tempfile
import uuid

import strace_witness
import vitrine_trace as vt


def mountpoints():
    """Where the cgroups of cpu and memory are, and the name of the memory limit there."""
    if os.path.exists("/sys/fs/cgroup/cgroup.controllers"):
        return ["/sys/fs/cgroup"], "memory.max"
    return ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/memory"], "memory.limit_in_bytes"


def main():
    vt.need_root()
    for tool in ("cgcreate", "cgset", "cgdelete"):
        if shutil.which(tool) is None:
            vt.skip(f"{tool} of cgroup-tools is not installed")
    name = f"vitrine-test-{uuid.uuid4()}"
    places, limit = mountpoints()
    groups = [f"{place}/{name}" for place in places]
    script = (f"cgcreate -g cpu,memory:{name} && stat -c 'inode %i' {' '.join(groups)} && "
              f"cgset -r {limit}=33554433 {name} && echo limit $(cat {groups[-1]}/{limit}) && "
              f"cgdelete -g cpu:{name} && if test -d {groups[-1]}; then cgdelete -g memory:{name}; fi")
    with tempfile.TemporaryDirectory() as directory:
        log = directory + "/strace"
        trace = vt.run_trace(strace_witness.command(log, ["sh", "-c", script]))
        for group in groups:
            if os.path.isdir(group):
                os.rmdir(group)
        if trace.status != 0:
            alone = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
            for group in groups:
                if os.path.isdir(group):
                    os.rmdir(group)
            if alone.returncode != 0:
                vt.skip(f"cgroup-tools do not work here: {alone.stderr.strip()}")
            vt.fail(f"exit status {trace.status}: {trace.errors}")
        errors, calls = strace_witness.compare(log, trace)
    errors += vt.stream_errors(trace) + vt.schema_errors(trace)
    said = [line.split() for line in trace.errors.splitlines()]
    inodes = sorted(words[1] for words in said if words[:1] == ["inode"])
    in_force = [words[1] for words in said if words[:1] == ["limit"]]
    for kind in ("cgroup.mkdir", "cgroup.rmdir"):
        ids = sorted(event["result"]["id"] for event in trace.of_type(kind)
                     if event["result"]["path"] == "/" + name)
        if ids != inodes:
            errors.append(f"{kind}: {ids}, but cgroupfs had {inodes}")
    writes = [event["result"]["in_force"] for event in trace.of_type("cgroup.write")
              if event["args"]["file"] == limit and event["args"]["path"] == "/" + name]
    if writes != in_force or in_force != ["33554432"]:
        errors.append(f"in force by the trace {writes}, by cgroupfs {in_force}")
    print(calls, "calls compared with strace,", len(inodes), "cgroups")
    if errors:
        vt.fail(*errors)


main()
