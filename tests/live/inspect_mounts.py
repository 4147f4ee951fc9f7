#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The mounts of mount namespaces that are reached in five ways (made_mounts.py): compared with their own
mountinfo, with findmnt(8) in there, with where their paths lead, and one way of reading with the other."""
import json
import os
import re
import shutil
import subprocess

import leftovers
import made_mounts
import namespace_makers as makers
import vitrine_trace as vt

TAKE_MOUNTS = vt.TESTS + "/take_mounts"


def need_root():
    if os.geteuid() != 0:
        vt.skip("namespaces of others need root")
    if not os.access(TAKE_MOUNTS, os.X_OK):
        vt.skip(f"{TAKE_MOUNTS} is not built")


def take(*words):
    """Of every process of this host."""
    done = subprocess.run([TAKE_MOUNTS, *words, *map(str, leftovers.pids())], capture_output=True,
                          text=True, timeout=120, check=False)
    if done.returncode != 0:
        vt.fail(f"take_mounts {words}: exit status {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


def bytes_of(row, name):
    """A string of the document, or a list of them, as the bytes it stands for."""
    def plain(text):
        raw = text.encode()
        if name not in row.get("escaped", []):
            return raw
        return re.sub(rb"\\(\\|x[0-9a-f]{2})",
                      lambda m: b"\\" if m.group(1) == b"\\" else bytes([int(m.group(1)[1:], 16)]), raw)
    value = row[name]
    if value is None:
        return None
    return [plain(text) for text in value] if isinstance(value, list) else plain(value)


def expected_of(line):
    """A line of mountinfo, proc_pid_mountinfo(5), parsed on its own."""
    fields = line.split(b" ")
    dash = fields.index(b"-", 6)
    optional = dict(field.partition(b":")[::2] for field in fields[6:dash])
    group = lambda name: int(optional[name]) if name in optional else None
    plain = made_mounts.unescape
    split = lambda text: [plain(option) for option in text.split(b",")]
    return {"id": int(fields[0]), "parent": int(fields[1]),
            "device": tuple(int(number) for number in fields[2].split(b":")),
            "root": plain(fields[3]), "mount_point": plain(fields[4]), "options": split(fields[5]),
            "peer_group": group(b"shared"), "master_group": group(b"master"),
            "propagate_from": group(b"propagate_from"), "unbindable": b"unbindable" in optional,
            "type": plain(fields[dash + 1]), "source": plain(fields[dash + 2]),
            "super_options": split(fields[dash + 3])}


def seen_of(mount):
    seen = {name: mount[name] for name in ("peer_group", "master_group", "propagate_from", "unbindable")}
    for name in ("root", "mount_point", "options", "type", "source", "super_options"):
        seen[name] = bytes_of(mount, name)
    return {**seen, "id": int(mount["id"].split(":")[1]),
            "parent": mount["parent"] and int(mount["parent"].split(":")[1]),
            "device": (mount["device_major"], mount["device_minor"])}


def mounts_of(told, snapshot):
    """Those of one namespace, by their id there."""
    rows = (mount for mount in snapshot["mounts"] if mount["id"].startswith(f"{told['inode']}:"))
    return {int(mount["id"].split(":")[1]): mount for mount in rows}


def lines_of(told):
    """What its own mountinfo had, by id. Made here are those that nobody else can take away: other
    tests' mounts, of which there are copies, go when their directories are removed."""
    lines = [expected_of(line) for line in told["mountinfo"].encode("latin-1").splitlines()]
    made = {line["id"] for line in lines if b"/inspect-mounts." in line["mount_point"]}
    return {line["id"]: line for line in lines}, made


def overlay_errors(told, mounts):
    errors = []
    for place, expected in told["overlays"].items():
        overlay = next(mount["overlay"] for mount in mounts.values()
                       if bytes_of(mount, "mount_point") == place.encode("latin-1"))
        names = ("lower", "upper", "work")
        seen = {**overlay, **{name: bytes_of(overlay, name) for name in names}}
        latin = lambda value: value and value.encode("latin-1")
        wanted = {**expected, "lower": list(map(latin, expected["lower"])),
                  "upper": latin(expected["upper"]), "work": latin(expected["work"])}
        # Of a namespace that nobody lives in, no path leads to the directories.
        if not told["reachable"]:
            wanted = {**wanted, "lower_layers": [], "upper_layer": None}
        errors += [f"{name} of {place!r}: {seen[name]} instead of {value}"
                   for name, value in wanted.items() if seen[name] != value]
    return errors


def compare(told, snapshot):
    """The mounts of a namespace with what it said itself."""
    mounts = mounts_of(told, snapshot)
    lines, made = lines_of(told)
    if not made <= mounts.keys() <= lines.keys() or len(made) < 2:
        return [f"{len(mounts)} mounts of {len(lines)}, of which {len(made)} were made here"]
    errors = []
    for id, mount in mounts.items():
        line = lines[id]
        point = line["mount_point"]
        expected = {**line, "parent": line["parent"] if line["parent"] in lines else None}
        seen = seen_of(mount)
        errors += [f"{name} of {point}: {seen[name]!r} instead of {value!r}"
                   for name, value in expected.items() if seen[name] != value]
        reached = told["leads_to"][point.decode("latin-1")] == id
        if id in made and reached == mount["covered"]:
            errors.append(f"{point} ({id}): covered is {mount['covered']}")
        file = (mount["namespace_file"] or "").encode()
        if file != (line["root"] if line["type"] == b"nsfs" else b""):
            errors.append(f"namespace_file of {point}: {file}")
    return errors + overlay_errors(told, mounts)


def propagation_of(mount):
    """As findmnt(8) words it."""
    words = ["shared" if mount["peer_group"] else "private"]
    words += ["slave"] * (mount["master_group"] is not None)
    return ",".join(words + ["unbindable"] * mount["unbindable"])


def compare_with_findmnt(told, snapshot):
    """What another program sees from inside."""
    if shutil.which("findmnt") is None or shutil.which("nsenter") is None:
        print("findmnt or nsenter is missing: not compared with")
        return []
    done = subprocess.run(["nsenter", "-t", str(told["pid"]), "-m", "findmnt", "-rn", "-o",
                           "ID,MAJ:MIN,FSTYPE,PROPAGATION"], capture_output=True, text=True, check=True)
    rows = {int(row[0]): row[1:] for row in map(str.split, done.stdout.splitlines())}
    mounts = mounts_of(told, snapshot)
    seen = {id: [f"{mount['device_major']}:{mount['device_minor']}", mount["type"], propagation_of(mount)]
            for id, mount in mounts.items()}
    _, made = lines_of(told)
    return [f"findmnt has {rows.get(id)} of {id}, not {seen.get(id)}" for id in made
            if rows.get(id) != seen.get(id)]


def compare_ways(listed, read, namespaces):
    """One host, two ways: but for what others change meanwhile, the same."""
    again = take()
    errors = []
    for told in namespaces:
        first, second, third = ({id: {**mount, "unique_id": None}
                                 for id, mount in mounts_of(told, snapshot).items()}
                                for snapshot in (listed, read, again))
        errors += [f"read in two ways: {first.get(id)} and {second.get(id)}"
                   for id in sorted(first.keys() | second.keys())
                   if first.get(id) != second.get(id) and first.get(id) == third.get(id)]
    return errors


def release(told):
    """Does what is said to let go of the namespace, whose mounted file has a hostile name."""
    name = f"mnt:[{told['inode']}]"
    row = next(row for row in take()["namespaces"] if row["id"] == name)
    kinds = [by["kind"] for by in row["kept_alive_by"]]
    if kinds != ["bind_mount"] or row["processes"] != 0:
        return [f"{name} is kept alive by {kinds}"]
    subprocess.run([b"/bin/sh", b"-c", bytes_of(row["kept_alive_by"][0], "release")], check=True)
    left = take()
    if name in [row["id"] for row in left["namespaces"]] or mounts_of(told, left):
        return [f"{name} outlives its release"]
    return []


def all_errors(run):
    with run("lived_in") as plain, run("chrooted") as jail, run("of_a_slave") as slave, \
            run("held_by_file") as file, run("held_by_mount") as mounted:
        namespaces = {"lived in": plain, "chrooted": jail, "slave": slave, "open file": file,
                      "mounted file": mounted}
        for told in namespaces.values():
            told["reachable"] = told is plain
        errors = []
        listed, read = take(), take("mountinfo")
        for name, told in namespaces.items():
            for snapshot in (listed, read):
                errors += [f"{name}, {snapshot['sources']}: {error}" for error in compare(told, snapshot)]
        errors += compare_with_findmnt(plain, listed) + compare_with_findmnt(slave, listed)
        errors += compare_ways(listed, read, namespaces.values())
        if not {"setns", "/proc/PID/mountinfo"} <= set(read["sources"]):
            errors.append(f"sources: {read['sources']}")
        if "statmount" in listed["sources"] and not all(m["unique_id"] for m in listed["mounts"]):
            errors.append("a mount has no unique id")
        errors += [f"could not be seen: {error}" for error in listed["errors"]]
        errors += release(mounted)
        print(len(listed["mounts"]), "mounts,", listed["sources"], read["sources"], "overlays:",
              [os.path.basename(place) for place in plain["overlays"]])
    return errors


def main():
    need_root()
    directory = vt.tempfile.mkdtemp(prefix="inspect-mounts.")
    try:
        for name in ("work", "held"):
            os.mkdir(f"{directory}/{name}")
        errors = all_errors(lambda function: makers.running(__file__, function, directory + "/work"))
        errors += [f"left mounted: {line}" for line in leftovers.mounts() if directory in line]
    finally:
        shutil.rmtree(directory)
    if errors:
        vt.fail(*errors[:20])


if __name__ == "__main__":
    if not makers.serve(made_mounts.ALL):
        main()
