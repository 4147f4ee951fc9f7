# SPDX-License-Identifier: Apache-2.0
"""What tracing costs docker, an idle host, and in memory over time; tests/bench/run calls these."""
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "live"))
import strace_daemons
from engines.docker import Docker

RUNS = 20
CONTAINERS = "while :; do unshare -mpfniu --mount-proc true; done"


def resident(pid):
    """KiB of memory in use, and the most that ever was."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    values = {line.split(":")[0]: line.split()[1] for line in status if line.startswith("Vm")}
    return int(values["VmRSS"]), int(values["VmHWM"])


def rows(times):
    base, base_median = min(times["nothing"]), statistics.median(times["nothing"])
    yield "", "least ms", "ratio", "median ms", "ratio"
    for name, spent in times.items():
        median = statistics.median(spent)
        yield (name, f"{min(spent) * 1e3:.0f}", f"{min(spent) / base:.3f}", f"{median * 1e3:.0f}",
               f"{median / base_median:.3f}")


def docker_runs(vitrine, rounds, directory, table):
    """20 times `docker run`, with everything that is shown of it, beside strace on the daemons."""
    with Docker() as docker:
        run = " ".join(["docker", "run", "--rm", "--network", "none", "box", "true"])
        loop = ["/bin/sh", "-e", "-c", f"i=0; while [ $i -lt {RUNS} ]; do {run}; i=$((i+1)); done"]

        def spent(command):
            begin = time.monotonic()
            with open(directory / "trace", "wb") as output:
                subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, check=True,
                               env=docker.environment)
            return time.monotonic() - begin

        def beside_strace(command):
            with strace_daemons.Attached(str(directory / "strace"), docker.daemon_pids()):
                return spent(command)

        ways = {"nothing": lambda: spent(loop),
                "vitrine trace": lambda: spent([vitrine, "trace", "--format", "ndjson", "--", *loop])}
        if shutil.which("strace"):
            ways["strace -f -p"] = lambda: beside_strace(loop)
        times = {name: [] for name in ways}
        spent(loop) # warms the caches
        for _ in range(rounds):
            for name, way in ways.items():
                times[name].append(way())
    table(f"docker: {RUNS} times docker run --rm box true", list(rows(times)))


def idle(vitrine, seconds, table):
    """The tracer's own processor time while it watches a host on which nothing happens for it."""
    process = subprocess.Popen([vitrine, "trace", "--all", "--for", f"{seconds}s", "--format", "ndjson"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    start = process.stdout.readline() # loading and attaching is over
    before = processor_time(process.pid)
    begin = time.monotonic()
    events = sum(1 for _ in process.stdout)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0 or not start:
        sys.exit(f"vitrine trace --all: {status}")
    spent = usage.ru_utime + usage.ru_stime - before
    table(f"idle: vitrine trace --all for {seconds} s", [
        ("", "processor ms", "of one core", "lines"),
        ("tracer", f"{spent * 1e3:.0f}", f"{100 * spent / (time.monotonic() - begin):.2f} %", events)])


def processor_time(pid):
    words = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def busy(vitrine, minutes, table):
    """Resident memory while containers come and go all the time, as each sink keeps it."""
    lines = [("", "after 10 %, MiB", "at the end", "at most")]
    tracers = {}
    for name in ("text", "ndjson"):
        tracers[name] = subprocess.Popen(
            [vitrine, "trace", "--format", name, "--", "/bin/sh", "-c", CONTAINERS],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True)
    try:
        time.sleep(6 * minutes)
        early = {name: resident(process.pid)[0] for name, process in tracers.items()}
        time.sleep(54 * minutes)
        for name, process in tracers.items():
            late, most = resident(process.pid)
            lines.append((name, *(f"{kib / 1024:.1f}" for kib in (early[name], late, most))))
    finally:
        for process in tracers.values():
            os.killpg(process.pid, signal.SIGINT)
            process.wait()
    table(f"memory: containers for {minutes} minutes", lines)
