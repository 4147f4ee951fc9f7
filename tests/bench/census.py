#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long a census takes, by both ways, beside lsns(8): census.py [BUILD] [PROCESSES]

200 of the processes are in five namespaces of their own. The best of some runs; processor time is the
figure that other load does not change. No test: asserts nothing.
"""
import os
import resource
import subprocess
import sys
import time

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build/release"
COUNT = sys.argv[2] if len(sys.argv) > 2 else "5000"
EVERYTHING = ["threads", "files", "namespaces", "security"]
TAKE = f"{BUILD}/tests/take_census"


def whole(*command, runs=5):
    """Best wall and processor time of a process, in milliseconds."""
    best = (1e9, 1e9)
    for _ in range(runs):
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        begin = time.monotonic()
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wall = time.monotonic() - begin
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
        best = min(best[0], wall * 1e3), min(best[1], cpu * 1e3)
    return best


def inside(way, wanted, runs=10):
    """The same of opening and of a rescan in a running process."""
    text = subprocess.run([TAKE, way, *wanted, f"times={runs}"], capture_output=True, text=True).stdout
    rows = {}
    for line in text.splitlines():
        what, wall, _, _, cpu, _ = line.replace(",", "").split()
        known = rows.get(what, (1e9, 1e9))
        rows[what] = min(known[0], float(wall)), min(known[1], float(cpu))
    return rows


def show(what, times):
    print(f"{what:58} {times[0]:9.1f} {times[1]:9.1f}")


def main():
    if os.geteuid() != 0:
        sys.exit("needs root")
    sleepers = subprocess.Popen([f"{BUILD}/tests/sleepers", COUNT, "200"], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, text=True)
    sleepers.stdout.readline()
    print(f"{COUNT} sleepers, 200 of them in 5 namespaces of their own; milliseconds")
    print(f"{'':58} {'wall':>9} {'processor':>9}")
    for way in ("required", "never"):
        name = "iterators" if way == "required" else "/proc"
        for wanted in ([], ["namespaces"], EVERYTHING):
            for what, times in inside(way, wanted, 10 if way == "required" else 2).items():
                if what == "take" or not wanted:
                    show(f"{name}: {what} {' '.join(wanted) if what == 'take' else ''}", times)
    show("whole process, iterators, everything", whole(TAKE, "required", *EVERYTHING, "times=1"))
    show("whole process, /proc, everything", whole(TAKE, "never", *EVERYTHING, "times=1", runs=2))
    show("lsns", whole("lsns", runs=2))
    show("lsns -J", whole("lsns", "-J", runs=2))
    sleepers.stdin.close()
    sleepers.wait()


if __name__ == "__main__":
    main()
