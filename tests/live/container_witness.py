# SPDX-License-Identifier: Apache-2.0
"""A container that waits at its gate, as the host sees it: /proc, cgroupfs and the layers on disk. What
a trace tells of the same container must be that."""
import hashlib
import os
import pathlib
import stat

import vitrine_trace as vt
import world
from engines import new_name

KINDS = ("mnt", "uts", "ipc", "net", "pid", "cgroup", "user", "time")
# What a script does before it waits at its gate, and how it ends.
SCRIPT = "echo a >>/etc/file; rm /bin/other; read line </gate; exit 3"
EXIT_STATUS = 3


def container_of(event):
    """Its container's id, or None."""
    container = event["container"]
    return container["id"] if isinstance(container, dict) else container


def fingerprint(directory):
    """Of all that is in a directory: names, modes, owners, times of change and contents."""
    digest = hashlib.sha256()
    for path, directories, files in os.walk(directory):
        directories.sort()
        for name in sorted(directories + files) + ["."]:
            full = os.path.join(path, name)
            status = os.lstat(full)
            digest.update(repr((full, status.st_mode, status.st_uid, status.st_gid, status.st_rdev,
                                status.st_size, status.st_mtime_ns)).encode())
            if stat.S_ISREG(status.st_mode):
                digest.update(pathlib.Path(full).read_bytes())
    return digest.hexdigest()


class Witness:
    """`running` is what the engine says; everything else is read here, from the host."""

    def __init__(self, running):
        self.running = running
        self.pid = running.pid
        self.id = running.id
        proc = pathlib.Path(f"/proc/{running.pid}")
        self.namespaces = {kind: os.readlink(proc / "ns" / kind) for kind in KINDS}
        self.mounts = (proc / "mountinfo").read_text().splitlines()
        self.cgroups = [line.split(":", 2) for line in (proc / "cgroup").read_text().splitlines()]
        self.processes = self.in_namespace()
        self.upper, self.links = self.layers_of_root()
        self.layers = {layer: fingerprint(layer) for layer in running.lower}
        self.bytes = os.stat(running.lower[-1] + "/etc/file").st_size

    def layers_of_root(self):
        """The upper directory, and where each directory that the mount's options name really is: engines
        name some by symbolic links, which go with the container."""
        root = next(line for line in self.mounts if line.split()[4] == "/")
        options = dict(option.split("=", 1) for option in root.split(" - ")[1].split()[2].split(",")
                       if "=" in option)
        named = [*options.get("lowerdir", "").split(":"), options.get("upperdir")]
        links = {path: os.path.realpath(path) for path in filter(None, named)}
        return links.get(options.get("upperdir")), links

    def real(self, path):
        return self.links.get(path, path)

    def in_namespace(self):
        """The pids of all that are in the container's pid namespace."""
        found = set()
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.readlink(f"/proc/{name}/ns/pid") == self.namespaces["pid"]:
                    found.add(int(name))
            except OSError:
                pass # it has just ended
        return found

    def cgroup_file(self, controllers, path, file):
        """What cgroupfs has in a file of the container's cgroup; None where there is no such file."""
        for place in (controllers.removeprefix("name="), "unified", ""):
            full = pathlib.Path("/sys/fs/cgroup", place, path.lstrip("/"), file)
            if full.exists():
                try:
                    return full.read_text().strip()
                except OSError:
                    return None
        return None

    def limits(self, trace):
        """For each limit that the trace has of the container's cgroups: what it says to be in force
        in the end, and what cgroupfs says now."""
        own = {path for _, _, path in self.cgroups if path != "/"}
        last = {}
        for event in trace.of_type("cgroup.write"):
            args = event["args"]
            if args["path"] in own and "errno" not in event["result"]:
                key = (args["hierarchy"]["controllers"], args["path"], args["file"])
                last[key] = event["result"]["in_force"]
        return {key: (said, self.cgroup_file(*key)) for key, said in last.items()}


def namespace_errors(trace, witness):
    known = world.namespaces_of(trace).get(witness.pid)
    if known is None:
        return [f"the trace has no process {witness.pid}, the container's first"]
    return [f"{kind}: {known.get(kind)} in the trace, {link} in /proc"
            for kind, link in witness.namespaces.items() if known.get(kind) != link]


# What the tests ask for, 64 MiB and half a processor, by the file of either version.
MEMORY = {"memory.max": "67108864", "memory.limit_in_bytes": "67108864"}
CPU = {"cpu.max": "50000 100000", "cpu.cfs_quota_us": "50000"}


def limit_errors(trace, witness, *asked):
    """The values in force are those of cgroupfs; one of each of `asked` is among them."""
    limits = witness.limits(trace)
    errors = [f"{'/'.join(key)}: {said} in force by the trace, {there} by cgroupfs"
              for key, (said, there) in limits.items() if None not in (said, there) and said != there]
    in_force = {(file, said) for (_, _, file), (said, _) in limits.items()}
    return errors + [f"nothing of {limit} is in force by the trace: {sorted(in_force)}"
                     for limit in asked if not in_force & limit.items()]


def exit_errors(trace, witness):
    ends = [event["result"] for event in trace.of_type("process.exit")
            if event["process"]["pid"] == witness.pid]
    if [end.get("exit_code") for end in ends] != [EXIT_STATUS]:
        return [f"the container's end is {ends}, not exit status {EXIT_STATUS}"]
    return []


def container_errors(trace, witness, others=()):
    """Each event of a process inside says in which container it is; so does each that names the id.
    Nothing is said of a container but this one and `others`."""
    errors = []
    known = {witness.id, *(other.id for other in others)}
    inside = processes_inside(trace, witness)
    for event in trace.events:
        told = container_of(event)
        if told is not None and told not in known and not event.get("container_guessed"):
            errors.append(f"said to be of the container {told}: {event}")
        if event["process"]["pid"] in inside and told != witness.id:
            errors.append(f"by a process of {witness.id}, said to be of {told}: {event}")
        elif told != witness.id and names_only(event, witness.id, known) \
                and not starts_the_command(event, trace) and not is_unknown_yet(event, trace, witness):
            errors.append(f"names {witness.id} only, said to be of {told}: {event}")
    if not any(event["process"]["pid"] in inside for event in trace.events):
        errors.append(f"no event of a process of {witness.id}")
    return errors


def starts_the_command(event, trace):
    """The command line itself, which comes before anything that could be known."""
    return event["type"] == "process.exec" and event["process"]["pid"] == trace.start["target_pid"]


def is_unknown_yet(event, trace, witness):
    """The look at the layers, at the end of a trace that was too short to hear of the container's."""
    return event["type"] == "overlay.layer_check" \
        and not any(note["id"] == witness.id for note in trace.notes)


def processes_inside(trace, witness):
    """The pids of all that ever were in the container's pid namespace."""
    return witness.processes | {pid for pid, namespaces in world.namespaces_of(trace).items()
                                if namespaces["pid"] == witness.namespaces["pid"]}


def names_only(event, identity, known):
    """Whether an event's arguments name this container and none of the others."""
    text = repr((event["args"], event["result"]))
    return [other for other in known if other in text] == [identity]


def note_errors(trace, witness, engine):
    """What was learnt of the engine while it ran."""
    of = [note for note in trace.notes if note["id"] == witness.id]
    said = {key: {note[key] for note in of if note[key] is not None}
            for key in ("engine", "name", "image", "init_pid")}
    wanted = {"engine": {engine}, "name": {witness.running.name}, "init_pid": {witness.pid}}
    if witness.running.image is not None:
        wanted["image"] = {witness.running.image}
    return [f"{key} of {witness.id}: {said[key]}, not {value}"
            for key, value in wanted.items() if said[key] != value]


def overlay_mounts(trace):
    return [event["result"] for event in trace.events
            if event["result"].get("overlay_lower") and "errno" not in event["result"]]


def layer_errors(trace, witness):
    """Some overlay mount has these layers, and each change is told as it is on disk."""
    errors = []
    made = overlay_mounts(trace)
    lowers = [[witness.real(layer) for layer in result["overlay_lower"]] for result in made]
    if witness.running.lower not in lowers:
        errors.append(f"no overlay of the trace has the layers {witness.running.lower}: {lowers}")
    uppers = [witness.real(result.get("overlay_upper")) for result in made]
    if witness.running.upper and witness.running.upper not in uppers:
        errors.append(f"no overlay of the trace has the upper layer {witness.running.upper}: {uppers}")
    errors += [f"the image's layer {layer} has changed" for layer, before in witness.layers.items()
               if os.path.isdir(layer) and fingerprint(layer) != before]
    return errors + change_errors(trace, witness)


def change_errors(trace, witness):
    """/etc/file was copied up and /bin/other hidden, in this overlay, by a process of the container."""
    errors = []
    for kind, path, by in (("copy_up", "/etc/file", "open"), ("whiteout", "/bin/other", "unlink")):
        events = [event for event in trace.of_type("overlay." + kind)
                  if event["result"]["path"] == path
                  and witness.real(event["result"]["upper"]) == witness.upper]
        if len(events) != 1:
            errors.append(f"{kind} of {path}: {len(events)} events, not one: {events}")
            continue
        result = events[0]["result"]
        lower = witness.real(result["lower"])
        if not os.path.lexists(lower + path) or lower != witness.running.lower[-1]:
            errors.append(f"{kind} of {path} is said to come from {lower}")
        if by not in (result["call"] or ""):
            errors.append(f"{kind} of {path} is said to be caused by {result['call']}")
        if kind == "copy_up" and result["bytes"] != witness.bytes:
            errors.append(f"{result['bytes']} bytes copied up, the image's file has {witness.bytes}")
        if events[0]["process"]["pid"] not in processes_inside(trace, witness):
            errors.append(f"{kind} of {path} is said to be done by {events[0]['process']}")
    return errors


def errors_of(trace, witness, engine, *limits):
    """Everything that must be right in the trace of a container that ran SCRIPT alone."""
    errors = vt.stream_errors(trace) + vt.schema_errors(trace)
    errors += namespace_errors(trace, witness)
    if not engine.copies_mounts:
        errors += world.mountinfo_errors(trace, witness.mounts, 5)
    errors += limit_errors(trace, witness, *limits)
    errors += layer_errors(trace, witness)
    errors += container_errors(trace, witness)
    errors += note_errors(trace, witness, engine.name)
    errors += exit_errors(trace, witness)
    return errors


def observe(engine, name, command, options=()):
    """Traces a command that runs SCRIPT in the container `name`. Returns the trace and the witness."""
    with vt.Tracing(command, ["--format", "ndjson", *options], env=engine.environment) as tracing:
        running, gate = engine.at_gate(name, tracing)
        witness = Witness(running)
        gate.open()
        return tracing.trace(), witness


def standing(engine, *script):
    """A container that an untraced client starts and that waits at its gate."""
    name = new_name()
    engine.call(engine.run(name, "sh", "-c", *script, options=["-d"]))
    running, gate = engine.at_gate(name)
    return Witness(running), gate
