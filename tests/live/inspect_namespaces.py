#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is told of namespaces that processes live in: uid maps, host names and who lives there, as the
processes' own files have them."""
import os
import signal
import subprocess

import inspect_mounts as mounts
import namespace_makers as makers
import vitrine_trace as vt

CLONE_NEWUSER, CLONE_NEWUTS = 0x10000000, 0x04000000
NAME = b"of \x1b[31m\xff\n"


def own_errors(rows):
    own = rows[os.readlink("/proc/self/ns/uts")]
    return [] if own["hostname"] == os.uname().nodename else [f"own host name {own['hostname']}"]


def made_errors(pid, rows):
    user, uts = (rows[os.readlink(f"/proc/{pid}/ns/{kind}")] for kind in ("user", "uts"))
    errors = []
    for name in ("uid_map", "gid_map"):
        with open(f"/proc/{pid}/{name}") as text:
            lines = [[int(number) for number in line.split()] for line in text]
        if [[line["inside"], line["outside"], line["count"]] for line in user[name]] != lines:
            errors.append(f"{name}: {user[name]} instead of {lines}")
    if mounts.bytes_of(uts, "hostname") != NAME:
        errors.append(f"hostname of {uts}")
    for row in (user, uts):
        held = [(by["kind"], by["process"]) for by in row["kept_alive_by"]]
        if row["processes"] != 1 or held != [("process", row["oldest"])]:
            errors.append(f"{row['id']} is held by {held}")
        if not (row["oldest"] or "").startswith(f"{pid}:"):
            errors.append(f"oldest of {row['id']}: {row['oldest']}")
    return errors


def live():
    """A process in a user namespace with two lines of ids, whose host is named as none may be."""
    inside, outside = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            makers.call("unshare", CLONE_NEWUSER | CLONE_NEWUTS)
            makers.call("sethostname", NAME, len(NAME))
            os.write(outside, b".")
            signal.pause()
        finally:
            os._exit(1)
    os.close(outside)
    with os.fdopen(inside, "rb") as ready:
        if ready.read(1) != b".":
            vt.fail("no user namespace could be made")
    for name, text in (("uid_map", "0 0 1\n1 100000 65535\n"), ("gid_map", "0 5 7\n")):
        with open(f"/proc/{child}/{name}", "w") as file:
            file.write(text)
    return child


def main():
    mounts.need_root()
    child = live()
    try:
        rows = {row["id"]: row for row in mounts.take()["namespaces"]}
        errors = made_errors(child, rows) + own_errors(rows)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if errors:
        vt.fail(*errors)


if __name__ == "__main__":
    main()
