#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""trace_docker.py run | pair | control | daemons: `docker` under trace, with a dockerd of its own. What
the client, dockerd, containerd, the shim, runc and the container do for it is one trace, in which nothing
else is shown."""
import os
import shlex
import subprocess
import sys
import tempfile
import time

import container_witness as cw
import strace_daemons
import vitrine_trace as vt
from checks import all_well, expect, failed, report
from engines import new_name, wait_until
from engines.docker import Docker, clients

LIMITS = ["--rm", "-m", "64m", "--cpus", "0.5"]


def programs(trace):
    return {os.path.basename(event["result"]["executable"] or "")
            for event in trace.of_type("process.exec") if "errno" not in event["result"]}


# ---- run ------------------------------------------------------------------------------------------


def one_container(docker, client):
    """By each client that there is: one knows only old, one only new ways of speaking to a daemon."""
    name = new_name()
    command = docker.run(name, "sh", "-c", cw.SCRIPT, options=LIMITS, client=client)
    trace, witness = cw.observe(docker, name, command)
    all_well(client, cw.errors_of(trace, witness, docker, cw.MEMORY, cw.CPU))
    all_well(client, story_errors(trace, witness))
    expect(f"{client}: exit status", trace.status, cw.EXIT_STATUS)
    print(client, len(trace.events), "events,", trace.end.get("hidden"), "hidden,", trace.end["emitted"],
          "in all")


def story_errors(trace, witness):
    """Every program that takes part is there, in its part."""
    errors = []
    missing = {"docker", "containerd-shim-runc-v2", "runc"} - programs(trace)
    if missing:
        errors.append(f"the trace has no exec of {missing}")
    daemons = {process["comm"] for process in trace.start["processes"]
               if process["followed"] == "daemon"}
    if not {"dockerd", "containerd"} <= daemons:
        errors.append(f"the daemons are {daemons}")
    requests = [event["args"]["text"].split("\r\n")[0] for event in trace.of_type("network.request")]
    for call in ("/containers/create", f"/containers/{witness.id}/start"):
        if not any(request.startswith("POST ") and call in request for request in requests):
            errors.append(f"no request to {call}: {requests}")
    pivots = [event["process"]["pid"] for event in trace.of_type("mount.pivot_root")
              if "errno" not in event["result"]]
    if pivots != [witness.pid]:
        errors.append(f"pivot_root was called by {pivots}, the container is {witness.pid}")
    # While the container runs, nothing happens but what it does: all else is before or after.
    if not any(event["type"] == "cgroup.rmdir" and event["result"]["path"].endswith(witness.id)
               for event in trace.events):
        errors.append("the end of the container's cgroup is not seen")
    return errors


def beside_strace(docker):
    """dockerd and containerd under strace as well: a call that strace sees of what they start is in the
    trace, and a call of theirs that the trace has is one that strace saw."""
    name = new_name()
    command = docker.run(name, "sh", "-c", cw.SCRIPT, options=["--rm"])
    with tempfile.TemporaryDirectory() as directory:
        with strace_daemons.Attached(directory + "/strace", docker.daemon_pids()) as attached:
            trace, witness = cw.observe(docker, name, command)
        client_ends = [event["time_ns"] for event in trace.of_type("process.exit")
                       if event["process"]["pid"] == trace.start["target_pid"]]
        until = client_ends[-1] / 1e9 + time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
        errors, compared = strace_daemons.compare(attached, trace, until)
    all_well("beside strace", errors + vt.stream_errors(trace) + cw.exit_errors(trace, witness))
    print(compared, "calls of daemons and what they start compared with strace")


def run(docker):
    for client in clients():
        one_container(docker, client)
    beside_strace(docker)


# ---- pair -----------------------------------------------------------------------------------------


def pair(docker):
    """Two containers of one command, and one that an untraced client starts at the same moment."""
    names = [new_name() for _ in range(3)]
    runs = [docker.run(name, "sh", "-c", cw.SCRIPT) for name in names]
    both = " ".join(map(shlex.quote, runs[0])) + " & one=$!; " + " ".join(map(shlex.quote, runs[1])) + \
        " & wait $one; first=$?; wait $!; exit $((first * 10 + $?))"
    with vt.Tracing(["sh", "-c", both], ["--format", "ndjson"], env=docker.environment) as tracing:
        wait_until(tracing.begun, "the trace begins")
        foreign = subprocess.Popen(runs[2], stdin=subprocess.DEVNULL, env=docker.environment)
        try:
            seen = [docker.at_gate(name, tracing) for name in names]
            first, second, other = (cw.Witness(running) for running, _ in seen)
            for _, gate in seen:
                gate.open()
            trace = tracing.trace()
        finally:
            expect("the foreign container's status", foreign.wait(), cw.EXIT_STATUS)
    errors = vt.stream_errors(trace) + vt.schema_errors(trace)
    for witness, twin in ((first, second), (second, first)):
        errors += cw.namespace_errors(trace, witness) + cw.limit_errors(trace, witness)
        errors += cw.layer_errors(trace, witness) + cw.exit_errors(trace, witness)
        errors += cw.container_errors(trace, witness, [twin]) + cw.note_errors(trace, witness, "docker")
    all_well("two at once", errors)
    expect("two at once: exit status", trace.status, cw.EXIT_STATUS * 11)
    all_well("a foreign container", foreign_errors(trace, other))
    print(len(trace.events), "events of two containers,", trace.end.get("hidden"), "hidden")


def foreign_errors(trace, other):
    """Nothing of it may be seen, but that something was hidden. While it is not known yet whose a new
    container is, what daemons do for it may be shown as a guess."""
    naming = [event for event, line in zip(trace.lines, trace.text.splitlines())
              if other.id in line or other.running.name in line]
    guessed = [event for event in naming if event.get("container_guessed")]
    errors = [f"shown: {event}" for event in naming if event not in guessed
              and not (guessed and event["type"] == "trace.container")]
    errors += [f"a process of it is shown: {event}" for event in trace.events
               if event["process"]["pid"] in other.processes and not event.get("container_guessed")]
    if not trace.end.get("hidden"):
        errors.append(f"nothing was hidden: {trace.end}")
    return errors


# ---- control --------------------------------------------------------------------------------------


def fails_to_start(docker, word, status):
    name = new_name()
    trace = vt.run_trace(docker.run(name, word), env=docker.environment)
    what = f"docker run box {word}"
    expect(what + ": exit status", trace.status, status)
    identity = docker.inspect(name)["Id"]
    told = {cw.container_of(event) for event in trace.events} - {None}
    expect(what + ": containers", told, {identity})
    if not any(event["process"]["comm"].startswith("runc") and event["result"].get("exit_code")
               for event in trace.of_type("process.exit")):
        failed(what, f"no process of runc is seen to fail")
    all_well(what, vt.stream_errors(trace) + vt.schema_errors(trace))


def executes(docker):
    witness, gate = cw.standing(docker, cw.SCRIPT)
    trace = vt.run_trace(docker.exec(witness.running.name, "sh", "-c", "exit 5"),
                         env=docker.environment)
    gate.open()
    expect("docker exec: exit status", trace.status, 5)
    all_well("docker exec", vt.stream_errors(trace) + vt.schema_errors(trace))
    all_well("docker exec", cw.container_errors(trace, witness) + cw.note_errors(trace, witness, "docker"))
    if not any(vt.runs(event, "runc", "exec", witness.id) for event in trace.events):
        failed("docker exec", "the trace has no `runc exec`")
    ends = [event["result"].get("exit_code") for event in trace.of_type("process.exit")
            if event["process"]["pid"] in cw.processes_inside(trace, witness)]
    if 5 not in ends:
        failed("docker exec: the command's own end is not seen", f"{ends}")


def ends(docker, words, signals):
    """`docker stop` and `docker kill`: the runtime is told to send these signals."""
    witness, gate = cw.standing(docker, "trap '' TERM; read line </gate")
    trace = vt.run_trace(["docker", *words, witness.running.name], env=docker.environment)
    what = " ".join(["docker", *words])
    gate.open()
    expect(what + ": exit status", trace.status, 0)
    all_well(what, vt.stream_errors(trace) + vt.schema_errors(trace))
    sent = [event["args"]["argv"][-1] for event in trace.events
            if vt.runs(event, "runc", "kill", witness.id)]
    expect(what + ": signals", sent, signals)
    told = {cw.container_of(event) for event in trace.events} - {None}
    expect(what + ": containers", told, {witness.id})


def control(docker):
    fails_to_start(docker, "/no/such/command", 127)
    fails_to_start(docker, "/etc/file", 126)
    executes(docker)
    ends(docker, ["stop", "-t", "1"], ["15", "9"])
    ends(docker, ["kill"], ["9"])


# ---- daemons --------------------------------------------------------------------------------------


def follows_none(docker):
    trace = vt.run_trace(docker.run(new_name(), "true", options=["--rm"]), ["--follow-daemons=no"],
                         env=docker.environment)
    what = "--follow-daemons=no"
    expect(what + ": exit status", trace.status, 0)
    expect(what + ": programs", programs(trace), {"docker"})
    expect(what + ": processes", {event["process"]["pid"] for event in trace.events},
           {trace.start["target_pid"]})
    expect(what + ": daemons", [process for process in trace.start["processes"]
                                if process["followed"] == "daemon"], [])
    all_well(what, vt.stream_errors(trace) + vt.schema_errors(trace))


def follows_for_another(docker, how, shown):
    """Traces a client that waits for its container, while another one, untraced, runs a second."""
    what = "--follow-daemons=" + how
    witness, gate = cw.standing(docker, cw.SCRIPT)
    other = new_name()
    with vt.Tracing(["docker", "wait", witness.running.name], ["--format", "ndjson", what],
                    env=docker.environment) as tracing:
        wait_until(tracing.begun, "the trace begins")
        docker.call(docker.run(other, "true"))
        gate.open()
        trace = tracing.trace()
    identity = docker.inspect(other)["Id"]
    all_well(what, vt.stream_errors(trace) + vt.schema_errors(trace))
    expect(what + ": runc creates the other container",
           any(vt.runs(event, "runc", "create", identity) for event in trace.events), shown)
    expect(what + ": anything of the other container", identity in trace.text, shown)
    expect(what + ": anything hidden", trace.end["hidden"] > 0, not shown)


def follows(docker):
    """How much of the daemons is shown is for the user to say."""
    follows_none(docker)
    follows_for_another(docker, "all", True)
    follows_for_another(docker, "auto", False)


FAMILIES = {"run": run, "pair": pair, "control": control, "daemons": follows}


def main():
    vt.need_root()
    with Docker() as docker:
        FAMILIES[sys.argv[1]](docker)
    report()


main()
