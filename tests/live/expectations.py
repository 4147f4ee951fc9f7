# SPDX-License-Identifier: Apache-2.0
"""Compares events with what the traced program itself said that they must be.

An expected value is the value itself, "*" for one that the program cannot know, or an object with one
key that says how to compare:
  @ticks    nanoseconds since boot, known in the clock ticks of /proc
  @visible  those of a mount's flags that mountinfo shows
  @log      a line of a file system context's log: its level, its file system's name, its text
"""
import os
import re

VISIBLE = {"MNT_READONLY", "MNT_NOSUID", "MNT_NODEV", "MNT_NOEXEC", "MNT_NOATIME",
           "MNT_NODIRATIME", "MNT_RELATIME", "MNT_NOSYMFOLLOW"}
TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
FLAG = re.compile(r"^[A-Z][A-Z0-9_]+$")


def are_flags(values):
    return all(isinstance(value, str) and FLAG.match(value) for value in values)


def differences(expected, actual, where=""):
    """Where the two differ, in words. Nothing may be missing and nothing added."""
    if expected == "*":
        return []
    if isinstance(expected, dict) and len(expected) == 1:
        kind, value = next(iter(expected.items()))
        if kind == "@ticks":
            same = isinstance(actual, int) and actual // TICK_NS == value
            return [] if same else [f"{where}: {actual} ns, not in tick {value}"]
        if kind == "@visible":
            shown = sorted(VISIBLE & set(actual or []))
            return [] if shown == sorted(value) else [f"{where}: {shown}, not {value}"]
        if kind == "@log":
            said = value.strip()
            same = actual is not None and actual.strip() in (said, said[2:])
            return [] if same else [f"{where}: {actual!r}, not {said!r}"]
    if isinstance(expected, dict) and isinstance(actual, dict):
        found = []
        for key in expected.keys() | actual.keys():
            place = f"{where}.{key}" if where else key
            if key not in actual:
                if expected[key] != "*":
                    found.append(f"{place} is missing, expected {expected[key]!r}")
            elif key not in expected:
                found.append(f"{place} is invented: {actual[key]!r}")
            else:
                found += differences(expected[key], actual[key], place)
        return sorted(found)
    if isinstance(expected, list) and isinstance(actual, list):
        if are_flags(expected) and are_flags(actual):
            expected, actual = sorted(expected), sorted(actual)
        if len(expected) == len(actual):
            return [difference for number, pair in enumerate(zip(expected, actual))
                    for difference in differences(*pair, f"{where}[{number}]")]
    if type(expected) is type(actual) and expected == actual:
        return []
    return [f"{where}: {actual!r}, not {expected!r}"]


# What every event has besides, and no program can know.
COMMON = {"seq", "cpu", "time_ns", "time", "duration_ns", "container", "read_at_exit"}


def event_differences(expected, actual):
    shown = {key: value for key, value in actual.items() if key not in COMMON}
    shown["process"] = {key: value for key, value in shown["process"].items() if key != "start_ns"}
    return differences(expected, shown)


def describe(event):
    result = event["result"].get("errno", event["result"].get("value", ""))
    return f"{event['type']} {event['args']} = {result}"


def compare(expected, actual):
    """Both in order; processes are compared one by one. Returns the errors."""
    errors = []
    pids = dict.fromkeys([event["process"]["pid"] for event in expected + actual])
    for pid in pids:
        wanted = [event for event in expected if event["process"]["pid"] == pid]
        seen = [event for event in actual if event["process"]["pid"] == pid]
        errors += compare_process(pid, wanted, seen)
    return errors


def compare_process(pid, wanted, seen):
    errors = []
    i = j = 0
    while i < len(wanted) or j < len(seen):
        if i == len(wanted):
            errors.append(f"{pid}: invented: {describe(seen[j])}")
            j += 1
        elif j == len(seen):
            errors.append(f"{pid}: missing: {describe(wanted[i])}")
            i += 1
        elif wanted[i]["type"] != seen[j]["type"]:
            # Which of the two has one too many?
            later = [event["type"] for event in seen[j:]]
            if wanted[i]["type"] in later and seen[j]["type"] not in [
                    event["type"] for event in wanted[i:]]:
                errors.append(f"{pid}: invented: {describe(seen[j])}")
                j += 1
            else:
                errors.append(f"{pid}: missing: {describe(wanted[i])}")
                i += 1
        else:
            found = event_differences(wanted[i], seen[j])
            if found:
                errors.append(f"{pid}: {describe(wanted[i])}: " + "; ".join(found))
            i += 1
            j += 1
    return errors
