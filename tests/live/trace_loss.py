#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts under a storm of processes: nothing is lost with the usual buffer, and with a tiny one every
event is either there or counted as lost."""
import json
import sys
import tempfile

import vitrine_trace as vt

SECONDS = sys.argv[1] if len(sys.argv) > 1 else "2"


def storm(options):
    with tempfile.NamedTemporaryFile() as counts:
        trace = vt.run_trace([vt.TESTS + "/fork_storm", SECONDS, counts.name], options)
        if trace.status != 0:
            vt.fail(f"exit status {trace.status}: {trace.errors}")
        return trace, json.load(counts)


def counted(trace, made, may_lose):
    errors = vt.stream_errors(trace, may_lose)
    for name, number in made.items():
        count = trace.end["by_type"].get(name, {"emitted": 0, "lost": 0})
        if count["emitted"] + count["lost"] != number:
            errors.append(f"{name}: {number} made, {count} counted")
    others = trace.end["by_type"].keys() - made.keys()
    if others:
        errors.append(f"invented: {others}")
    lost = trace.end["lost"]
    print(sum(made.values()), "events made,", trace.end["emitted"], "emitted,", lost, "lost")
    return errors


def main():
    vt.need_root()
    trace, made = storm([])
    errors = counted(trace, made, may_lose=False)
    errors += vt.schema_errors(vt.Trace("\n".join(map(json.dumps, trace.lines[:20] + trace.lines[-1:]))))
    trace, made = storm(["--buffer", "4096"])
    errors += counted(trace, made, may_lose=True)
    if trace.end["lost"] == 0:
        print("note: not even the tiny buffer was ever full")
    if errors:
        vt.fail(*errors)


main()
