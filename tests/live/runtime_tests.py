# SPDX-License-Identifier: Apache-2.0
"""vitrine run and vitrine-runtime on this kernel: runtime_tests.py GROUP [TEST].

Everything is made below a state directory of its own. After each test nothing of it may be left:
no directory, cgroup, mount, namespace or process.
"""

import atexit
import contextlib
import fcntl
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

VITRINE = os.path.join(os.environ["VITRINE_BIN"], "vitrine")
RUNTIME = os.path.join(os.environ["VITRINE_BIN"], "vitrine-runtime")
STATE = tempfile.mkdtemp(prefix="vitrine-live-", dir="/tmp")
CONTAINERS = pathlib.Path(STATE, "containers")
NAMESPACES = ["pid", "mnt", "uts", "ipc", "net", "cgroup"]
os.chmod(STATE, 0o711)
os.environ["VITRINE_STATE"] = STATE
atexit.register(shutil.rmtree, STATE, ignore_errors=True)


class Ended:
    """What a command returned."""

    def __init__(self, done):
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr

    def lines(self):
        return self.out.splitlines()


def vitrine(*words, **options):
    return Ended(subprocess.run([VITRINE, "run", *words], capture_output=True, text=True,
                                stdin=subprocess.DEVNULL, timeout=120, **options))


def demo(script, *options):
    """Runs a shell script in the demo container."""
    return vitrine(*options, "demo", "sh", "-c", script)


def expect(got, wanted, what=""):
    if got != wanted:
        raise AssertionError(f"{what}: got {got!r}, not {wanted!r}")


def expect_in(part, whole, what=""):
    if part not in whole:
        raise AssertionError(f"{what}: {part!r} is not in {whole!r}")


def wait_until(condition, what, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what}")


def cgroup_mounts():
    with open("/proc/self/mountinfo", encoding="utf-8") as mountinfo:
        for line in mountinfo:
            fields = line.split()
            kind = fields[fields.index("-") + 1]
            if kind in ("cgroup", "cgroup2"):
                yield pathlib.Path(fields[4]), kind, fields[-1]


def has_controller(name):
    for path, kind, options in cgroup_mounts():
        if kind == "cgroup" and name in options.split(","):
            return True
        if kind == "cgroup2" and name in (path / "cgroup.controllers").read_text().split():
            return True
    return False


def our_cgroups(name):
    return [path / "vitrine" / name for path, _, _ in cgroup_mounts() if (path / "vitrine" / name).exists()]


def processes():
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


def namespaces_of(pid):
    found = {}
    for kind in NAMESPACES + ["user"]:
        with contextlib.suppress(OSError):
            found[kind] = os.readlink(f"/proc/{pid}/ns/{kind}")
    return found


def namespaces_in_use():
    return {link for pid in processes() for link in namespaces_of(pid).values()}


def mounts_that_name(text):
    found = []
    for pid in processes():
        with contextlib.suppress(OSError):
            if text in pathlib.Path(f"/proc/{pid}/mountinfo").read_text():
                found.append(pid)
    return found


def left_over():
    """What is there of containers in our state directory."""
    found = []
    if CONTAINERS.exists():
        found += [str(path) for path in CONTAINERS.iterdir() if path.name != ".lock"]
    found += [f"mount in process {pid}" for pid in mounts_that_name(STATE)]
    for name in made_names:
        found += [str(path) for path in our_cgroups(name)]
    return found


made_names = set()


def new_name(stem):
    made_names.add(stem)
    return stem


class Running:
    """A container with a name that runs until the block ends."""

    def __init__(self, name, *words, options=(), stdin=subprocess.DEVNULL):
        self.name = new_name(name)
        self.process = subprocess.Popen([VITRINE, "run", "--name", name, *options, *words],
                                        stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True)

    def __enter__(self):
        wait_until(lambda: self.process.poll() is not None or self.state() and self.command_runs(),
                   "the container's command")
        if self.process.poll() is not None:
            raise AssertionError(f"it ended: {self.process.returncode}: {self.process.stderr.read()}")
        return self

    def state(self):
        with contextlib.suppress(OSError, ValueError):
            state = json.loads((CONTAINERS / self.name / "state.json").read_text())
            return state if state["status"] == "running" else None
        return None

    def command_runs(self):
        with contextlib.suppress(OSError):
            return os.readlink(f"/proc/{self.pid()}/exe") != os.path.realpath(RUNTIME)
        return False

    def pid(self):
        return self.state()["pid"]

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.communicate(timeout=60)


# ---- run: the command line ------------------------------------------------------------------------


def test_run_returns_the_commands_status():
    expect(demo("exit 0").status, 0)
    expect(demo("exit 7").status, 7)
    expect(vitrine("demo", "sh", "-c", "sh -c 'kill -TERM $$'; exit $?").status, 143)


def test_run_says_why_a_command_cannot_be_executed():
    missing = vitrine("demo", "nosuch")
    expect(missing.status, 127)
    expect_in("not found in the container's PATH", missing.err)
    forbidden = vitrine("demo", "/etc/motd")
    expect(forbidden.status, 126)
    expect_in("cannot execute /etc/motd: Permission denied (EACCES)", forbidden.err)
    no_interpreter = demo("printf '#!/no/such\\n' >/x; chmod +x /x; exec /x")
    expect(no_interpreter.status, 127)
    expect(vitrine("demo", "/no/such/path").status, 127)


def test_run_refuses_wrong_usage():
    expect(vitrine("--no-such-option").status, 2)
    expect(vitrine("--memory", "lots", "demo", "true").status, 1)
    expect(vitrine("--user", "", "demo", "true").status, 1)
    expect(vitrine("--name", "../evil", "demo", "true").status, 2)
    expect(vitrine("nosuch").status, 1)
    expect(vitrine("--rootfs", "/no/such/dir", "true").status, 1)
    expect(vitrine("--rootfs", "/etc/passwd", "true").status, 1)


def test_run_passes_standard_streams():
    done = subprocess.run([VITRINE, "run", "demo", "sh", "-c", "cat; echo error >&2"], input="in\n",
                          capture_output=True, text=True, check=True)
    expect((done.stdout, done.stderr), ("in\n", "error\n"))


def test_run_passes_user_directory_environment_and_host_name():
    done = demo("id -u; id -g; pwd; echo $A; hostname; echo $HOME; cat /proc/sys/kernel/hostname",
                "-u", "guest", "-w", "/new/place", "-e", "A=b c", "--hostname", "box")
    expect(done.lines(), ["1000", "1000", "/new/place", "b c", "box", "/tmp", "box"], done.err)


def test_run_shows_layers_copy_on_write_and_whiteouts():
    script = "ls /usr/share/demo; cat /etc/motd; rm /usr/share/demo/remove-me; echo x >>/etc/motd; ls /usr/share/demo"
    for _ in range(2):  # the image stays as it is
        lines = demo(script).lines()
        expect(lines[:4], ["added", "append-to-me", "remove-me", "untouched"])
        expect_in("was changed by the second one", lines[4])
        expect(lines[5:], ["added", "append-to-me", "untouched"])
    upper = CONTAINERS / "cow" / "upper"
    with Running("cow", "demo", "sh", "-c", "rm /usr/share/demo/remove-me; echo x >>/etc/motd; sleep 60"):
        wait_until(lambda: (upper / "etc/motd").exists(), "the copied file")
        info = (upper / "usr/share/demo/remove-me").lstat()
        expect(os.major(info.st_rdev) + os.minor(info.st_rdev), 0)


def test_run_leaves_a_root_directory_as_it_was():
    layer = next(pathlib.Path(STATE, "images/layers/sha256").glob("[0-9a-f]*"))
    root = pathlib.Path(STATE, "root,fs:1")
    shutil.copytree(max(layer.parent.glob("[0-9a-f]*"), key=lambda p: (p / "bin").exists()), root, symlinks=True)
    before = sorted(str(path) for path in root.rglob("*"))
    done = vitrine("--rootfs", str(root), "sh", "-c", "echo x >/new; rm /etc/passwd; ls /new")
    expect((done.status, done.out), (0, "/new\n"), done.err)
    expect(sorted(str(path) for path in root.rglob("*")), before)
    expect(vitrine("--rootfs", str(root), "nosuch").status, 127)
    shutil.rmtree(root)


def test_run_refuses_a_name_that_is_taken():
    with Running("taken", "demo", "sleep", "60"):
        again = vitrine("--name", "taken", "demo", "true")
        expect(again.status, 1)
        expect_in("container taken exists already", again.err)


# ---- isolation ------------------------------------------------------------------------------------


def test_isolation_every_namespace_is_its_own():
    host = namespaces_of(os.getpid())
    inside = demo("for n in pid mnt uts ipc net cgroup user; do readlink /proc/self/ns/$n; done").lines()
    for kind, link in zip(NAMESPACES, inside):
        if link == host[kind]:
            raise AssertionError(f"the {kind} namespace is the host's")
    expect(inside[-1], host["user"], "without --userns the user namespace is the host's")


def test_isolation_namespaces_end_with_the_container():
    with Running("gone", "demo", "sleep", "60") as container:
        inside = set(namespaces_of(container.pid()).values()) - set(namespaces_of(os.getpid()).values())
        expect(len(inside), 6)
    wait_until(lambda: not inside & namespaces_in_use(), "the namespaces to be gone")


def test_isolation_the_hosts_tree_is_gone():
    done = demo("awk '{print $5}' /proc/self/mountinfo; ls /work /home 2>/dev/null; ls -d /proc/1/root/" + STATE[1:])
    expect(done.status, 1)
    for line in done.lines():
        if not re.match(r"/($|proc|dev|sys)", line):
            raise AssertionError(f"a mount of the host: {line}")
    first = demo("cat /proc/1/cmdline | tr '\\0' ' '; ps | wc -l").out
    expect_in("sh -c", first)


def test_isolation_cgroup_namespace_shows_its_own_as_root():
    for line in demo("cat /proc/self/cgroup").lines():
        expect(line.split(":", 2)[2], "/", line)


def test_isolation_cgroup_files_are_read_only():
    done = demo("find /sys/fs/cgroup -maxdepth 2 -name cgroup.procs | while read f; do mkdir ${f%/*}/x && echo made; done")
    expect(done.out, "")


def test_isolation_masked_and_read_only_paths():
    done = demo("""
        for f in /proc/kcore /proc/keys /proc/timer_list; do [ ! -e $f ] || wc -c <$f; done
        for d in /proc/acpi /sys/firmware; do [ ! -d $d ] || ls -A $d; done
        for f in /proc/sys/kernel/hostname /proc/sysrq-trigger /sys/kernel/uevent_helper; do
          (echo x >$f) 2>/dev/null && echo wrote $f; done; true""")
    expect(set(done.lines()) - {"0"}, set(), done.err)


def test_isolation_capabilities_and_no_new_privileges():
    status = dict(line.split(":\t", 1) for line in demo("cat /proc/self/status").lines() if ":\t" in line)
    for field, wanted in (("CapInh", "0"), ("CapPrm", "a80425fb"), ("CapEff", "a80425fb"),
                          ("CapBnd", "a80425fb"), ("CapAmb", "0"), ("NoNewPrivs", "1")):
        expect(status[field].lstrip("0") or "0", wanted, field)
    expect(demo("grep CapEff /proc/self/status", "-u", "guest").out.split()[1].lstrip("0"), "", "guest")


def test_isolation_devices():
    done = demo("""
        for d in null zero full random urandom tty; do [ -c /dev/$d ] || echo no $d; done
        for l in fd stdin stdout stderr ptmx; do [ -L /dev/$l ] || echo no $l; done
        echo x >/dev/null; head -c 3 /dev/zero | wc -c; mknod /tmp/null c 1 3 && echo x >/tmp/null && echo made
        mknod /tmp/fuse c 10 229; (: <>/tmp/fuse) 2>/dev/null && echo opened""")
    expect(done.lines(), ["3", "made"], done.err)


def test_isolation_descriptors_do_not_leak():
    with open("/dev/null", encoding="utf-8") as leak:
        os.set_inheritable(leak.fileno(), True)
        done = demo("ls /proc/self/fd")
        leaked = subprocess.run([VITRINE, "run", "demo", "ls", "/proc/self/fd"], close_fds=False,
                                capture_output=True, text=True, stdin=subprocess.DEVNULL, check=True)
    expect(done.out.split(), ["0", "1", "2", "3"])
    expect(leaked.stdout.split(), ["0", "1", "2", "3"])


def test_isolation_read_only_root():
    done = demo("touch /x 2>/dev/null || echo refused; touch /dev/shm/x && echo shm", "--read-only")
    expect(done.lines(), ["refused", "shm"])


def test_isolation_user_namespace():
    done = demo("id -u; cat /proc/self/uid_map; readlink /proc/self/ns/user; touch /x && stat -c %u /x /etc/motd",
                "--userns")
    expect(done.status, 0, done.err)
    lines = done.lines()
    expect(lines[0], "0")
    expect(lines[1].split(), ["0", "100000", "65536"])
    if lines[2] == os.readlink("/proc/self/ns/user"):
        raise AssertionError("the user namespace is the host's")
    expect(lines[3:], ["0", "0"])
    with Running("mapped", "demo", "sleep", "60", options=["--userns"]) as container:
        expect(os.stat(f"/proc/{container.pid()}").st_uid, 100000)


def test_isolation_without_root():
    home = tempfile.mkdtemp(prefix="vitrine-home-", dir="/tmp")
    os.chown(home, 65534, 65534)
    try:
        def become_nobody():
            os.setgroups([])
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
        environment = {"HOME": home, "PATH": os.environ["PATH"]}
        done = vitrine("--userns", "demo", "sh", "-c", "id -u; cat /proc/self/setgroups; rm /etc/motd; touch /x; ls /x",
                       env=environment, preexec_fn=become_nobody)
        if "clone3" in done.err:
            return  # the kernel lets only root make user namespaces
        expect((done.status, done.lines()), (0, ["0", "deny", "/x"]), done.err)
        refused = vitrine("demo", "true", env=environment, preexec_fn=become_nobody)
        expect(refused.status, 1)
        expect_in("--userns", refused.err)
    finally:
        shutil.rmtree(home)


# ---- limits ---------------------------------------------------------------------------------------


def value_in_force(name, v1, v2):
    for directory in our_cgroups(name):
        for file in (v1, v2):
            if (directory / file).exists():
                return (directory / file).read_text().strip()
    return None


def test_limits_are_in_force():
    with Running("limited", "demo", "sleep", "60",
                 options=["-m", "64m", "--cpus", "0.5", "--pids-limit", "20"]) as container:
        expect(value_in_force("limited", "memory.limit_in_bytes", "memory.max"), str(64 << 20))
        expect_in(value_in_force("limited", "cpu.cfs_quota_us", "cpu.max"), ("50000", "50000 100000"))
        expect(value_in_force("limited", "pids.max", "pids.max"), "20")
        for directory in our_cgroups("limited"):
            expect((directory / "cgroup.procs").read_text().split(), [str(container.pid())], directory)


def test_limits_on_processes_stop_a_fork_bomb():
    done = demo("for i in $(seq 40); do sleep 5 & done 2>&1; echo reached", "--pids-limit", "10")
    expect_in("fork", done.out + done.err)


def test_limits_on_memory_end_with_a_reason():
    done = vitrine("-m", "16m", "demo", "tail", "/dev/zero")
    expect(done.status, 137, done.err)
    expect_in("memory limit of 16777216 bytes", done.err)


# ---- signals --------------------------------------------------------------------------------------


def status_after(signals, *command):
    with Running("signalled", "demo", *command) as container:
        for number in signals:
            container.process.send_signal(number)
        began = time.monotonic()
        container.process.wait(timeout=60)
        return container.process.returncode, time.monotonic() - began


def test_signals_end_a_command_that_does_not_handle_them():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        status, seconds = status_after([number], "sleep", "100")
        expect(status, 128 + number)
        if seconds > 5:
            raise AssertionError(f"signal {number} took {seconds} s")


def test_signals_reach_a_command_that_handles_them():
    with Running("trap", "demo", "sh", "-c", "trap 'exit 9' TERM; echo set; while :; do sleep 0.1; done") as container:
        container.process.stdout.readline()
        container.process.terminate()
        expect(container.process.wait(timeout=60), 9)


def test_signals_that_are_ignored_leave_it_running_for_a_while():
    with Running("ignore", "demo", "sh", "-c", "trap '' INT; echo set; sleep 100") as container:
        container.process.stdout.readline()
        container.process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        expect(container.process.poll(), None)
        container.process.send_signal(signal.SIGINT)
        time.sleep(0.1)
        container.process.send_signal(signal.SIGINT)
        expect(container.process.wait(timeout=60), 137, "the third one kills")


def test_signals_term_kills_after_ten_seconds():
    with Running("stubborn", "demo", "sh", "-c", "trap '' TERM; echo set; sleep 100") as container:
        container.process.stdout.readline()
        began = time.monotonic()
        container.process.terminate()
        expect(container.process.wait(timeout=60), 137)
        if not 9 < time.monotonic() - began < 20:
            raise AssertionError("not after ten seconds")


# ---- leftovers ------------------------------------------------------------------------------------


def test_leftovers_of_a_killed_runtime_are_swept():
    with Running("killed", "demo", "sleep", "100") as container:
        pid = container.pid()
        container.process.kill()
        container.process.wait()
        wait_until(lambda: not os.path.exists(f"/proc/{pid}"), "the container to die with its runtime")
    if not (CONTAINERS / "killed").exists():
        raise AssertionError("nothing was left: this test tests nothing")
    expect(demo("true").status, 0)
    expect(left_over(), [])


def test_leftovers_a_process_that_outlives_its_runtime_is_ended():
    root = pathlib.Path(STATE, "outlive")
    root.mkdir()
    shutil.copy(os.path.join(os.environ["VITRINE_TESTS"], "outlive_runtime"), root)
    with Running("outlives", "/outlive_runtime", options=["--rootfs", str(root)]) as container:
        container.process.stdout.readline()
        pid = container.pid()
        container.process.kill()
        container.process.wait()
        expect(os.path.exists(f"/proc/{pid}"), True, "it outlives its runtime")
        expect(demo("true").status, 0)
        wait_until(lambda: not os.path.exists(f"/proc/{pid}"), "the process to be gone")
    shutil.rmtree(root)


def test_leftovers_a_living_container_is_not_swept():
    with Running("living", "demo", "sleep", "100") as container:
        expect(demo("true").status, 0)
        expect(container.process.poll(), None)
        expect(bool(our_cgroups("living")), True)


def test_leftovers_of_a_failed_setup_are_none():
    for words in (["demo", "nosuch"], ["-w", "/etc/motd/x", "demo", "true"], ["-w", "/etc/motd", "demo", "true"]):
        new_name("failed")
        done = vitrine("--name", "failed", *words)
        if done.status == 0:
            raise AssertionError(f"{words} worked")
        expect(left_over(), [])


def test_leftovers_many_at_once():
    names = [new_name(f"many{i}") for i in range(6)]
    running = [subprocess.Popen([VITRINE, "run", "--name", name, "demo", "true"], stdin=subprocess.DEVNULL)
               for name in names]
    expect([process.wait(timeout=60) for process in running], [0] * len(names))


# ---- terminal -------------------------------------------------------------------------------------


class Terminal:
    """vitrine run on a pseudoterminal, as a person would."""

    def __init__(self, *words):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execv(VITRINE, [VITRINE, "run", *words])
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 111, 0, 0))
        self.text = ""

    def read_until(self, wanted, seconds=30):
        end = time.monotonic() + seconds
        while wanted not in self.text:
            if time.monotonic() > end:
                raise AssertionError(f"{wanted!r} did not come: {self.text!r}")
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    self.text += os.read(self.fd, 65536).decode()
                except OSError:
                    raise AssertionError(f"{wanted!r} did not come: {self.text!r}") from None

    def type(self, text):
        os.write(self.fd, text.encode())

    def status(self):
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if select.select([self.fd], [], [], 0.05)[0]:
                with contextlib.suppress(OSError):
                    self.text += os.read(self.fd, 65536).decode()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status)
        raise AssertionError(f"it did not end: {self.text!r}")


def test_terminal_is_the_containers_own():
    terminal = Terminal("demo", "sh")
    terminal.type("tty; ls -l /dev/console | cut -c1; stty size; echo e''nd\n")
    terminal.read_until("end\r\n")
    expect_in("/dev/pts/0", terminal.text)
    terminal.type("exit 5\n")
    expect(terminal.status(), 5)


def test_terminal_follows_the_window_size():
    terminal = Terminal("demo", "sh")
    terminal.type("echo re''ady\n")
    terminal.read_until("ready\r\n")
    fcntl.ioctl(terminal.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 44, 123, 0, 0))
    time.sleep(0.3)
    terminal.type("stty size\n")
    terminal.read_until("44 123")
    terminal.type("exit\n")
    terminal.status()


def test_terminal_interrupt_key_ends_a_plain_command():
    terminal = Terminal("demo", "sh", "-c", "echo started; exec sleep 100")
    terminal.read_until("started")
    time.sleep(0.5)
    terminal.type("\x03")
    expect(terminal.status(), 130)


def test_terminal_interrupt_key_leaves_a_shell():
    terminal = Terminal("demo", "sh")
    terminal.type("sleep 100\n")
    time.sleep(1)
    terminal.type("\x03")
    terminal.type("echo st''ill $?\n")
    terminal.read_until("still 130")
    terminal.type("exit 6\n")
    expect(terminal.status(), 6)


def test_terminal_mode_is_restored():
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    process = subprocess.Popen([VITRINE, "run", "demo", "sleep", "100"], stdin=slave, stdout=slave, stderr=slave)
    wait_until(lambda: not termios.tcgetattr(slave)[3] & termios.ICANON, "raw mode")
    process.terminate()
    expect(process.wait(timeout=30), 143)
    expect(termios.tcgetattr(slave), before)
    os.close(master)
    os.close(slave)


def test_terminal_on_request_without_one():
    done = subprocess.run([VITRINE, "run", "-t", "demo", "sh", "-c", "tty; cat"], input="typed\n",
                          capture_output=True, text=True, timeout=60, check=False)
    expect(done.returncode, 0, done.stderr)
    expect_in("/dev/pts/0", done.stdout)
    expect(done.stdout.count("typed\n"), 2, "once as echo, once from cat")


# ---- hostile: root file systems that want out -----------------------------------------------------


@contextlib.contextmanager
def hostile_root(change):
    """The demo's base layer as a directory, after change(root, outside). Outside must stay empty."""
    demo("true")
    layers = pathlib.Path(STATE, "images/layers/sha256").glob("[0-9a-f]*")
    base = next(path for path in layers if (path / "bin/busybox").exists())
    root, outside = pathlib.Path(STATE, "root"), pathlib.Path(STATE, "outside")
    shutil.copytree(base, root, symlinks=True)
    outside.mkdir()
    try:
        change(root, outside)
        yield root
        expect([str(path) for path in outside.iterdir()], [], "made outside of the container")
    finally:
        shutil.rmtree(root)
        shutil.rmtree(outside)


def bundle_config(root, **process):
    """A configuration whose root is the directory itself, writable: worse than an overlay."""
    with Running("model", "demo", "sleep", "60"):
        config = json.loads((CONTAINERS / "model" / "config.json").read_text())
    config["mounts"] = [mount for mount in config["mounts"] if mount["destination"] != "/"]
    config["root"]["path"] = str(root)
    config["linux"]["cgroupsPath"] = "/vitrine/" + new_name("hostile")
    config["process"].update({"args": ["true"]}, **process)
    return config


def run_bundle(config):
    path = pathlib.Path(STATE, "hostile.json")
    path.write_text(json.dumps(config))
    done = Ended(subprocess.run([RUNTIME, "--root", str(CONTAINERS), "run", "--config", str(path), "hostile"],
                                capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60))
    path.unlink()
    return done


def replace_with_link(path, target):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    path.symlink_to(target)


def test_hostile_links_in_place_of_directories():
    for name in ("dev", "proc", "sys"):
        with hostile_root(lambda root, outside, name=name: replace_with_link(root / name, outside)) as root:
            done = vitrine("--rootfs", str(root), "true")
            expect(done.status, 1, name)
            expect_in("symbolic link", done.err)
            expect(run_bundle(bundle_config(root)).status, 1, name)


def test_hostile_links_in_place_of_devices():
    def change(root, outside):
        for name in ("null", "console", "pts", "shm", "mqueue", "ptmx", "tty"):
            replace_with_link(root / "dev" / name, outside / name)
    with hostile_root(change) as root:
        config = bundle_config(root)
        expect(run_bundle(config).status, 0, "a fresh /dev covers them")
        config["mounts"] = [mount for mount in config["mounts"] if not mount["destination"].startswith("/dev")]
        done = run_bundle(config)  # the image's own /dev, with its links
        expect(done.status, 1, done.err)
        config["process"]["terminal"] = True
        expect(run_bundle(config).status, 1)


def test_hostile_null_device_is_no_way_to_a_masked_file():
    def change(root, _):
        replace_with_link(root / "dev" / "null", "/proc/sys/kernel/core_pattern")
    with hostile_root(change) as root:
        config = bundle_config(root)
        config["process"]["args"] = ["sh", "-c", """
            for f in /proc/kcore /proc/keys /proc/timer_list; do
              [ ! -e $f ] || { wc -c <$f; echo x >$f; wc -c <$f; }; done"""]
        done = run_bundle(config)
        expect(set(done.lines()), {"0"}, done.err)


def test_hostile_bind_target_stays_inside():
    def change(root, outside):
        replace_with_link(root / "data", outside / "data")
        (root / "etc" / "resolv.conf").symlink_to("/../../../../" + str(outside / "resolv.conf"))
    with hostile_root(change) as root:
        config = bundle_config(root)
        source = pathlib.Path(STATE, "source")
        source.write_text("from the host\n")
        config["mounts"].append({"destination": "/etc/resolv.conf", "type": "bind", "source": str(source),
                                 "options": ["bind", "ro"]})
        config["process"]["args"] = ["cat", "/etc/resolv.conf"]
        done = run_bundle(config)
        source.unlink()
        # The link dangles in the container: nothing can be made through it.
        expect(done.status, 1, done.out)


def test_hostile_working_directory_in_proc():
    for number in range(3, 12):
        done = demo("ls", "-w", f"/proc/self/fd/{number}")
        if done.status == 0:
            raise AssertionError(f"entered descriptor {number}: {done.out}")


def test_hostile_working_directory_link():
    def change(root, outside):
        (root / "w").symlink_to("/../../.." + str(outside))
    with hostile_root(change) as root:
        vitrine("--rootfs", str(root), "-w", "/w/made", "true")


def test_hostile_configuration_is_refused_before_anything_is_made():
    with hostile_root(lambda *_: None) as root:
        config = bundle_config(root)
        for change, field in (
                ({"hooks": {"prestart": [{"path": "/bin/true"}]}}, "hooks.prestart"),
                ({"process": dict(config["process"], apparmorProfile="x")}, "process.apparmorProfile"),
                ({"process": dict(config["process"], cwd="relative")}, "process.cwd"),
                ({"linux": dict(config["linux"], seccomp={"defaultAction": "SCMP_ACT_ALLOW"})}, "linux.seccomp"),
                ({"mounts": [{"destination": "/x", "type": "tmpfs", "options": ["tmpcopyup"]}]}, "mounts[0]")):
            done = run_bundle(dict(config, **change))
            expect(done.status, 1, field)
            expect_in(field, done.err)
            expect(left_over(), [], field)


def main():
    if os.geteuid() != 0:
        print("skipped: needs root")
        return 77
    group = sys.argv[1]
    chosen = sys.argv[2] if len(sys.argv) > 2 else ""
    failed = 0
    for name, test in list(globals().items()):
        if not name.startswith(f"test_{group}_") or chosen not in name:
            continue
        began = time.monotonic()
        try:
            if group == "limits" and not all(map(has_controller, ("memory", "cpu", "pids"))):
                print("skipped: this kernel has no memory, cpu and pids controllers mounted")
                return 77
            test()
            wait_until(lambda: not left_over(), f"nothing left; there is {left_over()}", 5)
            print(f"ok     {name} ({time.monotonic() - began:.2f} s)")
        except (AssertionError, subprocess.SubprocessError, OSError) as error:
            failed += 1
            print(f"FAILED {name}: {error}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
