#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A census by BPF iterators and one by /proc give the same objects, and both have what lsns(8) has."""
import json
import os
import subprocess
import sys

from census_holders import HOSTILE_NAME, Holders
from vitrine_trace import TESTS, fail, skip

WANTED = ["threads", "files", "namespaces", "commands", "security"]
problems = []


def check(condition, *words):
    if not condition:
        problems.append(" ".join(str(word) for word in words))


def take(way, **keywords):
    """A census with its processes and namespaces by id, as it is, and why there is none."""
    done = subprocess.run([f"{TESTS}/take_census", way, *WANTED], capture_output=True, **keywords)
    if done.returncode != 0:
        return None, None, done.stderr.decode()
    raw = json.loads(done.stdout)
    by_id = {what: {one["id"]: one for one in raw[what]} for what in ("processes", "namespaces")}
    return raw | by_id, raw, None


def by_pid(document, pid):
    return next((process for id, process in document["processes"].items() if id.startswith(f"{pid}:")), None)


def compare_process(id, iterated, before, after):
    """What /proc refuses is null there; what changes meanwhile may be as it was or as it is."""
    for field, value in iterated.items():
        if value in (before[field], after[field]) or before[field] != after[field]:
            continue
        if before[field] is None:
            check(field in ("executable", "root", "namespace_files"), id, field, "only by iterators:", value)
        elif field == "namespaces":
            for kind, inode in value.items():
                check(inode == before[field][kind] or before[field][kind] is None and
                      (kind == "pid_for_children" or not any(before[field].values())), id, kind, inode, "not",
                      before[field][kind])
        elif field != "state" or {value, before[field]} - set("RSDI"):
            check(False, id, iterated["comm"], field, "is", value, "not", before[field])


def compare_namespace(id, iterated, read):
    for field, value in iterated.items():
        if field != "references":
            check(value == read[field], id, field, "is", value, "not", read[field])


def check_holder(document, holders):
    """Each way to hide a namespace, and who is named for it."""
    holder = by_pid(document, holders.pids["hold"])
    check(holder, "the holder is missing")
    if not holder:
        return
    files = {(file["namespace"], file["socket"], file["in_flight"]) for file in holder["namespace_files"]}
    net = {kind: f"net:[{holders.hidden[kind]}]" for kind in ("fd", "socket", "in_flight", "in_flight_socket")}
    for kind, flags in {"fd": (False, False), "socket": (True, False), "in_flight": (False, True),
                        "in_flight_socket": (True, True)}.items():
        check((net[kind], *flags) in files, kind, net[kind], "not among", files)
    check(any(thread["namespaces"]["uts"] == holders.hidden["thread"] for thread in holder["threads"]), "thread")
    check(holder["namespaces"]["pid_for_children"] == holders.hidden["for_children"], "for_children")
    for id in [*net.values(), f"uts:[{holders.hidden['thread']}]", f"pid:[{holders.hidden['for_children']}]"]:
        namespace = document["namespaces"].get(id)
        check(namespace and namespace["owner"] == f"user:[{os.stat('/proc/self/ns/user').st_ino}]", id, namespace)


def check_witnesses(document, holders):
    lines = subprocess.run(["lsns", "-n", "-r", "-o", "TYPE,NS"], capture_output=True, text=True).stdout.split("\n")
    alive = {f"{kind}:[{number}]" for kind, number in (line.split() for line in lines if line)}
    again = subprocess.run(["lsns", "-n", "-r", "-o", "TYPE,NS"], capture_output=True, text=True).stdout
    for id in alive:
        if id.split("[")[1].rstrip("]") in again:
            check(id in document["namespaces"], "lsns has", id)
    for pid in holders.pids.values():
        process = by_pid(document, pid)
        check(process is not None, pid, "is missing")
        if not process:
            continue
        status = dict(line.split(":\t", 1) for line in open(f"/proc/{pid}/status", errors="replace").read()
                      .splitlines() if ":\t" in line)
        credentials = process["credentials"]
        check(status["Uid"].split() == [str(credentials[f"{name}_uid"]) for name in
                                        ("real", "effective", "saved", "filesystem")], pid, "Uid")
        check(sorted(map(int, status["Groups"].split())) == credentials["groups"], pid, "Groups")
        check(status["CapBnd"] == credentials["bounding"], pid, "CapBnd")
        check(status["NoNewPrivs"] == str(int(process["no_new_privs"])), pid, "NoNewPrivs")
        places = {place["hierarchy"]: place["path"] for place in process["cgroups"]}
        for line in open(f"/proc/{pid}/cgroup").read().splitlines():
            number, _, path = line.split(":", 2)
            check(places.get(int(number)) == path, pid, line, places)
        check(process["root"] == os.readlink(f"/proc/{pid}/root"), pid, "root", process["root"])


def check_unprivileged(holders):
    """Says what it may not see, and shows the rest."""
    document, _, error = take("automatic", user=65534, group=65534, extra_groups=[])
    if document is None:
        return check(False, "nobody:", error)
    check("iter/task" not in document["sources"] and "/proc" in document["sources"], "nobody may load programs?")
    check({"source": "iter/task", "error": "EPERM", "count": 1} in document["errors"], "why not, it does not say")
    process = by_pid(document, holders.pids["hold"])
    check(process and process["comm"] and process["credentials"], "nobody sees less than it may:", process)
    check(process["namespaces"]["net"] is None and process["namespace_files"] is None and process["root"] is None,
          "nobody sees", process)
    refused = {error["source"] for error in document["errors"] if error["error"] in ("EACCES", "EPERM")}
    check({"/proc/PID/ns", "/proc/PID/fd", "/proc/PID/root"} <= refused, "not counted:", document["errors"])


def check_lists(document):
    """From 6.18 on the kernel lists its namespaces, and how often it refers to each."""
    if tuple(int(part) for part in os.uname().release.split(".")[:2]) < (6, 18):
        return
    check("namespace lists" in document["sources"], "the kernel's lists are not read:", document["sources"])
    check(all(namespace["references"] for namespace in document["namespaces"].values()), "references")


def main():
    if os.geteuid() != 0:
        skip("a census of others' namespaces needs root")
    with Holders() as holders:
        before, _, error = take("never")
        check(before is not None, error)
        iterated, _, error = take("required")
        if iterated is None:
            skip(error)
        after, _, _ = take("never")
        both = iterated["processes"].keys() & before["processes"].keys() & after["processes"].keys()
        check(len(both) > len(holders.processes), "few processes:", len(both))
        for id in both:
            compare_process(id, iterated["processes"][id], before["processes"][id], after["processes"][id])
        for id in before["processes"].keys() & after["processes"].keys():
            check(id in both, "iterators miss", before["processes"][id]["comm"], id)
        for id in before["namespaces"].keys() & after["namespaces"].keys():
            check(id in iterated["namespaces"], "iterators miss", id)
            if id in iterated["namespaces"]:
                compare_namespace(id, iterated["namespaces"][id], before["namespaces"][id])
        for document in (before, iterated):
            check_holder(document, holders)
            check_witnesses(document, holders)
        named = by_pid(iterated, holders.pids["name"])
        check(named["escaped"] and "comm" in named["escaped"], "the name", named["comm"], HOSTILE_NAME)
        forgot = by_pid(iterated, holders.pids["forget"])
        check(forgot["namespaces"]["pid_for_children"] not in (None, forgot["namespaces"]["pid"]), "forgotten")
        check_lists(iterated)
        check_unprivileged(holders)
        print(f"{len(both)} processes and {len(before['namespaces'])} namespaces are the same by both ways; sources",
              iterated["sources"])
    if problems:
        fail(*problems)


if __name__ == "__main__":
    main()
