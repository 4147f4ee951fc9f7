#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A container made by hand with unshare(1) and chroot(1), compared with strace, with the namespaces
that it sees from inside and with the mounts that it makes."""
import shutil
import tempfile

import strace_witness
import vitrine_trace as vt
import world


def main():
    vt.need_root()
    if shutil.which("unshare") is None:
        vt.skip("unshare is not installed")
    with tempfile.TemporaryDirectory() as directory:
        root = world.busybox_root(directory + "/root")
        log = directory + "/strace"
        script = "mount -t proc none /proc; ps; " + world.SELF_PORTRAIT
        trace = vt.run_trace(strace_witness.command(log, [
            "unshare", "--mount", "--uts", "--ipc", "--net", "--map-root-user", "--user", "--pid",
            "--fork", "chroot", root, "/bin/sh", "-c", script]))
        if trace.status != 0:
            vt.fail(f"exit status {trace.status}: {trace.errors}")
        errors, calls = strace_witness.compare(log, trace)
        links, mounts = world.read_portrait(trace.errors)
        errors += vt.stream_errors(trace) + vt.schema_errors(trace)
        # No cgroup namespace of its own, and the pid namespace is that of the shell.
        errors += world.namespace_errors(trace, links)
        proc = [event for event in trace.of_type("mount.mount") if event["args"]["target"] == "/proc"]
        if len(proc) != 1 or proc[0]["result"]["mountpoint"] != "/proc":
            errors.append("the mount of /proc is not there as the container sees it")
        errors += world.mountinfo_errors(trace, [line for line in mounts if " - proc " in line], 1)
    print(calls, "calls compared with strace")
    if calls < 10:
        errors.append(f"strace saw only {calls} calls")
    if errors:
        vt.fail(*errors)


main()
