# SPDX-License-Identifier: Apache-2.0
"""What a trace says of processes and mounts, played back, to be compared with what a program inside
says of itself."""
import os
import re
import shutil

import vitrine_trace as vt


def namespaces_of(trace):
    """The namespaces of each process at its end; its pid and time namespaces are those of its birth."""
    processes = {}
    own = {}
    for event in trace.events:
        after = event["result"].get("after")
        if after is None:
            continue
        child = event["result"].get("child_pid")
        who = child if child is not None else event["process"]["pid"]
        processes[who] = dict(after)
        if child is not None:
            own[child] = after
    for pid, birth in own.items():
        processes[pid]["pid"] = birth["pid"]
    return processes


def parent_of(trace, pid):
    for event in trace.events:
        if event["process"]["pid"] == pid:
            return event["process"]["parent_pid"]
    return None


def namespace_errors(trace, links):
    """`links` are lines like "uts:[4026532180]" that a process of the container printed: some process
    of the trace must have had exactly those namespaces."""
    said = dict(link.split(":", 1) for link in links)
    said = {kind: f"{kind}:{inode}" for kind, inode in said.items()}
    for known in namespaces_of(trace).values():
        if all(known.get(kind) == link for kind, link in said.items()):
            return []
    return [f"no process of the trace has the namespaces {said}"]


def mounts_of(trace):
    """By id, the newest event that made a mount."""
    made = {}
    for event in trace.events:
        mount = event["result"].get("new_mount")
        if mount is not None and "mountpoint" in event["result"]:
            made[mount["id"]] = event
    return made


def moves_of(trace):
    """Where mounts were moved to, by where they were made."""
    moves = {}
    for event in trace.of_type("mount.mount"):
        args = event["args"]
        if "MS_MOVE" in args["flags"] and "errno" not in event["result"]:
            source = args.get("source_fd_path") or args["source"]
            moves[source] = args.get("target_fd_path") or args["target"]
    return moves


def mountinfo_errors(trace, lines, least):
    """`lines` are those of /proc/self/mountinfo inside: each mount but the root must have been made in
    the trace, with that type, source, device and place."""
    made = mounts_of(trace)
    moved = moves_of(trace)
    errors = []
    compared = 0
    for line in lines:
        front, back = line.split(" - ", 1)
        number, _, device, _, place = front.split()[:5]
        fstype, source = (word.encode().decode("unicode_escape") for word in back.split()[:2])
        event = made.get(int(number))
        if event is None:
            if place != "/":
                errors.append(f"no event made the mount {line}")
            continue
        compared += 1
        result = event["result"]
        traced = (result["mount_fstype"], result["mount_source"], result["new_mount"]["device"])
        if traced != (fstype, source, device):
            errors.append(f"{place}: the trace has {traced}, mountinfo {(fstype, source, device)}")
        there = moved.get(result["mountpoint"], result["mountpoint"])
        if place != "/" and not there.endswith(place):
            errors.append(f"{place}: the trace has it at {there}")
    if compared < least:
        errors.append(f"only {compared} mounts were compared")
    return errors


def busybox_root(directory):
    """A root file system with nothing but busybox."""
    busybox = shutil.which("busybox")
    if busybox is None:
        vt.skip("busybox is not installed")
    for name in ("bin", "proc", "sys", "dev", "tmp", "etc"):
        os.makedirs(f"{directory}/{name}", exist_ok=True)
    shutil.copy(busybox, f"{directory}/bin/busybox")
    for name in ("sh", "mount", "ps", "cat", "readlink", "true", "echo", "rm", "sleep"):
        os.symlink("busybox", f"{directory}/bin/{name}")
    return directory


# What a container prints about itself, between marks that nothing else prints.
SELF_PORTRAIT = ("echo NAMESPACES; for n in mnt uts ipc net pid cgroup user; do "
                 "readlink /proc/self/ns/$n; done; echo MOUNTS; cat /proc/self/mountinfo; echo END")


def read_portrait(text):
    """The namespaces and the mountinfo lines that SELF_PORTRAIT printed."""
    found = re.search(r"^NAMESPACES\n(.*?)^MOUNTS\n(.*?)^END$", text, re.S | re.M)
    if found is None:
        vt.fail("the command did not describe itself: " + text)
    return found.group(1).split(), found.group(2).splitlines()
