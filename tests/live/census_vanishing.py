#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Processes and namespaces that come and go while a census is taken are no errors, and are never mixed up with
others: storms of fork, exec and unshare beside those that stay."""
import collections
import os
import subprocess

from census_holders import Holders
from census_two_ways import by_pid, take
from vitrine_trace import TESTS, fail, skip

SECONDS = "8"
UNSHARE = "while :; do unshare --user --map-root-user --net --pid --fork --uts --ipc true; done"
CENSUSES = 8  # by each way
problems = []


def check(condition, *words):
    if not condition:
        problems.append(" ".join(str(word) for word in words))


def refusals(document):
    return {(error["source"], error["error"]) for error in document["errors"]}


def stays(document, pids):
    """What does not change of processes that only sleep."""
    changing = ("state",)
    return {pid: {field: value for field, value in (by_pid(document, pid) or {}).items() if field not in changing}
            for pid in pids}


def check_identities(document, raw):
    """An inode is used again as soon as it is free, a unique id never: both name one namespace each."""
    for what in ("processes", "namespaces"):
        ids = collections.Counter(one["id"] for one in raw[what])
        check(max(ids.values()) == 1, what, "twice:", ids.most_common(1))
    unique = [one["unique_id"] for one in raw["namespaces"] if one["unique_id"] is not None]
    check(len(unique) == len(set(unique)), "unique ids twice")
    for process in document["processes"].values():
        for link, inode in process["namespaces"].items():
            id = f"{link.removesuffix('_for_children')}:[{inode}]"
            check(inode is None or id in document["namespaces"], process["id"], "lives in unknown", id)


def main():
    if os.geteuid() != 0:
        skip("a census of others' namespaces needs root")
    document, _, error = take("required")
    if document is None:
        skip(error)
    with Holders() as holders:
        calm = {way: take(way)[0] for way in ("required", "never")}
        pids = sorted(holders.pids.values())
        known = {way: stays(document, pids) for way, document in calm.items()}
        storms = [holders.start([f"{TESTS}/fork_storm", SECONDS, "/dev/null"]), holders.start(["sh", "-c", UNSHARE])]
        seen = set()
        for _ in range(CENSUSES):
            for way in calm:
                document, raw, error = take(way)
                if document is None:
                    check(False, way, error)
                    continue
                check(refusals(document) <= refusals(calm[way]), way, "new refusals:",
                      refusals(document) - refusals(calm[way]))
                check(stays(document, pids) == known[way], way, "those that stay have changed")
                check_identities(document, raw)
                seen |= document["processes"].keys() - calm[way]["processes"].keys()
        check(storms[1].poll() is None, "the storm is over")
        check(len(seen) > CENSUSES, "only", len(seen), "processes came and went")
        print(f"{len(seen)} processes were seen to come and go in {2 * CENSUSES} censuses")
    if problems:
        fail(*problems)


if __name__ == "__main__":
    main()
