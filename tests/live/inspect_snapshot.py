# SPDX-License-Identifier: Apache-2.0
"""Takes snapshots and makes things for them to see: processes that run a function in namespaces of
their own until they are let go."""
import contextlib
import ctypes
import json
import os
import subprocess
import sys

import vitrine_trace as vt

TAKE_SNAPSHOT = vt.TESTS + "/take_snapshot"
LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWPID, CLONE_NEWNET = 0x20000, 0x04000000, 0x20000000, 0x40000000
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MS_SHARED, MS_SLAVE, MS_UNBINDABLE = 1 << 20, 1 << 19, 1 << 17


def need_root():
    if os.geteuid() != 0:
        vt.skip("namespaces need root")
    if not os.access(TAKE_SNAPSHOT, os.X_OK):
        vt.skip(f"{TAKE_SNAPSHOT} is not built")


def take(*words):
    done = subprocess.run([TAKE_SNAPSHOT, *words], capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        vt.fail(f"take_snapshot {words}: exit status {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


def call(function, *arguments):
    """A function of libc; OSError when it returns -1."""
    result = getattr(LIBC, function)(*arguments)
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, f"{function}{arguments}: {os.strerror(code)}")
    return result


def mount(source, target, kind=None, flags=0, options=None):
    call("mount", os.fsencode(source), os.fsencode(target), kind and kind.encode(), flags, options)


def own_mount_namespace():
    """Nothing that is mounted from here on is seen by others."""
    call("unshare", CLONE_NEWNS)
    mount("none", "/", None, MS_REC | MS_PRIVATE)


def inode(path):
    return os.stat(path).st_ino


@contextlib.contextmanager
def running(module, function, *arguments):
    """Runs `function` of the test file `module` in a process of its own. What it returns comes as JSON
    with its pid; it stays until the with block ends."""
    process = subprocess.Popen([sys.executable, module, "--run", function, *arguments],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        if not line:
            vt.fail(f"{function} ended early")
        yield {**json.loads(line), "maker": process.pid}
    finally:
        process.stdin.close()
        process.wait(timeout=60)


def serve(functions):
    """The other end of running(): True when this process was started by it."""
    if sys.argv[1:2] != ["--run"]:
        return False
    told, keep = functions[sys.argv[2]](*sys.argv[3:])
    print(json.dumps(told), flush=True)
    sys.stdin.read()
    del keep
    return True
