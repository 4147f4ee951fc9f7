# SPDX-License-Identifier: Apache-2.0
"""vitrine run: what a container is, seen from inside and outside; what it leaves; what it refuses."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import vitrine_trace as vt

FAILURES = []
STARTED = []
STATE = tempfile.mkdtemp(prefix="vitrine-state-")
os.chmod(STATE, 0o755)  # the root of a user namespace is somebody else, who must get there


def check(condition, what, seen=""):
    if not condition:
        FAILURES.append(f"{what}: {seen!r}")


def run(*words, **keywords):
    return subprocess.run([vt.VITRINE, "run", "--root", STATE, *words], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=120, check=False, **keywords)


def inside(*words):
    """Output of a shell command inside the demo; the last word is the script."""
    done = run(*words[:-1], "demo", "sh", "-c", words[-1])
    check(done.returncode == 0, f"run {words} failed", done.stderr)
    return done.stdout


def cgroups():
    """Directories of cgroups that are ours by name."""
    return sorted(str(path) for pattern in ("vitrine", "*/vitrine")
                  for path in pathlib.Path("/sys/fs/cgroup").glob(pattern))


def world():
    mounts = pathlib.Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    namespaces = subprocess.run(["lsns", "-n", "-o", "NS"], capture_output=True, text=True,
                                check=False).stdout.split()
    return {"mounts": mounts, "cgroups": cgroups(), "namespaces": sorted(namespaces),
            "containers": sorted(os.listdir(STATE + "/containers"))
                          if os.path.isdir(STATE + "/containers") else []}


def check_world(before, what):
    deadline = time.monotonic() + 10
    while (after := world()) != before and time.monotonic() < deadline:
        time.sleep(0.2)
    for key, value in before.items():
        check(after[key] == value, f"{what} leaves {key}", after[key])


def check_exit_statuses():
    check(run("demo", "true").returncode == 0, "true")
    check(run("demo", "sh", "-c", "exit 7").returncode == 7, "exit 7")
    killed = run("demo", "sh", "-c", "sh -c 'kill -9 $$'; exit $?").returncode
    check(killed == 137, "the status of a command whose child was killed", killed)
    missing = run("demo", "no-such-command")
    check(missing.returncode == 127, "no such command", missing.returncode)
    check("no-such-command" in missing.stderr, "the reason names the command", missing.stderr)
    refused = run("demo", "/etc/passwd")
    check(refused.returncode == 126, "not executable", refused.returncode)
    for words in (["--rootfs", "/etc/passwd", "true"], ["--rootfs", "/nowhere", "true"],
                  ["no-such-image", "true"]):
        wrong = run(*words)
        check(wrong.returncode == 1 and "vitrine" in wrong.stderr, f"run {words}",
              (wrong.returncode, wrong.stderr))
    for words in (["--memory", "much", "demo"], ["--cpus", "none", "demo"], ["--no-such-option"]):
        wrong = run(*words)
        check(wrong.returncode in (1, 2) and wrong.stderr, f"run {words}",
              (wrong.returncode, wrong.stderr))


def check_namespaces():
    for kind in ("mnt", "uts", "ipc", "net", "pid", "cgroup"):
        link = inside(f"readlink /proc/self/ns/{kind}").strip()
        check(link and link != os.readlink(f"/proc/self/ns/{kind}"), f"{kind} namespace", link)
    check(inside("readlink /proc/self/ns/user").strip() == os.readlink("/proc/self/ns/user"),
          "no user namespace unless asked for")
    check(inside("--hostname", "glass", "hostname").strip() == "glass", "host name")
    check(inside("echo $$").strip() == "1", "the command is pid 1")
    check(set(line.split(":")[2] for line in inside("cat /proc/self/cgroup").split()) == {"/"},
          "its cgroup looks like the root", inside("cat /proc/self/cgroup"))


def check_user_namespace():
    seen = inside("--userns", "id -u; cat /proc/self/uid_map; readlink /proc/self/ns/user; echo >/new;"
                              " ls /new").split()
    check(seen[0] == "0" and seen[1] == "0" and seen[2] != "0", "root is mapped elsewhere", seen)
    check(seen[4] != os.readlink("/proc/self/ns/user"), "user namespace", seen)


def check_root():
    mountinfo = inside("cat /proc/self/mountinfo")
    root = [line for line in mountinfo.splitlines() if line.split()[4] == "/"]
    check(len(root) == 1 and " overlay " in root[0], "the root is an overlay", root)
    check("lowerdir" in root[0] and root[0].count("/sha256/") == 2, "of two layers", root)
    check(STATE not in inside("ls /; ls /tmp"), "the host's files are not there")
    types = {line.split()[4]: line.split(" - ")[1].split()[0] for line in mountinfo.splitlines()}
    for place, kind in (("/proc", "proc"), ("/sys", "sysfs"), ("/dev", "tmpfs"), ("/dev/pts", "devpts"),
                        ("/dev/shm", "tmpfs"), ("/dev/mqueue", "mqueue")):
        check(types.get(place) == kind, f"{place} is {kind}", types.get(place))
    check(inside("echo 1 >/proc/sys/kernel/panic 2>/dev/null || echo refused").strip() == "refused",
          "/proc/sys is read-only")
    check(inside("cat /proc/keys /proc/timer_list 2>/dev/null").strip() == "", "masked paths are empty")
    check(inside("cat /dev/zero | head -c 3 | wc -c").strip() == "3", "/dev/zero works")


def check_copy_on_write():
    first = inside("cd /; ls -R /srv /root /home /etc 2>/dev/null | wc -l; echo x >/etc/new;"
                   " rm /etc/motd; ls /etc")
    check("new" in first and "motd" not in first, "the container can change its files", first)
    second = inside("ls /etc")
    check("new" not in second and "motd" in second, "and the image stays as it was", second)
    check(inside("--read-only", "echo x >/etc/new 2>/dev/null || echo refused").strip() == "refused",
          "--read-only")


def check_confinement():
    status = dict(line.split(":\t") for line in inside("cat /proc/self/status").splitlines()
                  if ":\t" in line)
    check(status["CapEff"] == status["CapBnd"] == "00000000a80425fb", "Docker's 14 capabilities",
          status["CapEff"])
    check(int(status["CapInh"], 16) == int(status["CapAmb"], 16) == 0, "none inheritable or ambient")
    check(status["NoNewPrivs"] == "1", "no_new_privs")
    descriptors = inside("ls /proc/self/fd").split()
    check(descriptors == ["0", "1", "2", "3"], "no descriptor but 0-2 (and that of ls itself)", descriptors)


def check_limits():
    words = ("--memory", "64m", "--cpus", "0.5", "--pids-limit", "20")
    files = inside(*words, "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes"
                           " 2>/dev/null; cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max"
                           " 2>/dev/null; cat /sys/fs/cgroup/cpu.max"
                           " /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null; true").split()
    check(files[:3] in (["67108864", "20", "50000"],), "limits in force", files)
    forked = run("--pids-limit", "5", "demo", "sh", "-c",
                 "for i in 1 2 3 4 5 6 7 8; do sleep 1 & done; wait")
    check("fork" in forked.stderr, "the limit of processes is enforced", forked.stderr)


def start_sleep(*words, **keywords):
    process = subprocess.Popen([vt.VITRINE, "run", "--root", STATE, *words, "demo", "sh", "-c",
                                "echo up; exec sleep 300"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **keywords)
    STARTED.append(process)
    check(process.stdout.readline().strip() == "up", "the container starts")
    time.sleep(1)  # until the shell, which catches signals, has become sleep, which does not
    return process


def check_ends(before):
    for number in (signal.SIGINT, signal.SIGTERM):
        process = start_sleep()
        began = time.monotonic()
        process.send_signal(number)
        status = process.wait(timeout=60)
        check(status in (128 + number, -number, 137), f"status after {number.name}", status)
        check(time.monotonic() - began < 30, f"{number.name} ends the container soon")
        check_world(before, f"a container ended by {number.name}")
    process = start_sleep()
    process.kill()
    process.wait(timeout=60)
    time.sleep(1)
    check(run("demo", "true").returncode == 0, "the next call after kill -9")
    check_world(before, "a container whose parent was killed, after the next call,")


def check_hostile_root():
    """Names of the image that point outside: nothing may be made there."""
    outside = tempfile.mkdtemp(prefix="vitrine-outside-")
    for links in ({"dev": outside}, {"proc": outside}, {"sys": outside}):
        root = tempfile.mkdtemp(prefix="vitrine-root-")
        os.mkdir(root + "/bin")
        shutil.copy("/bin/busybox", root + "/bin/sh")
        for name, target in links.items():
            os.symlink(target, f"{root}/{name}")
        done = run("--rootfs", root, "sh", "-c", "true")
        check(os.listdir(outside) == [], f"{links} makes nothing outside",
              (os.listdir(outside), done.stderr))
        check(sorted(os.listdir(root)) == sorted(["bin", *links]), "the directory stays as it was",
              os.listdir(root))
        shutil.rmtree(root)
    os.rmdir(outside)


def main():
    if os.geteuid() != 0:
        vt.skip("containers are made by root here")
    if not os.path.exists("/bin/busybox"):
        vt.skip("no static busybox for a hostile root")
    if not os.access(vt.VITRINE, os.X_OK):
        vt.skip(f"{vt.VITRINE} is not built")
    try:
        check(run("demo", "true").returncode == 0, "the first run unpacks the image")
        before = world()
        check_exit_statuses()
        check_namespaces()
        check_user_namespace()
        check_root()
        check_copy_on_write()
        check_confinement()
        check_limits()
        check_hostile_root()
        check_world(before, "what ended by itself")
        check_ends(before)
    finally:
        for process in STARTED:
            process.kill()  # one that has ended already is no error
        shutil.rmtree(STATE, ignore_errors=True)
    if FAILURES:
        vt.fail(*FAILURES)
    print("passed")


if __name__ == "__main__":
    sys.exit(main())
