# SPDX-License-Identifier: Apache-2.0
"""Containers of lxc-start on an overlay of its own making."""
import os
import pathlib

from engines import Engine, Running, need, new_name

CONFIG = """lxc.uts.name = {name}
lxc.rootfs.path = overlay:{lower}:{upper}
lxc.net.0.type = empty
lxc.mount.auto = proc:mixed
lxc.apparmor.profile = unconfined
lxc.cgroup.memory.limit_in_bytes = 64M
lxc.cgroup2.memory.max = 64M
"""


class Lxc(Engine):
    name = "lxc"
    cgroup_tops = ("lxc.pivot",)
    image = None

    def __init__(self):
        super().__init__()
        self.made = []

    def start(self):
        need("lxc-start", "lxc-info", "lxc-attach")
        self.lower = self.root()
        self.must_work(self.run(new_name(), "true"), "lxc-start")

    def stop(self):
        for name in self.made:
            self.call(["lxc-stop", "-P", self.directory, "-k", "-n", name], check=False)
        super().stop()

    def clean(self):
        self.containers = {f"lxc.{part}.{name}" for name in self.made
                           for part in ("payload", "monitor")}
        return super().clean()

    def running(self, name):
        said = self.call(["lxc-info", "-P", self.directory, "-n", name, "-p", "-H"], check=False)
        if said.returncode != 0 or not said.stdout.strip():
            return None
        upper = f"{self.directory}/{name}/upper"
        return Running(int(said.stdout), name, name, None, [self.lower], upper)

    def run(self, name, *words, options=()):
        self.made.append(name)
        home = pathlib.Path(self.directory, name)
        os.makedirs(home / "upper")
        (home / "config").write_text(
            CONFIG.format(name=name, lower=self.lower, upper=home / "upper") + "\n".join(options))
        return ["lxc-start", "-P", self.directory, "-n", name, "-F", "--", *words]

    def exec(self, name, *words):
        return ["lxc-attach", "-P", self.directory, "-n", name, "--", *words]
