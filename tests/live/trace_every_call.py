#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every call of the event table, as tests/workloads/every_call makes it and states it: every event is
there, with every argument and result, in order, and nothing else is."""
import json
import pathlib
import tempfile

import expectations
import vitrine_trace as vt

# Types for which a call that succeeds, or one that fails, is not to be had.
NEVER_FAILS = {"process.vfork", "process.exit", "cgroup.mkdir", "cgroup.rmdir", "cgroup.attach",
               "security.setfsuid", "security.setfsgid"}


def unmade_calls(expected):
    """The table's types that the workload did not make, well and badly, on this machine."""
    with open(vt.SOURCE / "bpf/abi/events.inc", encoding="utf-8") as file:
        rows = [line[len("EVENT("):].split(", ") for line in file if line.startswith("EVENT(")]
    made = {(event["type"], "errno" in event["result"]) for event in expected}
    unmade = []
    for row in rows:
        name = f"{row[1]}.{row[2]}"
        if row[1] == "overlay":
            continue # trace_overlay.py makes them
        if (name, False) not in made:
            unmade.append(f"{name} never succeeds")
        if (name, True) not in made and name not in NEVER_FAILS:
            unmade.append(f"{name} never fails")
    return unmade


def main():
    vt.need_root()
    with tempfile.TemporaryDirectory() as directory:
        statement = pathlib.Path(directory) / "statement"
        program = vt.TESTS + "/every_call"
        trace = vt.run_trace([program, "--out", str(statement)], ["-e", "!overlay"])
        if trace.status == 77:
            vt.skip(trace.errors.strip())
        if trace.status != 0:
            vt.fail(f"exit status {trace.status}: {trace.errors}")
        expected = [json.loads(line) for line in statement.read_text().splitlines()]
    errors = vt.stream_errors(trace)
    errors += expectations.compare(expected, trace.events)
    errors += unmade_calls(expected)
    errors += vt.schema_errors(trace)
    print(len(expected), "events expected,", len(trace.events), "seen, of",
          len({event["process"]["pid"] for event in trace.events}), "processes")
    if errors:
        vt.fail(*errors)


main()
