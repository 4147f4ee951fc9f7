# SPDX-License-Identifier: Apache-2.0
"""What is on this machine, and what a test has left of it: processes, mounts, cgroups. Only what names
the test's own directory or mark is ever touched."""
import os
import pathlib
import shutil
import signal
import subprocess
import time


def mounts():
    return set(pathlib.Path("/proc/self/mountinfo").read_text().splitlines())


def cgroups():
    return {path for path, _, _ in os.walk("/sys/fs/cgroup")}


def namespaces():
    """All of them with their kind; none where lsns is missing."""
    if shutil.which("lsns") is None:
        return set()
    listed = subprocess.run(["lsns", "-n", "-r", "-o", "NS,TYPE"], capture_output=True, text=True,
                            check=False)
    return set(listed.stdout.splitlines())


def pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def names(pid, text):
    """Whether a process has `text` in its command line, its environment or its root mount."""
    process = pathlib.Path(f"/proc/{pid}")
    try:
        if text.encode() in (process / "cmdline").read_bytes() + (process / "environ").read_bytes():
            return True
        lines = (process / "mountinfo").read_bytes().splitlines()
    except OSError:
        return False # it has just ended
    return any(line.split()[4] == b"/" and text.encode() in line for line in lines)


def processes_of(text):
    """Those that name `text`; we and those that we come from do, too, and are none."""
    own = {os.getpid()}
    parent = os.getppid()
    while parent > 1:
        own.add(parent)
        parent = int(pathlib.Path(f"/proc/{parent}/stat").read_text().rsplit(")", 1)[1].split()[1])
    return [pid for pid in pids() if pid not in own and names(pid, text)]


def describe(pid):
    try:
        return f"{pid} " + pathlib.Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()
    except OSError:
        return str(pid)


def end_processes(text, seconds=20):
    """Ends what names `text`, for good. The parents that restart or reap are among them."""
    end = time.monotonic() + seconds
    while (found := processes_of(text)) and time.monotonic() < end:
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.2)
    return [describe(pid) for pid in found]


def unmount(text):
    """Unmounts, last first, whatever names `text` in our mount namespace."""
    mine = [line.split()[4] for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
            if text in line]
    for place in reversed(mine):
        subprocess.run(["umount", "-l", place], capture_output=True, check=False)
    return [line for line in mounts() if text in line]


def remove_cgroups(names):
    """Removes the cgroups called so, with all below, where no process is. Returns those that stay."""
    left = []
    for path, _, _ in os.walk("/sys/fs/cgroup", topdown=False):
        if not set(names) & set(path.split("/")):
            continue
        try:
            os.rmdir(path)
        except FileNotFoundError:
            pass
        except OSError as error:
            left.append(f"{path}: {error.strerror}")
    return left


def remove_empty_cgroups(names, before):
    """Those called so that are new since `before`: an engine may leave what its containers were in. One
    that is in use is somebody else's."""
    for path in cgroups() - before:
        if os.path.basename(path) in names:
            try:
                os.rmdir(path)
            except OSError:
                pass
