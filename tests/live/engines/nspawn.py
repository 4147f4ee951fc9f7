# SPDX-License-Identifier: Apache-2.0
"""Containers of systemd-nspawn that no systemd knows of: a directory under a volatile overlay."""
import os
import pathlib
import shutil

import leftovers
from engines import Engine, Running, need, new_name


def is_first(pid):
    """Whether it is the first process of a pid namespace of its own."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("NSpid:"):
            return line.split()[1:][-1] == "1" and len(line.split()) > 2
    return False


class Nspawn(Engine):
    name = "systemd-nspawn"
    copies_mounts = True
    image = None

    def __init__(self):
        super().__init__()
        self.made = []

    def start(self):
        need("systemd-nspawn")
        self.lower = self.root()
        # nspawn wants a tree that looks like an operating system's.
        for name in ("usr", "run", "var"):
            os.makedirs(f"{self.lower}/{name}", exist_ok=True)
        pathlib.Path(self.lower, "etc/os-release").touch()
        self.must_work(self.run(new_name(), "true"), "systemd-nspawn")

    def clean(self):
        left = super().clean()
        for name in self.made: # where /run is no tmpfs, nspawn leaves this
            shutil.rmtree(f"/run/systemd/nspawn/propagate/{name}", ignore_errors=True)
        return left

    def running(self, name):
        for pid in leftovers.pids():
            try:
                environment = pathlib.Path(f"/proc/{pid}/environ").read_text().split("\0")
                if f"VITRINE_MACHINE={self.directory}/{name}" in environment and is_first(pid):
                    return Running(pid, name, name, None, [self.lower])
            except OSError:
                pass # it has just ended
        return None

    def run(self, name, *words, options=()):
        self.made.append(name)
        return ["systemd-nspawn", "-q", "-D", self.lower, "-M", name, "--volatile=overlay",
                "--register=no", "--keep-unit", "--resolv-conf=off", "--timezone=off",
                "--link-journal=no", f"--setenv=VITRINE_MACHINE={self.directory}/{name}", *options,
                *words]
