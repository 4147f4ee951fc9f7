# SPDX-License-Identifier: Apache-2.0
"""Container engines with everything of theirs below one directory: `with Docker() as engine`.

Whatever happens, nothing of an engine survives its `with`: daemons, shims and containers are ended by
pid, mounts and cgroups go, and so does the directory; what cannot be removed fails the test. A tool that
is missing, or does not work on this machine, skips the test with the reason.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import tarfile
import tempfile
import time
import uuid

import leftovers
import vitrine_trace as vt
import world


def need(*tools):
    for tool in tools:
        if shutil.which(tool) is None:
            vt.skip(f"{tool} is not installed")


def new_name():
    """For a container: no other on this machine is called so, whoever runs tests beside us."""
    return "glass-" + uuid.uuid4().hex[:8]


def overdue(number, _):
    signal.alarm(0)
    raise TimeoutError(f"stopped by {signal.Signals(number).name}")


def wait_until(condition, what, seconds=120):
    """The first true value of `condition`. Seconds are counted for a guest without KVM."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise TimeoutError(f"not within {seconds} s: {what}")


class Running:
    """A container that waits at its gate, as its engine tells of it."""

    def __init__(self, pid, identity, name, image, lower=(), upper=None):
        self.pid = pid
        self.id = identity
        self.name = name
        self.image = image
        self.lower = [os.path.realpath(directory) for directory in lower] # topmost first
        self.upper = upper and os.path.realpath(upper)


class Gate:
    """A pipe with a name in the image, at which a script waits: `read line </gate`. Once a writer has
    it open, the script has done all that comes before."""

    def __init__(self, root):
        self.path = root + "/gate"
        self.fd = None

    def reached(self):
        try:
            self.fd = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return False # nobody reads there yet
        return True

    def open(self):
        try:
            os.write(self.fd, b"go\n")
        except BrokenPipeError:
            pass # it was killed meanwhile
        os.close(self.fd)


class Engine:
    """What the engines have in common. A subclass says what it needs, starts and stops."""

    name = ""        # as events have it
    cgroup_tops = () # cgroups that the engine makes for its containers and never removes
    view = ()        # words before every command: a mount namespace with other cgroups
    copies_mounts = False # whether the container's mounts are copies, made with its last namespace

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="vitrine-live-")
        self.daemons = []
        self.environment = {**os.environ, "VITRINE_LIVE": self.directory}
        self.cgroups_before = leftovers.cgroups()
        self.containers = set() # ids that were seen: their cgroups are called so

    def __enter__(self):
        # ctest kills at 900 s, and then nobody cleans up.
        signal.signal(signal.SIGALRM, overdue)
        signal.signal(signal.SIGTERM, overdue)
        signal.alarm(840)
        try:
            self.start()
        except BaseException:
            self.clean()
            raise
        return self

    def __exit__(self, error, *_):
        try:
            self.stop()
        finally:
            left = self.clean()
            signal.alarm(0)
        for what in left:
            print(f"FAILED: left behind by {self.name}: {what}")
        if left and error is None:
            vt.fail()

    def start(self):
        """Makes it ready to run containers of the image "box"."""

    def stop(self):
        """Ends it in its own way."""
        for daemon in reversed(self.daemons):
            daemon.send_signal(signal.SIGTERM)
            try:
                daemon.wait(timeout=60)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()

    def clean(self):
        for daemon in self.daemons:
            if daemon.poll() is None:
                daemon.kill()
                daemon.wait()
        left = leftovers.end_processes(self.directory)
        left += leftovers.unmount(self.directory)
        left += leftovers.remove_cgroups(self.containers)
        leftovers.remove_empty_cgroups(self.cgroup_tops, self.cgroups_before)
        shutil.rmtree(self.directory, ignore_errors=True)
        if os.path.exists(self.directory):
            left.append(self.directory)
        return left

    def start_daemon(self, command, ready):
        """The daemon's process; `ready` is asked until it is."""
        log = pathlib.Path(self.directory, os.path.basename(command[0]) + ".log")
        with open(log, "wb") as file:
            daemon = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                                      env=self.environment, start_new_session=True)
        self.daemons.append(daemon)

        def answered():
            if daemon.poll() is not None:
                vt.skip(f"{command[0]} does not run here: ... {log.read_text()[-600:]}")
            return ready()

        wait_until(answered, f"{command[0]} answers")
        return daemon

    def call(self, command, check=True, **keywords):
        """Untraced."""
        done = subprocess.run([*self.view, *command], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=240, env=self.environment, check=False, **keywords)
        if check and done.returncode != 0:
            raise RuntimeError(f"{command}: {done.returncode}: {done.stdout}{done.stderr}")
        return done

    def must_work(self, command, what):
        """Skips the test where the engine itself does not work."""
        done = self.call(command, check=False)
        if done.returncode != 0:
            vt.skip(f"{what} does not work here: ... {(done.stdout + done.stderr).strip()[-600:]}")

    def root(self):
        """A root file system: busybox, a file to change, one to remove, a gate."""
        directory = world.busybox_root(self.directory + "/box")
        pathlib.Path(directory, "etc/file").write_text("of the image\n")
        pathlib.Path(directory, "bin/other").write_text("of the image too\n")
        os.mkfifo(directory + "/gate")
        return directory

    def root_archive(self):
        path = self.directory + "/box.tar"
        with tarfile.open(path, "w") as archive:
            archive.add(self.root(), arcname=".")
        return path

    def running(self, name):
        """As an object, or None while it does not run."""
        raise NotImplementedError

    def at_gate(self, name, tracing=None):
        """Waits until the container's script waits; returns what runs, and the gate. `tracing` is what
        starts it."""
        def unless_over(condition):
            if tracing and tracing.process.poll() is not None:
                output, errors, status = tracing.wait()
                raise ChildProcessError(f"it ended with {status}: {errors} ... {output[-2000:]}")
            return condition()

        found = wait_until(lambda: unless_over(lambda: self.running(name)), f"{name} runs")
        self.containers.add(found.id)
        gate = Gate(f"/proc/{found.pid}/root")
        wait_until(lambda: unless_over(gate.reached), f"the script of {name} is at its gate")
        return found, gate
