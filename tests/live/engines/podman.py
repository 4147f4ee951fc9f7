# SPDX-License-Identifier: Apache-2.0
"""podman with a store of its own. No daemon: conmon holds each container."""
import glob
import json
import os

from engines import Engine, Running, need, new_name

# crun refuses hybrid cgroups: a view of its own with version 1 only, gone with the command.
VERSION_1_VIEW = (
    "unshare", "-m", "--propagation", "private", "sh", "-e", "-c",
    "mount -t tmpfs none /sys/fs/cgroup; for c in cpu cpuacct cpuset memory devices freezer blkio pids; "
    "do mkdir /sys/fs/cgroup/$c; mount -t cgroup -o $c none /sys/fs/cgroup/$c; done; "
    "mkdir /sys/fs/cgroup/systemd; mount -t cgroup -o none,name=systemd none /sys/fs/cgroup/systemd; "
    'exec "$@"', "sh")


def is_hybrid():
    return os.path.exists("/sys/fs/cgroup/unified/cgroup.controllers")


class Podman(Engine):
    name = "podman"
    cgroup_tops = ("libpod_parent",)
    image = "localhost/box:latest"

    def __init__(self, runtime):
        super().__init__()
        self.runtime = runtime
        if runtime == "crun" and is_hybrid():
            self.view = VERSION_1_VIEW

    def start(self):
        need("podman", "conmon", self.runtime)
        self.podman = ["podman", "--root", self.directory + "/store", "--runroot",
                       self.directory + "/run", "--tmpdir", self.directory + "/tmp",
                       "--network-config-dir", self.directory + "/networks",
                       "--cgroup-manager", "cgroupfs", "--events-backend", "none",
                       "--log-level", "error", "--runtime", self.runtime]
        self.must_work([*self.podman, "import", self.root_archive(), "box"], "podman")
        self.must_work(self.run(new_name(), "true", options=["--rm"])[len(self.view):],
                       f"podman with {self.runtime}")

    def stop(self):
        self.call([*self.podman, "rm", "-f", "-a", "-t", "0"], check=False)
        super().stop()

    def inspect(self, name):
        done = self.call([*self.podman, "inspect", "--type", "container", name], check=False)
        return json.loads(done.stdout)[0] if done.returncode == 0 else None

    def running(self, name):
        # Asking podman is slow, as long as conmon has nothing to tell.
        if not glob.glob(self.directory + "/run/overlay-containers/*/userdata/pidfile"):
            return None
        said = self.inspect(name)
        if not said or not said["State"]["Running"] or not said["State"]["Pid"]:
            return None
        layers = said["GraphDriver"]["Data"]
        return Running(said["State"]["Pid"], said["Id"], said["Name"], said["ImageName"],
                       layers["LowerDir"].split(":"), layers["UpperDir"])

    def run(self, name, *words, options=()):
        # Raising a limit, as podman does by default, needs CAP_SYS_RESOURCE, which not every root has.
        return [*self.view, *self.podman, "run", "--network", "none", "--ulimit", "nofile=1024:1024",
                "--ulimit", "nproc=1024:1024", "--name", name, *options, self.image, *words]

    def exec(self, name, *words):
        return [*self.view, *self.podman, "exec", name, *words]
