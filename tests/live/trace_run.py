#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A container made by `vitrine run`: every call that strace sees, the namespaces, mounts and layers
that the container sees from inside, and the limits that it reads there."""
import os
import tempfile

import strace_witness
import vitrine_trace as vt
import world

# The file of each limit on either version of cgroups, as its reader inside finds it.
LIMITS = {
    "memory.max": "67108864", "memory/memory.limit_in_bytes": "67108864",
    "pids.max": "20", "pids/pids.max": "20",
    "cpu.max": "50000 100000", "cpu/cpu.cfs_quota_us": "50000",
}
READ_LIMITS = "; ".join(f"if test -e /sys/fs/cgroup/{path}; then "
                        f"echo LIMIT {path} $(cat /sys/fs/cgroup/{path}); fi" for path in LIMITS)


def layer_errors(trace, mounts):
    """The root's layers by mountinfo, as its options tell them, and by the events."""
    root = next(line for line in mounts if line.split()[4] == "/")
    front, back = root.split(" - ", 1)
    options = dict(option.split("=", 1) for option in back.split()[2].split(",") if "=" in option)
    inside = (options["lowerdir"].split(":"), options.get("upperdir"), options.get("workdir"))
    errors = []
    events = [event for event in trace.events if "overlay_lower" in event["result"]
              and int(front.split()[0]) in [event["result"].get(role, {}).get("id")
                                            for role in ("new_mount", "root")]]
    for event in events:
        result = event["result"]
        traced = (result["overlay_lower"], result.get("overlay_upper"), result.get("overlay_work"))
        if traced != inside:
            errors.append(f"{event['type']} has the layers {traced}, mountinfo {inside}")
    if not {"mount.pivot_root"} & {event["type"] for event in events}:
        errors.append("no event says of what the root consists")
    return errors


def limit_errors(trace, said):
    """What the container reads, and what the trace says to be in force."""
    inside = {words[1]: " ".join(words[2:]) for words in said if words[:1] == ["LIMIT"]}
    errors = [f"{path}: {value} inside" for path, value in inside.items()
              if value != LIMITS[path]]
    if len(inside) != 3:
        errors.append(f"the container could not read its limits: {inside}")
    in_force = {event["args"]["file"]: event["result"]["in_force"]
                for event in trace.of_type("cgroup.write") if "errno" not in event["result"]}
    return errors + [f"{path}: {in_force.get(path.split('/')[-1])} in the trace, {value} inside"
                     for path, value in inside.items()
                     if in_force.get(path.split("/")[-1]) != value]


def main():
    vt.need_root()
    script = world.SELF_PORTRAIT + "; " + READ_LIMITS
    with tempfile.TemporaryDirectory() as directory:
        run = [vt.VITRINE, "run", "--root", directory + "/state", "--memory", "64m", "--cpus", "0.5",
               "--pids-limit", "20", "demo", "sh", "-c", script]
        log = directory + "/strace"
        trace = vt.run_trace(strace_witness.command(log, run))
        if trace.status != 0:
            vt.fail(f"exit status {trace.status}: {trace.errors}")
        errors, calls = strace_witness.compare(log, trace)
        left = [name for name in os.listdir(directory + "/state/containers")
                if not name.startswith(".")]
    links, mounts = world.read_portrait(trace.errors)
    errors += vt.stream_errors(trace) + vt.schema_errors(trace)
    errors += world.namespace_errors(trace, links)
    errors += world.mountinfo_errors(trace, mounts, 3)
    errors += layer_errors(trace, mounts)
    errors += limit_errors(trace, [line.split() for line in trace.errors.splitlines()])
    if left:
        errors.append(f"containers left behind: {left}")
    print(calls, "calls compared with strace,", len(mounts), "mounts with mountinfo")
    if errors:
        vt.fail(*errors)


main()
