# SPDX-License-Identifier: Apache-2.0
"""strace(1) beside a trace, on daemons that ran before either: a witness of what they do, and of all that
they start."""
import os
import subprocess
import time

import strace_witness as sw
import vitrine_trace as vt


class Attached:
    """strace beside a trace, on processes that ran before either."""

    def __init__(self, log, pids):
        self.log = log
        self.threads = {int(tid) for pid in pids for tid in os.listdir(f"/proc/{pid}/task")}
        words = [word for pid in pids for word in ("-p", str(pid))]
        # One thread of them that it cannot have, and it leaves all: then its first line says why.
        self.process = subprocess.Popen(sw.command(log, ["-ttt", *words]), stdin=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True)

    def __enter__(self):
        while not self.threads <= self.attached():
            if self.process.poll() is not None:
                vt.skip(f"strace cannot attach: {self.process.stderr.read().strip()}")
            time.sleep(0.05)
        return self

    def attached(self):
        """Those of the threads that it traces, or that have ended."""
        found = set()
        for tid in self.threads:
            try:
                with open(f"/proc/{tid}/status", encoding="utf-8") as status:
                    if f"TracerPid:\t{self.process.pid}\n" in status.read():
                        found.add(tid)
            except OSError:
                found.add(tid)
        return found

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate()


def daemon_threads(calls, threads):
    """Those that were there, and the threads that they made since: what they do need not belong to what
    is traced. All other processes began meanwhile."""
    daemons = set(threads)
    for call in calls: # in the order of their begin: a thread is made before it acts
        made = sw.tuple_of_call(call)
        if call.tid in daemons and made and made[0] in ("clone", "clone3") \
                and "CLONE_THREAD" in made[1] and call.value:
            daemons.add(call.value)
    return daemons


def compare(attached, trace, until):
    """The trace must have each call of the processes that began meanwhile, up to the time `until`; of
    the daemons it has what belongs to the trace, which must be what they did. Returns the errors, and how
    many calls were compared."""
    calls = sw.read_calls(attached.log)
    daemons = daemon_threads(calls, attached.threads)
    by_tid = {call.tid: ([], []) for call in calls}
    for call in calls:
        seen = sw.tuple_of_call(call)
        if seen is not None:
            by_tid[call.tid][0].append(((seen, call.value, call.error), call.begin))
    for event in trace.events:
        seen = sw.tuple_of_event(event)
        if seen is not None and event["process"]["tid"] in by_tid:
            result = event["result"]
            by_tid[event["process"]["tid"]][1].append((seen, result["value"], result.get("errno")))
    errors, compared = [], 0
    for tid, (witnessed, traced) in by_tid.items():
        compared += len(traced)
        if tid in daemons:
            errors += subset_errors(tid, [call for call, _ in witnessed], traced)
        else:
            due = [call for number, (call, begin) in enumerate(witnessed)
                   if begin < until or number < len(traced)]
            errors += sw.compare_thread(tid, due, traced)
    return errors, compared


def subset_errors(tid, witnessed, traced):
    """Each traced call must be among those witnessed, in order."""
    rest = iter(witnessed)
    for event in traced:
        value = event[1] if event[2] is None else -1
        if not any(sw.same(call[0], event[0]) and (call[1] is None or call[1:] == (value, event[2]))
                   for call in rest):
            return [f"{tid}, a daemon's: strace did not see {event} there"]
    return []
