# SPDX-License-Identifier: Apache-2.0
"""Runs `vitrine trace` and checks what every stream must hold, whatever was traced."""
import json
import os
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = SOURCE / "docs/schemas/trace-event.schema.json"
VITRINE = os.environ.get("VITRINE_BIN", str(SOURCE / "build/release/bin")) + "/vitrine"
TESTS = os.environ.get("VITRINE_TESTS", str(SOURCE / "build/release/tests"))


def skip(reason):
    print("skipped:", reason)
    sys.exit(77)


def fail(*reasons):
    for reason in reasons:
        print("FAILED:", reason)
    sys.exit(1)


def need_root():
    if os.geteuid() != 0:
        skip("tracing needs root")
    if not os.access(VITRINE, os.X_OK):
        skip(f"{VITRINE} is not built")


class Trace:
    """One stream: its lines as objects, in order."""

    def __init__(self, text, status=0, errors=""):
        self.status = status
        self.errors = errors
        self.lines = [json.loads(line) for line in text.splitlines()]
        self.start = self.lines[0] if self.lines else None
        self.end = self.lines[-1] if self.lines else None
        self.events = self.lines[1:-1]

    def of_type(self, *types):
        return [event for event in self.events if event["type"] in types]


def run_trace(command, options=(), timeout=240, **keywords):
    """The traced command's own output goes to stderr."""
    done = subprocess.run([VITRINE, "trace", "--format", "ndjson", *options, "--", *command],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout,
                          text=True, check=False, **keywords)
    return Trace(done.stdout, done.returncode, done.stderr)


def stream_errors(trace, may_lose=False):
    """What is wrong with the stream as such: its frame, its counts, its order."""
    if trace.start is None:
        return [f"no stream; stderr: {trace.errors}"]
    errors = []
    if trace.start["type"] != "trace.start" or trace.end["type"] != "trace.end":
        return ["the stream is not framed by trace.start and trace.end"]
    end = trace.end
    counts = {}
    for event in trace.events:
        counts[event["type"]] = counts.get(event["type"], 0) + 1
    emitted = {name: count["emitted"] for name, count in end["by_type"].items()
               if count["emitted"]}
    if counts != emitted:
        errors.append(f"lines by type {counts} are not those emitted {emitted}")
    if not len(trace.events) == end["received"] == end["emitted"]:
        errors.append(f"{len(trace.events)} lines, {end['received']} received, "
                      f"{end['emitted']} emitted")
    for name in ("untracked", "missed_probes", "late") + (() if may_lose else ("lost",)):
        if end[name] != 0:
            errors.append(f"{name}: {end[name]}")
    last = 0
    for event in trace.events:
        if event["time_ns"] < last:
            errors.append(f"time goes back at seq {event['seq']} of cpu {event['cpu']}")
        last = event["time_ns"]
    if not may_lose:
        errors += sequence_errors(trace.events)
    return errors


def sequence_errors(events):
    """seq counts on each cpu, without a gap."""
    errors = []
    by_cpu = {}
    for event in events:
        by_cpu.setdefault(event["cpu"], []).append(event["seq"])
    for cpu, numbers in by_cpu.items():
        numbers.sort()
        if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
            errors.append(f"gaps or doubles in seq of cpu {cpu}")
    return errors


def schema_errors(trace):
    """Lines that the published schema refuses."""
    try:
        from jsonschema import Draft202012Validator
    except ImportError:
        skip("python3-jsonschema is not installed")
    if not SCHEMA.exists():
        skip(f"{SCHEMA.relative_to(SOURCE)} is not there")
    with open(SCHEMA, encoding="utf-8") as file:
        schema = json.load(file)
    # One validator for each type of line: its errors name the field.
    validators = {}
    for line in schema["oneOf"]:
        name = line["$ref"].removeprefix("#/$defs/")
        validators[name] = Draft202012Validator({"$ref": line["$ref"], "$defs": schema["$defs"]})
    errors = []
    for line in trace.lines:
        validator = validators.get(line["type"])
        if validator is None:
            errors.append(f"the schema has no type {line['type']}")
            continue
        errors += [f"{line['type']}: {error.json_path}: {error.message}"
                   for error in validator.iter_errors(line)]
    return errors
