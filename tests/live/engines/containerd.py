# SPDX-License-Identifier: Apache-2.0
"""containerd alone, with its own client ctr."""
import hashlib
import io
import json
import os
import pathlib
import re
import tarfile

from engines import Engine, Running, need

IMAGE = "docker.io/library/box:latest"
CONFIG = """version = 2
root = "{0}/data"
state = "{0}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "{0}/containerd.sock"
"""


def image_archive(layer, path):
    """An image of one layer, as the OCI image layout has it."""
    blobs = {}

    def blob(media_type, content):
        digest = hashlib.sha256(content).hexdigest()
        blobs["blobs/sha256/" + digest] = content
        return {"mediaType": media_type, "digest": "sha256:" + digest, "size": len(content)}

    oci = "application/vnd.oci.image."
    layer = blob(oci + "layer.v1.tar", layer)
    config = blob(oci + "config.v1+json", json.dumps(
        {"architecture": "amd64", "os": "linux", "config": {"Env": ["PATH=/bin"]},
         "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}}).encode())
    manifest = blob(oci + "manifest.v1+json", json.dumps(
        {"schemaVersion": 2, "mediaType": oci + "manifest.v1+json", "config": config,
         "layers": [layer]}).encode())
    manifest["annotations"] = {"io.containerd.image.name": IMAGE}
    blobs["index.json"] = json.dumps({"schemaVersion": 2, "manifests": [manifest]}).encode()
    blobs["oci-layout"] = b'{"imageLayoutVersion":"1.0.0"}'
    with tarfile.open(path, "w") as archive:
        for name, content in blobs.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


class Containerd(Engine):
    name = "containerd"
    cgroup_tops = ("default",) # the namespace that ctr uses
    image = IMAGE

    def start(self):
        need("containerd", "ctr", "runc")
        config = pathlib.Path(self.directory, "config.toml")
        config.write_text(CONFIG.format(self.directory))
        self.ctr = ["ctr", "--address", self.directory + "/containerd.sock"]
        self.start_daemon(["containerd", "--config", str(config)],
                          lambda: self.call([*self.ctr, "version"], check=False).returncode == 0)
        archive = self.directory + "/image.tar"
        image_archive(pathlib.Path(self.root_archive()).read_bytes(), archive)
        self.call([*self.ctr, "images", "import", archive])

    def stop(self):
        for name in self.call([*self.ctr, "tasks", "ls", "-q"], check=False).stdout.split():
            self.call([*self.ctr, "tasks", "rm", "-f", name], check=False)
        super().stop()

    def running(self, name):
        # Asking ctr is slow, as long as the shim has not even written this.
        tasks = self.directory + "/state/io.containerd.runtime.v2.task/default"
        if not os.path.exists(f"{tasks}/{name}/init.pid"):
            return None
        listed = self.call([*self.ctr, "tasks", "ls"], check=False).stdout
        for task in map(str.split, listed.splitlines()):
            if task[0] == name and task[2] == "RUNNING":
                said = json.loads(self.call([*self.ctr, "containers", "info", name]).stdout)
                layers = self.layers(said["SnapshotKey"])
                return Running(int(task[1]), name, name, said["Image"], *layers)
        return None

    def layers(self, snapshot):
        """The lower layers and the upper one, as the snapshotter would have them mounted."""
        said = self.call([*self.ctr, "snapshots", "mounts", "/nowhere", snapshot]).stdout
        options = dict(re.findall(r"\b(lowerdir|upperdir)=([^,\s]+)", said))
        return options["lowerdir"].split(":"), options["upperdir"]

    def run(self, name, *words, options=()):
        return [*self.ctr, "run", *options, IMAGE, name, *words]

    def exec(self, name, *words):
        return [*self.ctr, "tasks", "exec", "--exec-id", "inside", name, *words]
