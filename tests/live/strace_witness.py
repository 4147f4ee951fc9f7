# SPDX-License-Identifier: Apache-2.0
"""strace(1) as a witness: it watches the same run, by another way, so that each thread's calls must be
the same, with the same arguments, results and descriptors, in the same order."""
import re
import shutil

import vitrine_trace as vt

CALLS = ("clone,clone3,fork,vfork,execve,execveat,unshare,setns,sethostname,setdomainname,mount,umount2,"
         "pivot_root,chroot,chdir,fchdir,fsopen,fsconfig,fsmount,fspick,open_tree,move_mount,"
         "mount_setattr,write,pwrite64,writev,setuid,setgid,setreuid,setregid,setresuid,setresgid,"
         "setfsuid,setfsgid,setgroups,capset,prctl,seccomp")
CONFINING = {"PR_SET_PDEATHSIG", "PR_SET_DUMPABLE", "PR_SET_KEEPCAPS", "PR_SET_SECCOMP",
             "PR_CAPBSET_DROP", "PR_SET_SECUREBITS", "PR_SET_CHILD_SUBREAPER",
             "PR_SET_NO_NEW_PRIVS", "PR_CAP_AMBIENT"}
PROC_FILES = {"uid_map", "gid_map", "setgroups", "oom_score_adj"}
LINE = re.compile(r"^(\d+) +(?:(\d+\.\d+) +)?(\w+)\((.*)\) += (.*)$", re.S)

RESUMED = re.compile(r"^\d+ +(?:\d+\.\d+ +)?<\.\.\. \w+ resumed>")


def command(log, traced):
    if shutil.which("strace") is None:
        vt.skip("strace is not installed")
    return ["strace", "-f", "-qq", "-y", "-s", "100000", "-e", "signal=none", "-o", log,
            "-e", "trace=" + CALLS, *traced]


# ---- strace's lines -------------------------------------------------------------------------------


def split_arguments(text):
    """At the commas that are in no string, brackets or braces."""
    parts, depth, quoted, begin, i = [], 0, False, 0, 0
    while i < len(text):
        char = text[i]
        if quoted:
            if char == "\\":
                i += 1
            elif char == '"':
                quoted = False
        elif char == '"':
            quoted = True
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == "<" and re.match(r"<[^<>]*>", text[i:]):
            i += text[i:].index(">")
        elif char == "," and depth == 0:
            parts.append(text[begin:i].strip())
            begin = i + 1
        i += 1
    if text[begin:].strip():
        parts.append(text[begin:].strip())
    return parts


def whole_lines(path):
    """Calls that another thread's line cut in two are put together, where they began."""
    lines, open_calls = [], {}
    with open(path, encoding="latin-1") as file:
        for line in file.read().splitlines():
            tid = line.split(" ", 1)[0]
            if line.endswith("<unfinished ...>"):
                open_calls[tid] = len(lines)
                lines.append(line.removesuffix("<unfinished ...>").rstrip())
            elif RESUMED.match(line) and tid in open_calls:
                rest = RESUMED.sub("", line)
                lines[open_calls.pop(tid)] += rest
            else:
                lines.append(line)
    return lines


class Call:
    def __init__(self, tid, name, arguments, result, begin=None):
        self.tid, self.name, self.arguments = tid, name, arguments
        self.begin = begin # as the clock said, with -ttt
        words = result.split()
        self.value = int(words[0].split("<")[0], 0) if words and words[0] != "?" else None
        self.error = next((word for word in words if word.startswith("E") and word.isupper()), None)

    def text(self, number):
        """A string; "?" when strace shows only its address."""
        word = self.arguments[number]
        if word == "NULL":
            return None
        if word.startswith('"'):
            end = word.rindex('"')
            raw = word[1:end].encode("latin-1").decode("unicode_escape")
            return raw.encode("latin-1").decode("utf-8", "surrogateescape")
        return "?"

    def number(self, number):
        """A descriptor or an id; -1 as the kernel means it."""
        return self.arguments[number].split("<")[0]

    def path(self, number):
        found = re.match(r"^\d+<(.*)>$", self.arguments[number])
        return found.group(1) if found else ""

    def flags(self, number, of=None):
        word = self.arguments[number]
        if of is not None:
            found = re.search(rf"\b{of}=([^,}}]*)", word)
            word = found.group(1) if found else "0"
        return flag_set(word)


def flag_set(word):
    word = re.sub(r"/\*.*?\*/", "", word)
    return frozenset(part.strip().removeprefix("1<<") for part in word.split("|")
                     if part.strip() not in ("0", "", "0x0", "MS_MGC_VAL"))


def read_calls(path):
    calls = []
    for line in whole_lines(path):
        found = LINE.match(line)
        if found:
            tid, begin, name, arguments, result = found.groups()
            calls.append(Call(int(tid), name, split_arguments(arguments), result,
                              begin and float(begin)))
    return calls


# ---- both as tuples -------------------------------------------------------------------------------

IDS = {"setuid": 1, "setgid": 1, "setreuid": 2, "setregid": 2, "setresuid": 3, "setresgid": 3,
       "setfsuid": 1, "setfsgid": 1}


def tuple_of_call(call):
    """What is compared of a call; None for one that makes no event."""
    name = call.name
    if name in ("write", "pwrite64", "writev"):
        return tuple_of_write(call)
    if name == "clone":
        flags = re.search(r"flags=([^,]*)", ", ".join(call.arguments)).group(1)
        return (name, flag_set(flags))
    if name == "clone3":
        return (name, call.flags(0, "flags") | call.flags(0, "exit_signal"))
    if name in ("fork", "vfork"):
        return (name,)
    if name in ("execve", "execveat"):
        first = 1 if name == "execveat" else 0
        argv = split_arguments(call.arguments[first + 1][1:-1])
        words = Call(0, name, argv, "0")
        return ("exec", call.text(first), tuple(words.text(i) for i in range(len(argv))))
    if name == "unshare":
        return (name, call.flags(0))
    if name == "setns":
        return (name, call.number(0), call.flags(1))
    if name in ("sethostname", "setdomainname", "chroot", "chdir"):
        return (name, call.text(0))
    if name == "fchdir":
        return (name, call.number(0), call.path(0))
    if name == "mount":
        return (name, call.text(0), call.text(1), call.text(2), call.flags(3), call.text(4))
    if name == "umount2":
        return (name, call.text(0), call.flags(1))
    if name == "pivot_root":
        return (name, call.text(0), call.text(1))
    if name == "fsopen":
        return (name, call.text(0), call.flags(1))
    if name == "fsconfig":
        return (name, call.number(0), call.arguments[1], call.text(2), call.text(3),
                call.number(4))
    if name == "fsmount":
        return (name, call.number(0), call.flags(1), call.flags(2))
    if name in ("fspick", "open_tree"):
        return (name, call.number(0), call.text(1), call.flags(2))
    if name == "move_mount":
        return (name, call.number(0), call.text(1), call.number(2), call.text(3), call.flags(4))
    if name == "mount_setattr":
        return (name, call.number(0), call.text(1), call.flags(2), call.flags(3, "attr_set"),
                call.flags(3, "attr_clr"), call.flags(3, "propagation"))
    if name in IDS:
        return (name, *(call.number(i) for i in range(IDS[name])))
    if name == "setgroups":
        groups = re.findall(r"\d+", call.arguments[1]) if len(call.arguments) > 1 else []
        return (name, "", call.number(0), tuple(groups))
    if name == "capset":
        return (name, *(call.flags(1, which)
                        for which in ("effective", "permitted", "inheritable")))
    if name == "prctl":
        return tuple_of_prctl(call) if call.arguments[0] in CONFINING else None
    if name == "seccomp":
        length = re.search(r"\blen=(\d+)", ", ".join(call.arguments[2:]))
        return (name, call.arguments[0], int(length.group(1)) if length else 0)
    raise AssertionError(name)


def tuple_of_prctl(call):
    option = call.arguments[0]
    if option in ("PR_CAPBSET_DROP", "PR_CAP_AMBIENT", "PR_SET_PDEATHSIG"):
        word = call.arguments[1].split(" /*")[0] # a capability without a name is a number
        return ("prctl", option, str(int(word, 0)) if word.startswith("0x") else word)
    return ("prctl", option, "")


def tuple_of_write(call):
    path = call.path(0)
    name = path.rsplit("/", 1)[-1]
    if re.match(r"^/proc/\d+(/task/\d+)?/\w+$", path) and name in PROC_FILES:
        return ("write", name, call.text(1))
    if path.startswith("/sys/fs/cgroup/"):
        return ("write", name, call.text(1))
    return None


FIELDS = {
    "unshare": ("flags",), "setns": ("fd", "nstype"), "sethostname": ("name",),
    "setdomainname": ("name",), "chroot": ("path",), "chdir": ("path",), "fchdir": ("fd", "fd_path"),
    "mount": ("source", "target", "fstype", "flags", "data"), "umount2": ("target", "flags"),
    "pivot_root": ("new_root", "put_old"), "fsopen": ("fstype", "flags"),
    "fsconfig": ("fd", "command", "key", "value", "aux"), "fsmount": ("fd", "flags", "attr_flags"),
    "fspick": ("dirfd", "path", "flags"), "open_tree": ("dirfd", "path", "flags"),
    "move_mount": ("from_dirfd", "from_path", "to_dirfd", "to_path", "flags"),
    "mount_setattr": ("dirfd", "path", "flags", "attr_set", "attr_clr", "propagation"),
    "setuid": ("uid",), "setgid": ("gid",), "setreuid": ("ruid", "euid"),
    "setregid": ("rgid", "egid"), "setresuid": ("ruid", "euid", "suid"),
    "setresgid": ("rgid", "egid", "sgid"), "setfsuid": ("fsuid",), "setfsgid": ("fsgid",),
    "capset": ("effective", "permitted", "inheritable"),
}


def field_of(event, name):
    value = event["args"].get(name)
    if isinstance(value, list):
        return frozenset(value)
    return value if value is None or isinstance(value, str) else str(value)


def tuple_of_event(event):
    """The same of an event; None for one that no call of its own makes."""
    category, name = event["type"].split(".")
    args = event["args"]
    if category in ("network", "overlay"): # strace is not asked for those
        return None
    if event["type"] in ("cgroup.write", "security.uid_map", "security.gid_map",
                         "security.oom_score_adj") or "text" in args:
        return ("write", args.get("file", name), args["text"])
    if event["type"] == "process.exit" or category in ("cgroup", "overlay"):
        return None
    if name in ("clone", "clone3"):
        signal = args.get("exit_signal")
        return (name, frozenset(args["flags"]) | (frozenset([signal]) if signal else frozenset()))
    if name in ("fork", "vfork"):
        return (name,)
    if name == "exec":
        return (name, args["filename"], tuple(args["argv"]))
    if name == "setgroups":
        return (name, "", str(args["size"]), tuple(str(group) for group in args.get("groups", ())))
    if name == "prctl":
        shown = ("PR_CAPBSET_DROP", "PR_CAP_AMBIENT", "PR_SET_PDEATHSIG")
        return (name, args["option"], args["arg2_name"] if args["option"] in shown else "")
    if name == "seccomp":
        return (name, args["operation"], args["instructions"])
    return (name, *(field_of(event, field) for field in FIELDS[name]))


def same(left, right):
    """"?" is what strace did not look at."""
    return len(left) == len(right) and all(a == b or a == "?" for a, b in zip(left, right))


def watched_threads(calls, trace):
    """The first that strace saw, and all that come from it: not strace itself and its own children."""
    threads = {calls[0].tid} if calls else set()
    for event in trace.events:
        if event["process"]["tid"] in threads and event["result"].get("child_pid"):
            threads.add(event["result"]["child_pid"])
    return threads


def compare(log, trace):
    """The errors, and how many calls strace saw that make an event."""
    calls = read_calls(log)
    by_tid = {tid: ([], []) for tid in watched_threads(calls, trace)}
    for call in calls:
        seen = tuple_of_call(call)
        if seen is not None:
            by_tid.setdefault(call.tid, ([], []))[0].append((seen, call.value, call.error))
    for event in trace.events:
        seen = tuple_of_event(event)
        if seen is not None and event["process"]["tid"] in by_tid:
            result = event["result"]
            by_tid[event["process"]["tid"]][1].append(
                (seen, result["value"], result.get("errno")))
    errors = []
    for tid, (witnessed, traced) in by_tid.items():
        errors += compare_thread(tid, witnessed, traced)
    return errors, sum(len(witnessed) for witnessed, _ in by_tid.values())


def compare_thread(tid, witnessed, traced):
    errors = []
    for left, right in zip(witnessed, traced):
        value = right[1] if right[2] is None else -1
        unknown = left[1] is None # it did not return: the thread was killed, or strace left
        if not same(left[0], right[0]) or not unknown and (left[1:] != (value, right[2])):
            errors.append(f"{tid}: strace saw {left}, the trace has {right}")
            break # what follows is only out of step
    for extra in witnessed[len(traced):]:
        if extra[1] is not None:
            errors.append(f"{tid}: not in the trace: {extra}")
    for extra in traced[len(witnessed):]:
        errors.append(f"{tid}: strace did not see {extra}")
    return errors
