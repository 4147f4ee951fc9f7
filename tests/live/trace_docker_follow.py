#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""vitrine trace --container, --pid and --all, of containers that docker started before or starts
meanwhile."""
import pathlib
import subprocess

import container_witness as cw
import vitrine_trace as vt
from checks import all_well, each, expect, failed, report
from engines import new_name, wait_until
from engines.docker import Docker


def by_name(docker):
    """--container: what is there, then what an untraced client starts in it."""
    witness, gate = cw.standing(docker, cw.SCRIPT)
    name = witness.running.name
    options = ["--format", "ndjson", "--container", name]
    with vt.Tracing([], options, env=docker.environment) as tracing:
        wait_until(tracing.begun, "the trace begins")
        expect("docker exec", docker.call(docker.exec(name, "sh", "-c", "exit 5"),
                                          check=False).returncode, 5)
        gate.open()
        wait_until(lambda: not docker.running(name), "the container has ended")
        tracing.interrupt()
        trace = tracing.trace()
    expect("--container: scope, exit status",
           (trace.start["scope"], trace.end["exit_status"]), ("container", None))
    all_well("--container", vt.stream_errors(trace) + vt.schema_errors(trace))
    all_well("--container", cw.container_errors(trace, witness) + cw.exit_errors(trace, witness))
    all_well("--container", cw.note_errors(trace, witness, "docker"))
    there = {process["pid"]: process["namespaces"] for process in trace.start["processes"]
             if process["followed"] == "target"}
    expect("--container: its first process", there.get(witness.pid), witness.namespaces)
    if not any(vt.runs(event, "sh", "-c", "exit 5") for event in trace.events):
        failed("--container", "the command of docker exec is not seen")


def by_pid(docker):
    """--pid, of a shell that counts: none of what it starts is missed or told twice."""
    name = new_name()
    count = "i=0; while [ ! -e /etc/stop ]; do i=$((i+1)); /bin/true $i; done; read line </gate"
    docker.call(docker.run(name, "sh", "-c", count, options=["-d"]))
    running = wait_until(lambda: docker.running(name), f"{name} runs")
    options = ["--format", "ndjson", "--pid", str(running.pid), "--for", "3s"]
    with vt.Tracing([], options, env=docker.environment) as tracing:
        trace = tracing.trace()
    pathlib.Path(f"/proc/{running.pid}/root/etc/stop").touch()
    _, gate = docker.at_gate(name)
    gate.open()
    expect("--pid: exit status", trace.status, 0)
    expect("--pid: scope, exit status",
           (trace.start["scope"], trace.end["exit_status"]), ("process", None))
    all_well("--pid", vt.stream_errors(trace) + vt.schema_errors(trace))
    counted = [int(event["args"]["argv"][1]) for event in trace.events
               if vt.runs(event, "/bin/true") and event["process"]["parent_pid"] == running.pid]
    if not counted or counted != list(range(counted[0], counted[0] + len(counted))):
        failed("--pid", f"the commands that it counted are {counted}")
    print("--pid:", len(counted), "commands counted")


def everything(docker):
    """--all: an untraced client's container, with its name. Ctrl-C ends it, and the summary is there."""
    with vt.Tracing([], ["--format", "ndjson", "--all"], env=docker.environment) as tracing:
        wait_until(tracing.begun, "the trace begins")
        name = new_name()
        with subprocess.Popen(docker.run(name, "sh", "-c", cw.SCRIPT), stdin=subprocess.DEVNULL,
                              env=docker.environment) as client:
            running, gate = docker.at_gate(name)
            witness = cw.Witness(running)
            gate.open()
            expect("--all: the container's status", client.wait(), cw.EXIT_STATUS)
        tracing.interrupt()
        trace = tracing.trace()
    expect("--all: scope, exit status",
           (trace.start["scope"], trace.end["exit_status"]), ("all", None))
    # Others are at work on this machine: only what is said of ours can be checked.
    all_well("--all", vt.schema_errors(trace) + cw.namespace_errors(trace, witness))
    all_well("--all", cw.exit_errors(trace, witness) + cw.note_errors(trace, witness, "docker"))
    all_well("--all", cw.layer_errors(trace, witness))
    inside = cw.processes_inside(trace, witness)
    told = {cw.container_of(event) for event in trace.events if event["process"]["pid"] in inside}
    expect("--all: containers of its processes", told, {witness.id})


def summary(docker):
    """As text: Ctrl-C still gives the totals."""
    witness, gate = cw.standing(docker, cw.SCRIPT)
    with vt.Tracing([], ["--container", witness.running.name], env=docker.environment) as tracing:
        wait_until(tracing.begun, "the trace begins")
        tracing.interrupt()
        output, errors, _ = tracing.wait()
    gate.open()
    if "this trace" not in output or "lost" not in output:
        failed("Ctrl-C: no summary", f"{errors} ... {output[-600:]}")


def main():
    vt.need_root()
    with Docker() as docker:
        each([by_name, by_pid, everything, summary], docker)
    report()


main()
