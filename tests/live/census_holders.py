# SPDX-License-Identifier: Apache-2.0
"""Makes processes as containers have them, and namespaces that each are kept alive in another way."""
import array
import ctypes
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time

libc = ctypes.CDLL(None, use_errno=True)
NEWNET, NEWUTS, NEWPID = 0x40000000, 0x04000000, 0x20000000
PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15
HOSTILE_NAME = b") R 1 \n\x1b[2J\xff("

UNSHARED = [
    ["--mount"], ["--uts"], ["--ipc"], ["--net"], ["--cgroup"], ["--pid", "--fork"], ["--time", "--fork"],
    ["--user", "--map-root-user"],
    ["--user", "--map-root-user", "--pid", "--fork", "--mount", "--net", "--uts", "--ipc", "--cgroup"],
]


def call(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def inode(path):
    return os.stat(path).st_ino


def new_network(home):
    """A network namespace of which only the returned descriptor is left."""
    call(libc.unshare(NEWNET))
    fd = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    call(libc.setns(home, 0))
    return fd, os.fstat(fd).st_ino


def new_socket(home):
    call(libc.unshare(NEWNET))
    found = inode("/proc/thread-self/ns/net")
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    call(libc.setns(home, 0))
    return made, found


def send(file, kind):
    """Into a queue where it stays; the sender's own descriptor is closed."""
    left, right = socket.socketpair(socket.AF_UNIX, kind)
    left.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [file]))])
    os.close(file)
    return left, right


def hold():
    """One process with the six ways to hide a namespace. Prints what must be found; waits."""
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    kept = []
    fd, found = new_network(home)
    kept.append(fd)
    print("fd", found)
    made, found = new_socket(home)
    kept.append(made)
    print("socket", found)
    fd, found = new_network(home)
    kept += send(fd, socket.SOCK_STREAM)
    print("in_flight", found)
    made, found = new_socket(home)
    kept += send(made.detach(), socket.SOCK_DGRAM)
    print("in_flight_socket", found)

    ready = threading.Event()

    def live_elsewhere():
        call(libc.unshare(NEWUTS))
        print("thread", inode("/proc/thread-self/ns/uts"))
        ready.set()
        time.sleep(1000)

    threading.Thread(target=live_elsewhere, daemon=True).start()
    ready.wait()
    call(libc.unshare(NEWPID))
    if os.fork() == 0:
        os._exit(0)
    os.wait()
    print("for_children", inode("/proc/self/ns/pid_for_children"))
    print("ready", flush=True)
    time.sleep(1000)


def name_itself():
    libc.prctl(PR_SET_NAME, HOSTILE_NAME, 0, 0, 0)
    print("ready", flush=True)
    time.sleep(1000)


def leave_zombie():
    if os.fork() == 0:
        os._exit(0)
    os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
    print("ready", flush=True)
    time.sleep(1000)


def forget_children():
    """A pid namespace before its first process: /proc does not name it."""
    call(libc.unshare(NEWPID))
    print("ready", flush=True)
    time.sleep(1000)


def change_root():
    os.chroot("/usr")
    print("ready", flush=True)
    time.sleep(1000)


ROLES = {"hold": hold, "name": name_itself, "zombie": leave_zombie, "forget": forget_children,
         "chroot": change_root}


class Holders:
    """All of them, ended with the `with` block."""

    def __init__(self):
        self.processes = []
        self.cgroups = []
        self.hidden = {}  # how it is kept alive: inode
        self.pids = {}    # role: pid

    def start(self, command, **keywords):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True, **keywords)
        self.processes.append(process)
        return process

    def play(self, role):
        process = self.start([sys.executable, __file__, role])
        self.pids[role] = process.pid
        for line in process.stdout:
            if line == "ready\n":
                return
            kind, found = line.split()
            self.hidden[kind] = int(found)
        raise RuntimeError(f"{role} did not start")

    def join_cgroup(self, mount, name):
        directory = pathlib.Path(mount) / name
        directory.mkdir()
        self.cgroups.append(directory)
        process = self.start(["sh", "-c", "echo ready; exec sleep 1000"])
        process.stdout.readline()
        (directory / "cgroup.procs").write_text(str(process.pid))
        return process.pid

    def __enter__(self):
        try:
            self.start_all()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start_all(self):
        said = "echo ready; exec sleep 1000"
        for options in UNSHARED:
            process = self.start(["unshare", *options, "--kill-child" if "--fork" in options else "--",
                                  "sh", "-c", said])
            if process.stdout.readline() != "ready\n":
                raise RuntimeError(f"unshare {options}")
        for groups in (3, 60, 200):
            process = self.start(["setpriv", "--reuid", "12345", "--regid", "12346", "--no-new-privs",
                                  "--groups", ",".join(str(7000 - group) for group in range(groups)),
                                  "--bounding-set", "-sys_admin", "sh", "-c", said])
            process.stdout.readline()
            self.pids[f"groups {groups}"] = process.pid
        for role in ROLES:
            self.play(role)
        for line in pathlib.Path("/proc/self/mounts").read_text().splitlines():
            source, mount, kind = line.split()[:3]
            if kind in ("cgroup", "cgroup2") and "cpuset" not in line:
                name = f"vitrine census {os.getpid()} Ω:\x1b[31m"
                self.pids[f"cgroup {mount}"] = self.join_cgroup(mount.replace("\\040", " "), name)
        time.sleep(0.3)  # until the last shell has become its sleep

    def __exit__(self, *_):
        for process in self.processes:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        for directory in self.cgroups:
            for _ in range(50):
                try:
                    directory.rmdir()
                    break
                except OSError:
                    time.sleep(0.05)


if __name__ == "__main__":
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    ROLES[sys.argv[1]]()
