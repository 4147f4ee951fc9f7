#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""trace_engine.py podman RUNTIME | ctr | lxc | nspawn: a container that changes a file and removes
another, compared with its engine, /proc, cgroupfs and its layers on disk; then a command in it."""
import sys

import container_witness as cw
import vitrine_trace as vt
from engines import new_name
from engines.containerd import Containerd
from engines.lxc import Lxc
from engines.nspawn import Nspawn
from engines.podman import Podman

# The options that ask for limits, where the command line has such, and what they ask for.
CASES = {
    "podman": (Podman, ["--rm", "-m", "64m", "--cpus", "0.5"], [cw.MEMORY, cw.CPU]),
    "ctr": (Containerd, ["--rm", "--memory-limit", "67108864", "--cpus", "0.5"], [cw.MEMORY, cw.CPU]),
    "lxc": (Lxc, [], [cw.MEMORY]),
    "nspawn": (Nspawn, [], []),
}


def exec_errors(engine):
    """A command in a container that runs already."""
    name = new_name()
    with vt.Tracing(engine.run(name, "/bin/sh", "-c", cw.SCRIPT), ["--format", "ndjson"],
                    env=engine.environment) as tracing:
        running, gate = engine.at_gate(name, tracing)
        witness = cw.Witness(running)
        trace = vt.run_trace(engine.exec(name, "/bin/sh", "-c", "exit 5"), env=engine.environment)
        gate.open()
        tracing.wait()
    errors = vt.stream_errors(trace) + vt.schema_errors(trace)
    if trace.status != 5:
        errors.append(f"exec: exit status {trace.status}, not 5: {trace.errors}")
    errors += cw.container_errors(trace, witness)
    return ["exec: " + error for error in errors]


def main():
    vt.need_root()
    make, options, limits = CASES[sys.argv[1]]
    with make(*sys.argv[2:]) as engine:
        name = new_name()
        command = engine.run(name, "/bin/sh", "-c", cw.SCRIPT, options=options)
        trace, witness = cw.observe(engine, name, command)
        errors = cw.errors_of(trace, witness, engine, *limits)
        if hasattr(engine, "exec"):
            errors += exec_errors(engine)
    print(len(trace.events), "events of", witness.id, "in", len(witness.mounts), "mounts")
    if errors:
        vt.fail(*errors)


main()
