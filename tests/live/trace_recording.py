#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Recordings of real traces: replayed by somebody without privileges they print, byte for byte, what
the trace printed; killed, cut or on a full disk, what was recorded can be read and says that it ends."""
import fcntl
import itertools
import os
import pty
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

import recordings
import vitrine_trace as vt
from recordings import Elsewhere, cut_errors, lines_of, read, round_trip_errors, trace

FAILURES = []
# Its own output would stand between the lines of the trace.
UNSHARE = ["unshare", "--mount", "--uts", "--pid", "--fork", "--user", "--map-root-user", "sh", "-c",
           "mount -t tmpfs none /mnt; hostname glass; chroot /nowhere true 2>/dev/null; true"]


def check(name, condition, shown=""):
    if not condition:
        FAILURES.append(f"{name}: {shown}")


# ---- the same bytes -------------------------------------------------------------------------------


def same_bytes(elsewhere, directory, name, command):
    recording = directory + "/recording"
    for error in round_trip_errors(elsewhere, recording, itertools.repeat(command)):
        check(name, False, error)
    check("only the owner may read it", os.stat(recording).st_mode & 0o777 == 0o600,
          oct(os.stat(recording).st_mode))
    return read(recording)


def same_selection(elsewhere, directory):
    """Of one run: what was selected in the kernel, and what is selected of a recording of that."""
    recording = directory + "/recording"
    for events in ("mount,namespace", "!process"):
        for output in ([], ["--format", "ndjson"]):
            live = trace(recording, ["-e", events, *output], UNSHARE)
            replayed = elsewhere.replay(read(recording), ["-e", events, *output])
            check(f"-e {events}", live.stdout == replayed.stdout and live.stdout, replayed)
    trace(recording, [], UNSHARE)
    every = lines_of(elsewhere.replay(read(recording), ["--format", "ndjson"]))
    mounts = lines_of(elsewhere.replay(read(recording), ["--format", "ndjson", "-e", "mount"]))
    check("-e mount of a recording of everything",
          mounts[1:-1] == [line for line in every if line["type"].startswith("mount.")], mounts)
    check("-e mount counts", mounts[-1]["received"] == mounts[-1]["emitted"] == len(mounts) - 2,
          mounts[-1])


def same_on_a_terminal(directory):
    """The same width, the same colours."""
    recording = directory + "/recording"

    def on_terminal(arguments):
        main, side = pty.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 97, 0, 0))
        process = subprocess.Popen([vt.VITRINE, *arguments], stdin=subprocess.DEVNULL, stdout=side,
                                   stderr=subprocess.DEVNULL,
                                   env={**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8"})
        os.close(side)
        said = b""
        try:
            while part := os.read(main, 65536):
                said += part
        except OSError:
            pass # the other end is closed
        os.close(main)
        process.wait(timeout=60)
        return said

    live = on_terminal(["trace", "-o", recording, "--", *UNSHARE])
    check("a terminal has colours", b"\x1b[" in live, live)
    check("a terminal: the same bytes", live == on_terminal(["replay", recording]), live)


def from_a_pipe(elsewhere, recording):
    file = elsewhere.replay(recording)
    pipe = elsewhere.run(["-"], input=recording)
    check("replay -", pipe.returncode == 0 and pipe.stdout == file.stdout, pipe)


# ---- recordings that break off --------------------------------------------------------------------


def pauses(directory):
    """A recording of several blocks."""
    recording = directory + "/pauses"
    trace(recording, [], ["sh", "-c", "for i in 1 2 3 4 5 6; do (:); sleep 0.4; done"])
    return read(recording)


def killed(elsewhere, directory):
    """What is recorded can be read while the trace goes on, and when it was killed."""
    recording = directory + "/killed"
    marker = f"vitrine-recording-{os.getpid()}"
    process = subprocess.Popen([vt.VITRINE, "trace", "-q", "-o", recording, "--", "sh", "-c",
                                f"hostname >/dev/null; sleep 20; : {marker}"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    lines = []
    for _ in range(300):
        time.sleep(0.1)
        if not os.path.exists(recording):
            continue
        lines = lines_of(elsewhere.replay(read(recording), ["--format", "ndjson"]))
        if any(line["type"] == "process.exec" and line["args"]["argv"] == ["sleep", "20"]
               for line in lines):
            break
    else:
        check("readable while it is written", False, lines)
    check("still being written: no end", lines and not lines[-1]["complete"], lines)
    command = next((line["target_pid"] for line in lines if line["type"] == "trace.start"), None)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=60)
    after = lines_of(elsewhere.replay(read(recording), ["--format", "ndjson"]))
    check("killed: all that was there", after[:-1][:len(lines) - 1] == lines[:-1], after)
    if command is not None:
        os.kill(command, signal.SIGKILL) # sh; its sleep ends by itself


def full(elsewhere, directory):
    """The trace goes on, the recording does not, and the status says that it is not whole."""
    live = trace("/dev/full", ["--format", "ndjson"], ["true"])
    check("/dev/full: status", live.returncode == 1 and b"No space left" in live.stderr, live)
    check("/dev/full: the trace is whole", lines_of(live)[-1]["complete"] is True, live)
    # A file system of 16 KiB that nobody else sees.
    script = ('mount -t tmpfs -o size=16k none "$1" && shift && "$1" trace -o "$2/recording" '
              '--format ndjson -- sh -c "i=0; while [ \\$i -lt 600 ]; do (:); i=\\$((i+1)); done"; '
              'status=$?; cp "$2/recording" "$3"; exit $status')
    mounted = directory + "/small"
    os.mkdir(mounted)
    live = subprocess.run(["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh",
                           mounted, vt.VITRINE, mounted, directory + "/rest"],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=240, check=False)
    check("a full disk: status", live.returncode == 1 and b"No space left" in live.stderr,
          (live.returncode, live.stderr))
    traced = lines_of(live)
    check("a full disk: the trace is whole", traced and traced[-1]["received"] == len(traced) - 2,
          traced[-1:])
    rest = lines_of(elsewhere.replay(read(directory + "/rest"), ["--format", "ndjson"]))
    check("a full disk: what was recorded", 2 < len(rest) < len(traced) and
          rest[:-1] == traced[:len(rest) - 1] and not rest[-1]["complete"], rest[-1:])


def never_started(directory):
    """A trace that cannot begin leaves no file, and none that was there is lost."""
    if os.path.exists(directory + "/new"):
        os.unlink(directory + "/new")
    shutil.copy(vt.VITRINE, directory + "/program")
    os.chmod(directory, 0o777)
    with open(directory + "/old", "w", encoding="utf-8") as file:
        file.write("old")
    os.chmod(directory + "/old", 0o666)
    for name in ("new", "old"):
        subprocess.run([*recordings.UNPRIVILEGED, directory + "/program", "trace", "-o", f"{directory}/{name}",
                        "--", "true"], capture_output=True, timeout=60, check=False)
    check("no file of a trace that never was", not os.path.exists(directory + "/new"))
    check("the old file is there", read(directory + "/old") == b"old")


def wrong_files(elsewhere, recording):
    for name, content, words in (("nothing", b"", b"empty"),
                                 ("text", b"hello\n" * 100, b"not a recording"),
                                 ("zeros", bytes(100_000), b"not a recording"),
                                 ("newer", recording[:8] + b"\x63" + recording[9:], b"another version"),
                                 ("damaged", recording[:400] + b"!!!!" + recording[404:], b"damaged")):
        done = elsewhere.replay(content)
        check(f"{name}: refused", done.returncode == 1 and words in done.stderr, done)
    done = elsewhere.run(["/nowhere"])
    check("no file", done.returncode == 1 and b"/nowhere" in done.stderr, done)
    check("no argument", elsewhere.run([]).returncode == 2)
    check("a directory", elsewhere.run(["/"]).returncode == 1)
    done = elsewhere.replay(recording, ["-e", "muont"])
    check("unknown event", done.returncode == 2 and b"did you mean mount" in done.stderr, done)
    reader_gone = subprocess.run(["sh", "-c", '"$0" replay - | head -n 1', vt.VITRINE],
                                 input=recording, capture_output=True, timeout=60, check=False)
    check("a reader that goes", reader_gone.stderr == b"" and reader_gone.stdout, reader_gone)


def main():
    vt.need_root()
    if shutil.which("unshare") is None:
        vt.skip("unshare is not installed")
    with tempfile.TemporaryDirectory() as directory, tempfile.TemporaryDirectory() as other:
        elsewhere = Elsewhere(other)
        recording = same_bytes(elsewhere, directory, "unshare", UNSHARE)
        same_bytes(elsewhere, directory, "vitrine run", [
            vt.VITRINE, "run", "--root", directory + "/state", "--memory", "64m", "demo", "true"])
        same_selection(elsewhere, directory)
        same_on_a_terminal(directory)
        from_a_pipe(elsewhere, recording)
        FAILURES.extend(cut_errors(elsewhere, pauses(directory)))
        killed(elsewhere, directory)
        full(elsewhere, directory)
        wrong_files(elsewhere, recording)
        never_started(directory)
    if FAILURES:
        vt.fail(*FAILURES)
    print("all well")


main()
