# SPDX-License-Identifier: Apache-2.0
"""Mount namespaces to see: lived in, seen through chroot(2) only, with a master elsewhere, held by an open
file only and by a mounted file only. Each says of itself, from inside, what must be seen of it."""
import errno
import os
import re

import namespace_makers as makers

HOSTILE = b"odd \n\\\xff\x1b[31m,'"


def unescape(text):
    """Octal escapes of mountinfo: proc_pid_mountinfo(5)."""
    return re.sub(rb"\\([0-7]{3})", lambda match: bytes([int(match.group(1), 8)]), text)


def leads_to(path):
    """The id of the mount that a path leads to: proc_pid_fdinfo(5)."""
    try:
        fd = os.open(path, os.O_PATH | os.O_NOFOLLOW)
    except OSError:
        return None
    with open(f"/proc/self/fdinfo/{fd}") as text:
        found = int(re.search(r"mnt_id:\s*(\d+)", text.read()).group(1))
    os.close(fd)
    return found


def portrait(overlays):
    """What the namespace is and holds. Bytes are latin-1, to pass through JSON."""
    with open("/proc/thread-self/mountinfo", "rb") as text:
        lines = text.read()
    points = {unescape(line.split(b" ")[4]) for line in lines.splitlines()}
    return {"inode": os.stat("/proc/thread-self/ns/mnt").st_ino, "pid": os.getpid(),
            "mountinfo": lines.decode("latin-1"), "overlays": overlays,
            "leads_to": {point.decode("latin-1"): leads_to(point) for point in points}}


def identity(path):
    status = os.stat(path)
    return f"{os.major(status.st_dev)}:{os.minor(status.st_dev)}:{status.st_ino}"


def overlay(lower, data=(), upper=None, work=None):
    """What must be told of one: names, and whose they are."""
    names = [path.decode("latin-1") for path in (*lower, *data)]
    return {"lower": names, "data_only": len(data), "upper": upper and upper.decode("latin-1"),
            "work": work and work.decode("latin-1"),
            "lower_layers": [identity(path) for path in (*lower, *data)],
            "upper_layer": upper and identity(upper)}


def escape_option(path):
    """For the option lowerdir= of mount(2): Documentation/filesystems/overlayfs.rst."""
    return re.sub(rb"([\\:,])", rb"\\\1", path)


def make_overlays(at):
    """By mount point: the options of mount(2), those of the new mount API, and layers for data only.
    What this kernel refuses of the latter two is left out."""
    first, second, third = at(b"l:1"), at(HOSTILE + b"2"), at(b"l,3")
    upper, work = at(b"up,\xff"), at(b"work")
    makers.mount("o", at(b"old"), "overlay", 0,
                 b"lowerdir=" + escape_option(first) + b":" + escape_option(second) +
                 b",upperdir=" + upper.replace(b",", b"\\,") + b",workdir=" + work)
    made = {at(b"old"): overlay([first, second], (), upper, work)}
    try:
        makers.mount_by_file(b"overlay", [(b"lowerdir+", first), (b"lowerdir+", second),
                                          (b"lowerdir+", third)], at(b"new"))
        made[at(b"new")] = overlay([first, second, third])
        makers.mount_by_file(b"overlay", [(b"metacopy", b"on"), (b"lowerdir+", third),
                                          (b"datadir+", first)], at(b"data"))
        made[at(b"data")] = overlay([third], [first])
    except OSError as refused:
        if refused.errno not in (errno.EINVAL, errno.ENOSYS):
            raise
    return {place.decode("latin-1"): told for place, told in made.items()}


def make_mounts(directory):
    """In a namespace of its own: covered ones, hostile names, overlays, all propagations."""
    makers.own_mount_namespace()
    makers.mount("tmpfs", directory, "tmpfs")
    at = lambda name: os.path.join(os.fsencode(directory), name)
    for name in (b"a/b", HOSTILE, b"l:1", HOSTILE + b"2", b"l,3", b"up,\xff", b"work", b"old", b"new",
                 b"data", b"ns", b"master", b"slave", b"alone"):
        os.makedirs(at(name))
    for name in (b"a/b", HOSTILE, b"alone", b"a/b"):
        makers.mount(HOSTILE, at(name), "tmpfs")
    os.makedirs(at(b"a/b/deep"))
    makers.mount("deep", at(b"a/b/deep"), "tmpfs")
    makers.mount("over", at(b"a"), "tmpfs")
    makers.mount("none", at(b"alone"), None, makers.MS_UNBINDABLE)
    makers.mount("m", at(b"master"), "tmpfs")
    makers.mount("none", at(b"master"), None, makers.MS_SHARED)
    makers.mount(at(b"master"), at(b"slave"), None, makers.MS_BIND)
    makers.mount("none", at(b"slave"), None, makers.MS_SLAVE)
    makers.mount("none", at(b"slave"), None, makers.MS_SHARED)
    for kind in (b"net", b"uts", b"user"):
        file = at(b"ns/" + kind + HOSTILE)
        open(file, "w").close()
        makers.mount(b"/proc/self/ns/" + kind, file, None, makers.MS_BIND)
    return make_overlays(at)


def lived_in(directory):
    return portrait(make_mounts(directory)), None


def of_a_slave(directory):
    """A namespace with a mount whose master is in another one, and the master's master here again."""
    makers.own_mount_namespace()
    makers.mount("tmpfs", directory, "tmpfs")
    first, second = directory + "/first", directory + "/second"
    os.mkdir(first)
    os.mkdir(second)
    makers.mount("t", first, "tmpfs")
    makers.mount("none", first, None, makers.MS_SHARED)
    makers.mount(first, second, None, makers.MS_BIND)
    makers.mount("none", first, None, makers.MS_SLAVE)
    makers.mount("none", first, None, makers.MS_SHARED)

    def inside():
        makers.call("unshare", makers.CLONE_NEWNS)
        makers.mount("none", first, None, makers.MS_SLAVE)
        return portrait({})
    told, child, stay = makers.in_child(inside)
    if "propagate_from" not in told["mountinfo"]:
        raise RuntimeError("nothing is propagated from afar")
    return told, (child, stay)


def chrooted(directory):
    told = portrait(make_mounts(directory))
    os.chroot(os.path.join(directory, "master"))
    os.chdir("/")
    return told, None


def held_by_file(directory):
    """Of a namespace whose only process ends, and what is left of it: an open file."""
    told, child, end = makers.in_child(lambda: portrait(make_mounts(directory)))
    keep = os.open(f"/proc/{child}/ns/mnt", os.O_RDONLY)
    os.close(end)
    os.waitpid(child, 0)
    return told, keep


def held_by_mount(directory):
    """In one's own namespace the file of another one is mounted, and not open any more."""
    makers.own_mount_namespace()
    held = os.path.realpath(directory + "/../held").encode()
    makers.mount("t", held, "tmpfs")
    file = held + b"/" + HOSTILE
    open(file, "w").close()
    while True:
        told, fd = held_by_file(directory)
        try:
            makers.mount(f"/proc/self/fd/{fd}", file, None, makers.MS_BIND)
            return told, None
        except OSError as refused:
            # Only a namespace with a higher id may be mounted, and CPUs have ids in advance (6.18).
            if refused.errno != errno.EINVAL:
                raise
        finally:
            os.close(fd)


ALL = (lived_in, chrooted, of_a_slave, held_by_file, held_by_mount)
