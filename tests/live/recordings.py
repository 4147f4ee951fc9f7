# SPDX-License-Identifier: Apache-2.0
"""Recordings, and replays of them by somebody else, elsewhere."""
import json
import os
import random
import shutil
import subprocess

import vitrine_trace as vt

UNPRIVILEGED = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
                "--bounding-set=-all", "--no-new-privs"]
# Every way to show a trace.
VIEWS = [[], ["-q"], ["-v"], ["-vv"], ["--summary"], ["--color", "always"], ["--format", "ndjson"]]
CUTS = 100
# Which lines are drawn depends on the locale: that of the trace is that of the replay.
LOCALE = {"LC_ALL": "C.UTF-8"}


def read(path):
    with open(path, "rb") as file:
        return file.read()


def lines_of(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def trace(recording, options, command, environment=None):
    return subprocess.run([vt.VITRINE, "trace", "-o", recording, *options, "--", *command],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=240, check=False,
                          env={**(environment or os.environ), **LOCALE})


class Elsewhere:
    """Another user with another program, in a directory that is his; nothing of the trace is left."""

    def __init__(self, directory):
        if shutil.which("setpriv") is None:
            vt.skip("setpriv is not installed")
        self.vitrine = shutil.copy(vt.VITRINE, directory + "/vitrine")
        self.recording = directory + "/recording"
        os.chmod(directory, 0o755)
        self.directory = directory

    def replay(self, recording, options=(), **keywords):
        """`recording`: its bytes."""
        with open(self.recording, "wb") as file:
            file.write(recording)
        os.chmod(self.recording, 0o444)
        done = self.run([self.recording, *options], **keywords)
        os.unlink(self.recording)
        return done

    def run(self, arguments, **keywords):
        return subprocess.run([*UNPRIVILEGED, self.vitrine, "replay", *arguments], cwd="/",
                              capture_output=True, timeout=120, check=False,
                              env={**os.environ, **LOCALE}, **keywords)


def first_difference(live, replayed):
    live, replayed = live.splitlines(), replayed.splitlines()
    for number, (wanted, line) in enumerate(zip(live, replayed), 1):
        if wanted != line:
            return f"line {number}: {line!r}, live {wanted!r}"
    return f"{len(replayed)} lines, live {len(live)}"


def round_trip_errors(elsewhere, recording, commands, environment=None):
    """Where a replay does not print the bytes of the trace: each view of a trace of its own, of the
    next of `commands`."""
    errors = []
    for options, command in zip(VIEWS, commands):
        name = " ".join(["trace", *options])
        live = trace(recording, options, command, environment)
        if live.returncode != 0 or not live.stdout:
            errors.append(f"{name}: status {live.returncode}: {live.stderr.decode()}")
        replayed = elsewhere.replay(read(recording), options)
        if replayed.returncode != 0 or replayed.stderr:
            errors.append(f"{name}: replay: status {replayed.returncode}: {replayed.stderr.decode()}")
        if replayed.stdout != live.stdout:
            errors.append(f"{name}: replay: " + first_difference(live.stdout, replayed.stdout))
    return errors


def steps_of(text):
    """The lines of `trace -v` before those that sum up what was seen."""
    return text.split(b"\n\n")[0].splitlines()


def cut_errors(elsewhere, recording):
    """What is wrong with replays of a recording that is cut at random places."""
    seed = random.randrange(1 << 32)
    print(f"cut at {CUTS} places of {len(recording)} bytes, seed {seed}")
    places = random.Random(seed).sample(range(len(recording)), CUTS)
    whole = elsewhere.replay(recording, ["--format", "ndjson"]).stdout.splitlines(keepends=True)
    steps = steps_of(elsewhere.replay(recording, ["-v"]).stdout)
    errors, lengths = [], set()
    for place in places:
        part = recording[:place]
        found = cut_lines_errors(elsewhere.replay(part, ["--format", "ndjson"]), whole, lengths)
        found += cut_text_errors(elsewhere.replay(part, ["-v"]), steps)
        errors += [f"cut at {place} (seed {seed}): {error}" for error in found]
    if len(lengths) < 4:
        errors.append(f"all cuts of seed {seed} were in the same blocks: {lengths}")
    return errors


def cut_lines_errors(done, whole, lengths):
    if done.returncode != 1 or not (b"cut off" in done.stderr or b"empty" in done.stderr):
        return [f"status {done.returncode}: {done.stderr.decode()}"]
    lines = done.stdout.splitlines(keepends=True)
    lengths.add(len(lines))
    if not lines:
        return []
    if lines[:-1] != whole[:len(lines) - 1]:
        return [first_difference(b"".join(whole), b"".join(lines[:-1]))]
    events = sum(json.loads(line)["type"] not in ("trace.start", "trace.container")
                 for line in lines[:-1])
    end = json.loads(lines[-1])
    wanted = {"type": "trace.end", "complete": False, "received": events + end["hidden"],
              "emitted": None, "lost": None, "exit_status": None}
    told = {name: end[name] for name in wanted}
    return [] if told == wanted else [f"its end is {told}, not {wanted}"]


def cut_text_errors(done, whole):
    if done.returncode != 1:
        return [f"status {done.returncode}: {done.stderr.decode()}"]
    if not done.stdout:
        return []
    if b"the recording ends here" not in done.stdout:
        return ["the text does not say so"]
    steps = steps_of(done.stdout)
    if steps != whole[:len(steps)]:
        return ["-v: " + first_difference(b"\n".join(whole), b"\n".join(steps))]
    return []
