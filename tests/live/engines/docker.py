# SPDX-License-Identifier: Apache-2.0
"""dockerd with a containerd of its own, spoken to over a socket of its own."""
import http.client
import json
import os
import pathlib
import socket

from engines import Engine, Running, need


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=120)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def clients():
    """Each docker command in PATH: there may be an old one and a new one."""
    found = []
    for directory in os.environ["PATH"].split(os.pathsep):
        path = os.path.join(directory, "docker")
        if os.access(path, os.X_OK) and os.path.realpath(path) not in map(os.path.realpath, found):
            found.append(path)
    return found


class Docker(Engine):
    name = "docker"
    cgroup_tops = ("docker",)

    def start(self):
        need("dockerd", "containerd", "runc", "docker")
        self.socket = self.directory + "/docker.sock"
        self.environment["DOCKER_HOST"] = "unix://" + self.socket
        self.environment["DOCKER_CONFIG"] = self.directory + "/client"
        self.start_daemon(
            ["dockerd", "-H", "unix://" + self.socket, "--data-root", self.directory + "/data",
             "--exec-root", self.directory + "/exec", "--pidfile", self.directory + "/pid",
             "--bridge=none", "--iptables=false", "--ip6tables=false"],
            lambda: self.get("/_ping") is not None)
        self.call(["docker", "import", self.root_archive(), "box"])

    def stop(self):
        for container in self.get("/containers/json?all=1") or []:
            self.call(["docker", "rm", "-f", container["Id"]], check=False)
        super().stop()

    def clean(self):
        known = self.directory + "/data/containers"
        if os.path.isdir(known):
            self.containers.update(os.listdir(known))
        return super().clean()

    def get(self, path):
        """What the daemon answers, as an object; None when it does not."""
        connection = UnixConnection(self.socket)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                return None
            return json.loads(text) if "json" in answer.getheader("Content-Type", "") else text
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def daemon_pids(self):
        containerd = pathlib.Path(self.directory, "exec/containerd/containerd.pid").read_text()
        return [self.daemons[0].pid, int(containerd)]

    def inspect(self, name):
        return self.get(f"/containers/{name}/json")

    def running(self, name):
        said = self.inspect(name)
        if not said or not said["State"]["Running"]:
            return None
        layers = said["GraphDriver"]["Data"]
        return Running(said["State"]["Pid"], said["Id"], said["Name"].lstrip("/"),
                       said["Config"]["Image"], layers["LowerDir"].split(":"), layers["UpperDir"])

    def run(self, name, *words, options=(), client="docker"):
        """The command line that runs `words` in a container of this name."""
        return [client, "run", "--network", "none", "--name", name, *options, "box", *words]

    def exec(self, name, *words, client="docker"):
        return [client, "exec", name, *words]
