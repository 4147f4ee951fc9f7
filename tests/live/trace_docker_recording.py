#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Recordings of a docker run: replayed by nobody they print what the trace printed, byte for byte; cut
anywhere, or left by a killed tracer, they hold all that came before."""
import json
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import time

import container_witness as cw
import vitrine_trace as vt
from checks import expect, failed, report
from engines import new_name
from engines.docker import Docker


# Which lines are drawn depends on it.
LOCALE = {"LC_ALL": "C.UTF-8"}


class Replay:
    """vitrine replay as a user who may do nothing, on a copy that he can read."""

    def __init__(self, directory):
        if shutil.which("setpriv") is None:
            vt.skip("setpriv of util-linux is not installed")
        os.chmod(directory, 0o755)
        self.program = shutil.copy(vt.VITRINE, directory + "/vitrine")

    def __call__(self, recording, *options):
        os.chmod(recording, 0o644)
        done = subprocess.run(
            ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", self.program, "replay",
             *options, recording], stdin=subprocess.DEVNULL, capture_output=True, timeout=120,
            check=False, cwd="/", env={"PATH": os.environ["PATH"], **LOCALE})
        return done.stdout.decode("utf-8", "surrogateescape"), done.stderr.decode(), done.returncode


def recorded(docker, recording, options):
    """A live trace that is recorded as well."""
    command = docker.run(new_name(), "sh", "-c", "echo a >>/etc/file; rm /bin/other", options=["--rm"])
    with vt.Tracing(command, ["-o", recording, *options],
                    env={**docker.environment, **LOCALE}) as tracing:
        return tracing.wait()


def round_trip(docker, replay, directory):
    """Every way of showing it is the same, byte for byte, live and replayed."""
    for number, options in enumerate(([], ["-vv"], ["-q", "-e", "mount,cgroup"],
                                      ["--format", "ndjson"])):
        recording = f"{directory}/recording{number}"
        output, errors, status = recorded(docker, recording, options)
        what = " ".join(["replay", *options])
        expect(what + ": the trace", (status, errors), (0, ""))
        replayed, errors, status = replay(recording, *options)
        expect(what, (status, errors), (0, ""))
        if replayed != output:
            failed(what, "not what the trace printed: " + first_difference(output, replayed))
    return recording, output


def first_difference(live, replayed):
    for number, pair_of in enumerate(zip(live.splitlines(), replayed.splitlines())):
        if pair_of[0] != pair_of[1]:
            return f"line {number}: {pair_of[1]!r}, live {pair_of[0]!r}"
    return f"{len(replayed.splitlines())} lines, live {len(live.splitlines())}"


def without_end(output):
    """A cut recording's lines but the last, which says that the recording is cut."""
    lines = output.splitlines(keepends=True)
    if lines and json.loads(lines[-1]).get("complete") is not False:
        failed("cut", f"the last line does not say so: {lines[-1]}")
    return "".join(lines[:-1])


def cut(replay, recording, whole, directory):
    """At whatever place a recording ends, all before is there, and the end is told to be missing."""
    content = pathlib.Path(recording).read_bytes()
    seed = random.randrange(1 << 32)
    generator = random.Random(seed)
    shown = 0
    for _ in range(100):
        length = generator.randrange(len(content))
        part = directory + "/part"
        pathlib.Path(part).write_bytes(content[:length])
        output, errors, status = replay(part, "--format", "ndjson")
        output = without_end(output)
        if status != 1 or not errors or not whole.startswith(output):
            failed(f"cut at {length} of {len(content)} bytes (seed {seed})",
                   f"status {status}, {errors.strip()}, " + first_difference(whole, output))
        shown += bool(output)
    if shown < 10:
        failed("cut", f"only {shown} of 100 parts showed anything")


def killed(docker, replay, directory):
    """kill -9 of the tracer while the container runs: what it had seen can be replayed."""
    recording = directory + "/killed"
    name = new_name()
    with vt.Tracing(docker.run(name, "sh", "-c", cw.SCRIPT), ["-o", recording, "--format", "ndjson"],
                    env=docker.environment) as tracing:
        running, gate = docker.at_gate(name, tracing)
        time.sleep(1) # at the latest then what happened is in the file
        tracing.process.kill()
        tracing.process.wait()
        gate.open()
        live = tracing.said()[0]
    output, errors, status = replay(recording, "--format", "ndjson")
    output = without_end(output)
    if status != 1 or not errors:
        failed("kill -9", f"status {status}, {errors}")
    if f'"pid":{running.pid}' not in output or not (live.startswith(output) or output.startswith(live)):
        failed("kill -9", "the container is not in the recording: " + first_difference(live, output))


def main():
    vt.need_root()
    with Docker() as docker, tempfile.TemporaryDirectory() as directory:
        replay = Replay(directory)
        path, whole = round_trip(docker, replay, directory)
        cut(replay, path, whole, directory)
        killed(docker, replay, directory)
    report()


main()
