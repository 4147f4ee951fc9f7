#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What cannot work says why, in the shell's way; whatever happens, nothing is left behind."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import uuid

import leftovers
import vitrine_trace as vt

MARK = f"VITRINE_TEST_MARK={uuid.uuid4()}"
ENVIRONMENT = {**os.environ, **dict([MARK.split("=")])}
FAILURES = []


def check(name, condition, shown=""):
    if not condition:
        FAILURES.append(f"{name}: {shown}")


def vitrine(*arguments, **keywords):
    return subprocess.run([vt.VITRINE, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=60, check=False, env=ENVIRONMENT, **keywords)


def start(*arguments, **keywords):
    return subprocess.Popen([vt.VITRINE, *arguments], stdin=subprocess.DEVNULL, text=True,
                            env=ENVIRONMENT, start_new_session=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **keywords)


# ---- nothing is left behind -----------------------------------------------------------------------


def our_processes():
    """Those that carry the mark of this test, however they were started; we do not."""
    found = []
    for directory in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if MARK.encode() in (directory / "environ").read_bytes().split(b"\0"):
                found.append((int(directory.name), (directory / "comm").read_text().strip()))
        except OSError:
            pass # it has just ended
    return found


def programs():
    if shutil.which("bpftool") is None:
        return 0
    listed = subprocess.run(["bpftool", "-j", "prog", "show"], capture_output=True, text=True,
                            check=False)
    if listed.returncode != 0:
        return 0
    return sum(1 for program in json.loads(listed.stdout)
               if program.get("name", "") in ("mount_enter", "follow_child", "report_exit"))


def world():
    return {"mounts": leftovers.mounts(), "cgroups": leftovers.cgroups(),
            "namespaces": leftovers.namespaces()}


def check_nothing_left(before, programs_before):
    """Others may be at work on this machine: what they make goes again, or is older."""
    for _ in range(30):
        left = {name: now - before[name] for name, now in world().items()}
        processes = our_processes()
        if not any(left.values()) and not processes and programs() <= programs_before:
            return
        time.sleep(0.5)
    check("nothing left behind", False, f"{left}, processes {processes}, {programs()} programs")


# ---- wrong input ----------------------------------------------------------------------------------


def commands_that_cannot_run(directory):
    done = vitrine("trace", "--", "/no/such/command")
    check("no such command", done.returncode == 127, done)
    check("no such command says so", "/no/such/command" in done.stderr, done)
    done = vitrine("trace", "--", "no-such-command-anywhere")
    check("no such command in PATH", done.returncode == 127, done)
    plain = directory + "/plain"
    pathlib.Path(plain).write_text("no program")
    done = vitrine("trace", "--", plain)
    check("not executable", done.returncode == 126 and plain in done.stderr, done)
    done = vitrine("trace", "--", directory)
    check("a directory is no command", done.returncode == 126, done)


def exit_statuses():
    for status in (0, 1, 42, 255):
        done = vitrine("trace", "--format", "ndjson", "--", "sh", "-c", f"exit {status}")
        check(f"exit status {status}", done.returncode == status, done.returncode)
    done = vitrine("trace", "--format", "ndjson", "--", "sh", "-c", "kill -TERM $$")
    check("killed by SIGTERM", done.returncode == 128 + signal.SIGTERM, done.returncode)
    trace = vt.Trace(done.stdout)
    check("trace.end has the status", trace.end["exit_status"] == 128 + signal.SIGTERM, trace.end)
    done = vitrine("trace", "--", "sh", "-c", "kill -KILL $$")
    check("killed by SIGKILL", done.returncode == 128 + signal.SIGKILL, done.returncode)


def wrong_usage():
    done = vitrine("trace", "-e", "mount.muont", "--", "true")
    check("unknown event", done.returncode == 2 and "mount.mount" in done.stderr, done)
    done = vitrine("trace", "--format", "nonsense", "--", "true")
    check("unknown format", done.returncode == 2 and "nonsense" in done.stderr, done)
    done = vitrine("trace", "--buffer", "nonsense", "--", "true")
    check("no size", done.returncode == 2 and "nonsense" in done.stderr, done)
    done = vitrine("trace", "--no-such-option", "--", "true")
    check("unknown option", done.returncode == 2 and "--no-such-option" in done.stderr, done)
    done = vitrine("trace")
    check("no command", done.returncode == 2 and done.stderr, done)


def without_root(directory):
    if shutil.which("setpriv") is None:
        return
    copy = shutil.copy(vt.VITRINE, directory + "/vitrine")
    os.chmod(directory, 0o755)
    done = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", copy,
                           "trace", "--", "true"], capture_output=True, text=True, timeout=60,
                          check=False, cwd="/")
    check("not root", done.returncode == 1 and "hint:" in done.stderr, done)


# ---- where the trace goes -------------------------------------------------------------------------


def closed_pipe():
    process = start("trace", "--format", "ndjson", "--", "sh", "-c",
                    "i=0; while [ $i -lt 50 ]; do (:); i=$((i+1)); done")
    first = process.stdout.readline()
    process.stdout.close()
    try:
        process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        check("closed pipe", False, "it hangs")
    check("closed pipe: the first line", "trace.start" in first, first)
    said = process.stderr.read()
    check("closed pipe ends quietly", said == "", said)


def full_disk():
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([vt.VITRINE, "trace", "--format", "ndjson", "--", "true"], stdout=full,
                              stderr=subprocess.PIPE, text=True, timeout=60, check=False,
                              env=ENVIRONMENT)
    check("full disk", done.returncode == 1 and "No space left" in done.stderr, done)


# ---- signals --------------------------------------------------------------------------------------


def wait_for_sleep(process):
    """Reads until the command's own exec is seen: from then on it sleeps."""
    lines = []
    for line in process.stdout:
        lines.append(line)
        event = json.loads(line)
        if event["type"] == "process.exec" and "errno" not in event["result"]:
            return lines
    return lines


def signalled(name, send, status):
    process = start("trace", "--format", "ndjson", "--", "sleep", "30")
    lines = wait_for_sleep(process)
    begin = time.monotonic()
    send(process)
    rest, errors = process.communicate(timeout=60)
    trace = vt.Trace("".join(lines) + rest)
    check(f"{name}: status", process.returncode == status, (process.returncode, errors))
    check(f"{name}: the trace ends", trace.end["type"] == "trace.end", trace.end)
    check(f"{name}: the command's end is told",
          any(event["type"] == "process.exit" for event in trace.events), trace.lines)
    check(f"{name}: at once", time.monotonic() - begin < 20)


def killed():
    """Then nobody can clean up; the kernel has to do without."""
    process = start("trace", "--format", "ndjson", "--", "sleep", "3")
    wait_for_sleep(process)
    process.kill()
    process.communicate(timeout=60)


def main():
    vt.need_root()
    before, programs_before = world(), programs()
    with tempfile.TemporaryDirectory() as directory:
        commands_that_cannot_run(directory)
        without_root(directory)
    exit_statuses()
    wrong_usage()
    closed_pipe()
    full_disk()
    signalled("Ctrl-C", lambda process: os.killpg(process.pid, signal.SIGINT), 128 + signal.SIGINT)
    signalled("SIGTERM", lambda process: process.terminate(), 128 + signal.SIGTERM)
    killed()
    check_nothing_left(before, programs_before)
    if FAILURES:
        vt.fail(*FAILURES)
    print("all well")


main()
