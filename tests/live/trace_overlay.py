#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Copy-on-write, as tests/workloads/overlay_changes makes and states it: each change is one event with
the right file, layer, size, process and call, nothing else is, and every source that this kernel has
saw it. Also: the lower layers are proved unchanged, or changed when they were."""
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import vitrine_trace as vt

CHANGES = ("overlay.copy_up", "overlay.whiteout", "overlay.opaque", "overlay.rename")
FILES = ("append emptied created read truncated mode owner attribute time mode_by_fd from replaced "
         "left right linked gone again deep/a/b/file relative/one both/in_bottom").split()
RACERS, RACE_FILES = 8, 25 # as in overlay_changes.cpp


def in_a_mount_namespace():
    """What is mounted here goes with this process."""
    if os.environ.get("VITRINE_TEST_NAMESPACE"):
        return
    os.environ["VITRINE_TEST_NAMESPACE"] = "1"
    os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable,
                          *sys.argv])


def fill(directory):
    for name in FILES:
        path = directory / "bottom" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x" * 100)
    for name in ("empty", "socket", "race"):
        (directory / "bottom" / name).mkdir()
    for racer in range(RACERS):
        for file in range(RACE_FILES):
            (directory / "bottom/race" / f"{racer}_{file}").write_text("x" * 100)
    (directory / "bottom/link_to_read").symlink_to("read")
    for name in ("in_top", "both/in_top"):
        path = directory / "top" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x" * 100)
    for name in ("upper", "work", "merged"):
        (directory / name).mkdir()


def mount_ext4(directory):
    """False where there is no loop device or no mkfs.ext4."""
    with tempfile.NamedTemporaryFile() as image:
        image.truncate(64 << 20)
        for command in (["mkfs.ext4", "-q", "-F", image.name],
                        ["mount", "-o", "loop", image.name, directory]):
            if shutil.which(command[0]) is None:
                return False
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                print("no ext4 here:", done.stderr.strip())
                return False
    return True


class Overlay:
    """A merged directory of two lower layers, mounted until it is closed."""

    def __init__(self, directory, on="tmpfs"):
        self.path = pathlib.Path(directory)
        self.on = on
        if on != "ext4" or not mount_ext4(directory):
            self.on = "tmpfs"
            subprocess.run(["mount", "-t", "tmpfs", "tmpfs", directory], check=True)
        fill(self.path)

    def options(self):
        return (f"lowerdir={self.path}/top:{self.path}/bottom,upperdir={self.path}/upper,"
                f"workdir={self.path}/work")

    def mount(self):
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", self.options(),
                        f"{self.path}/merged"], check=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", f"{self.path}/merged"], check=False, stderr=subprocess.DEVNULL)
        # Not lazily: whoever holds a descriptor there would keep this from working.
        subprocess.run(["umount", str(self.path)], check=True)


def described(event, directory):
    """What the workload states of an event."""
    result = event["result"]
    told = {"pid": event["process"]["pid"], "type": event["type"], "call": result.get("call"),
            "path": result["path"]}
    for name in ("from", "bytes", "directory"):
        if name in result:
            told[name] = result[name]
    if event["type"] != "overlay.rename":
        told["lower"] = result.get("lower", "").removeprefix(f"{directory}/")
    return tuple(sorted(told.items()))


def compare(trace, expected, directory):
    """Each expected change once, and no other."""
    seen = collections.Counter(described(event, directory) for event in trace.of_type(*CHANGES))
    stated = collections.Counter(tuple(sorted(line.items())) for line in expected)
    errors = [f"not seen: {dict(item)}" for item in stated - seen]
    errors += [f"not stated: {dict(item)}" for item in seen - stated]
    errors += [f"upper directory {event['result'].get('upper')}" for event in trace.of_type(*CHANGES)
               if event["result"].get("upper") != f"{directory}/upper"]
    return errors


def witness_errors(trace, sources, at_once):
    """Every change was seen by every source that can see its kind. When many change an overlay at the
    same moment, the kernel's list of new files may be too long to be read to its end."""
    errors = []
    if at_once:
        sources = [source for source in sources if source != "kernel"]
    for event in trace.of_type(*CHANGES):
        wanted = [source for source in sources
                  if source != "fentry" or event["type"] == "overlay.copy_up"]
        if not set(wanted) <= set(event["result"]["witnesses"]):
            errors.append(f"{event['type']} {event['result']['path']} by "
                          f"{event['result'].get('call')}: seen by {event['result']['witnesses']}, "
                          f"not by {wanted}")
    return errors


def sources_of(trace):
    """The sources that saw anything: a source that sees one thing must see all."""
    seen = {name for event in trace.of_type("overlay.copy_up")
            for name in event["result"]["witnesses"]}
    return [name for name in ("kernel", "fanotify", "fentry") if name in seen]


def layer_errors(trace, directory, changed=()):
    errors = []
    checks = {event["result"]["lower"].removeprefix(f"{directory}/"): event["result"]
              for event in trace.of_type("overlay.layer_check")}
    for layer in ("top", "bottom"):
        check = checks.get(layer)
        files = 1 + sum(len(names) + len(files) for _, names, files in os.walk(directory / layer))
        if check is None:
            errors.append(f"layer {layer} was not checked")
            continue
        if not check["complete"] or check["files"] != files:
            errors.append(f"layer {layer}: {files} files are there, the check says {check}")
        if (check["changed"] != 0) != (layer in changed):
            errors.append(f"layer {layer} is said to be changed: {check}")
    return errors


def run(name, overlay, mode, options=(), before_mount=True):
    """Traces the workload on the overlay; with `before_mount` false the trace sees the mount, too."""
    with tempfile.NamedTemporaryFile() as statement:
        program = [vt.TESTS + "/overlay_changes", mode, f"{overlay.path}/merged", statement.name]
        if before_mount:
            overlay.mount()
            command = program
        else:
            # The pause lets fanotify begin before anything happens.
            command = ["sh", "-c", 'mount -t overlay overlay -o "$0" "$1" && sleep 0.5 && shift && '
                       'exec "$@"', overlay.options(), f"{overlay.path}/merged", *program]
        trace = vt.run_trace(command, options)
        expected = [json.loads(line) for line in pathlib.Path(statement.name).read_text().splitlines()]
    if trace.status != 0:
        vt.fail(f"{name}: exit status {trace.status}: {trace.errors}")
    sources = sources_of(trace)
    errors = vt.stream_errors(trace) + vt.schema_errors(trace)
    errors += compare(trace, expected, overlay.path)
    errors += witness_errors(trace, sources, mode == "race")
    errors += layer_errors(trace, overlay.path)
    print(f"{name}: {len(expected)} changes stated, {len(trace.of_type(*CHANGES))} seen, by",
          ", ".join(sources))
    if "kernel" not in sources or "fanotify" not in sources:
        errors.append(f"only {sources} saw anything")
    return [f"{name}: {error}" for error in errors], sources


def without_fanotify(overlay):
    """What the kernel's structs tell alone is as much, and the trace says that it is alone."""
    if shutil.which("strace") is None:
        return []
    overlay.mount()
    with tempfile.NamedTemporaryFile() as statement:
        done = subprocess.run(
            ["strace", "-o", "/dev/null", "-e", "trace=fanotify_init", "-e",
             "inject=fanotify_init:error=EPERM", vt.VITRINE, "trace", "--format", "ndjson", "--",
             vt.TESTS + "/overlay_changes", "steps", f"{overlay.path}/merged", statement.name],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240, check=False)
        expected = [json.loads(line) for line in pathlib.Path(statement.name).read_text().splitlines()]
    trace = vt.Trace(done.stdout, done.returncode, done.stderr)
    errors = vt.stream_errors(trace) + compare(trace, expected, overlay.path)
    if "fanotify" in sources_of(trace) or not any("fanotify" in note for note in trace.start["notes"]):
        errors.append(f"notes {trace.start['notes']}, seen by {sources_of(trace)}")
    return errors


def changed_layer(overlay):
    """A lower layer that somebody changes meanwhile is not called unchanged."""
    overlay.mount()
    trace = vt.run_trace(["sh", "-c", f"echo y >>{overlay.path}/merged/mode; "
                          f"sleep 0.1; echo y >>{overlay.path}/bottom/read"])
    return layer_errors(trace, overlay.path, changed=("bottom",))


def reading_costs_nothing(overlay):
    """Of files that are only read, nothing is told, whatever their number."""
    overlay.mount()
    trace = vt.run_trace(["sh", "-c", f"cd {overlay.path}/merged && cat race/* >/dev/null"])
    told = trace.of_type(*CHANGES)
    return [f"told of reading: {event}" for event in told]


def main():
    vt.need_root()
    in_a_mount_namespace()
    errors = []
    sources = []
    for name, on, mode, options, before in (
            ("mounted before", "tmpfs", "steps", (), True),
            ("mounted in the trace", "tmpfs", "steps", (), False),
            ("on ext4", "ext4", "steps", (), True),
            ("overlay events alone", "tmpfs", "steps", ("-e", "overlay"), True),
            ("at once", "tmpfs", "race", (), True)):
        with tempfile.TemporaryDirectory() as directory, Overlay(directory, on) as overlay:
            found, sources = run(f"{name} ({overlay.on})", overlay, mode, options, before)
            errors += found
    for case in (without_fanotify, changed_layer, reading_costs_nothing):
        with tempfile.TemporaryDirectory() as directory, Overlay(directory) as overlay:
            errors += [f"{case.__name__}: {error}" for error in case(overlay)]
    if os.environ.get("VITRINE_NEED_FENTRY") and "fentry" not in sources:
        errors.append("fentry saw nothing")
    if errors:
        vt.fail(*errors)


main()
