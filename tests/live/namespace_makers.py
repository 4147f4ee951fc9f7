# SPDX-License-Identifier: Apache-2.0
"""Makes things for others to see: processes that run a function, in namespaces of their own, until they
are let go. What they mount goes with them, however the test ends."""
import contextlib
import ctypes
import json
import os
import subprocess
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS = 0x20000
MS_BIND, MS_REC, MS_UNBINDABLE = 1 << 12, 1 << 14, 1 << 17
MS_PRIVATE, MS_SLAVE, MS_SHARED = 1 << 18, 1 << 19, 1 << 20
FSOPEN, FSCONFIG, FSMOUNT, MOVE_MOUNT = 430, 431, 432, 429
FSCONFIG_SET_STRING, FSCONFIG_CMD_CREATE, MOVE_MOUNT_F_EMPTY_PATH = 1, 6, 4


def call(function, *arguments):
    """A function of libc; OSError when it returns -1."""
    result = getattr(LIBC, function)(*arguments)
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, f"{function}{arguments}: {os.strerror(code)}")
    return result


def mount(source, target, kind=None, flags=0, options=None):
    call("mount", os.fsencode(source), os.fsencode(target), kind and kind.encode(), flags, options)


def mount_by_file(kind, pairs, target):
    """By the new mount API, which has options one by one."""
    context = call("syscall", FSOPEN, kind, 0)
    for key, value in pairs:
        call("syscall", FSCONFIG, context, FSCONFIG_SET_STRING, key, value, 0)
    call("syscall", FSCONFIG, context, FSCONFIG_CMD_CREATE, None, None, 0)
    made = call("syscall", FSMOUNT, context, 0, 0)
    call("syscall", MOVE_MOUNT, made, b"", -100, target, MOVE_MOUNT_F_EMPTY_PATH)
    os.close(made)
    os.close(context)


def own_mount_namespace():
    """Nothing that is mounted from here on is seen by others."""
    call("unshare", CLONE_NEWNS)
    mount("none", "/", None, MS_REC | MS_PRIVATE)


@contextlib.contextmanager
def running(module, function, *arguments):
    """Runs `function` of the test file `module` in a process of its own, which stays until the with
    block ends. Yields what it returned first, made JSON, with the pid as "maker"."""
    process = subprocess.Popen([sys.executable, module, "--run", function, *arguments],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"{function} ended early")
        yield {**json.loads(line), "maker": process.pid}
    finally:
        process.stdin.close()
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def serve(functions):
    """The other end of running(): True when this process was started by it."""
    if sys.argv[1:2] != ["--run"]:
        return False
    told, keep = {function.__name__: function for function in functions}[sys.argv[2]](*sys.argv[3:])
    print(json.dumps(told), flush=True)
    sys.stdin.read()
    del keep
    return True


def in_child(portray):
    """What it returned in a child, the child's pid, and a descriptor whose closing ends it."""
    inside, outside = os.pipe()
    end_in, end_out = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(end_out)
        try:
            os.write(outside, json.dumps(portray()).encode())
            os.close(outside)
            os.read(end_in, 1)
        finally:
            os._exit(0)
    os.close(outside)
    os.close(end_in)
    with os.fdopen(inside) as text:
        return json.load(text), child, end_out
