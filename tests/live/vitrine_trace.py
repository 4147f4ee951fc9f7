# SPDX-License-Identifier: Apache-2.0
"""Runs `vitrine trace` and checks what every stream must hold, whatever was traced."""
import collections
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

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
        self.text = text
        self.lines = [json.loads(line) for line in text.splitlines()]
        self.start = self.lines[0] if self.lines else None
        self.end = self.lines[-1] if self.lines else None
        self.events = [line for line in self.lines[1:-1] if line["type"] != "trace.container"]
        self.notes = [line for line in self.lines[1:-1] if line["type"] == "trace.container"]

    def of_type(self, *types):
        return [event for event in self.events if event["type"] in types]


def runs(event, *words):
    """Whether it is the exec of a program with all these words in its command line."""
    return event["type"] == "process.exec" and "errno" not in event["result"] \
        and set(words) <= set(event["args"]["argv"])


def run_trace(command, options=(), timeout=240, **keywords):
    """The traced command's own output goes to stderr."""
    done = subprocess.run([VITRINE, "trace", "--format", "ndjson", *options, "--", *command],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout,
                          text=True, check=False, **keywords)
    return Trace(done.stdout, done.returncode, done.stderr)


class Tracing:
    """A trace that runs meanwhile."""

    def __init__(self, command, options=(), **keywords):
        self.output = tempfile.TemporaryFile("w+")
        self.errors = tempfile.TemporaryFile("w+")
        words = ["--", *command] if command else []
        self.process = subprocess.Popen(
            [VITRINE, "trace", *options, *words], stdin=subprocess.DEVNULL, stdout=self.output,
            stderr=self.errors, start_new_session=True, **keywords)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.output.close()
        self.errors.close()

    def said(self):
        """What it has written so far, to stdout and to stderr."""
        return tuple(os.pread(file.fileno(), 1 << 30, 0).decode("utf-8", "replace")
                     for file in (self.output, self.errors))

    def begun(self):
        """Whether something is written: whatever happens from then on must be seen."""
        return self.said()[0] != "" or self.process.poll() is not None

    def interrupt(self):
        """As Ctrl-C on the terminal does."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)

    def wait(self, timeout=240):
        """Its text when it is over, with the exit status."""
        status = self.process.wait(timeout=timeout)
        return (*self.said(), status)

    def trace(self, timeout=240):
        output, errors, status = self.wait(timeout)
        return Trace(output, status, errors)


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
    by_type = end["by_type"].items()
    shown = {name: count["emitted"] - count["hidden"] for name, count in by_type
             if count["emitted"] != count["hidden"]}
    if counts != shown:
        errors.append(f"lines by type {counts} are not those emitted and not hidden {shown}")
    if not len(trace.events) + end["hidden"] == end["received"] == end["emitted"]:
        errors.append(f"{len(trace.events)} lines, {end['hidden']} hidden, "
                      f"{end['received']} received, {end['emitted']} emitted")
    if end["hidden"] != sum(count["hidden"] for _, count in by_type):
        errors.append(f"{end['hidden']} hidden are not the sum by type")
    for name in ("untracked", "missed_probes", "late") + (() if may_lose else ("lost",)):
        if end[name] != 0:
            errors.append(f"{name}: {end[name]}")
    last = 0
    for event in trace.events:
        if event["time_ns"] < last:
            errors.append(f"time goes back at seq {event['seq']} of cpu {event['cpu']}")
        last = event["time_ns"]
    if not may_lose:
        errors += sequence_errors(trace.events, end["hidden"])
    return errors


def sequence_errors(events, hidden):
    """seq counts on each cpu, without a gap but for what is hidden."""
    errors = []
    by_cpu = {}
    for event in events:
        by_cpu.setdefault(event["cpu"], []).append(event["seq"])
    gaps = 0
    for cpu, numbers in by_cpu.items():
        if len(set(numbers)) != len(numbers):
            errors.append(f"doubles in seq of cpu {cpu}")
        gaps += max(numbers) - min(numbers) + 1 - len(set(numbers))
    if gaps > hidden:
        errors.append(f"{gaps} numbers are missing in seq, {hidden} events are hidden")
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
