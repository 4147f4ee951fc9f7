#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Recordings of a docker run: replayed by nobody they print what the trace printed, byte for byte; cut
anywhere, or left by a killed tracer, they hold all that came before."""
import tempfile

import container_witness as cw
import recordings
import vitrine_trace as vt
from checks import all_well, expect, failed, report
from engines import new_name, wait_until
from engines.docker import Docker


def runs(docker):
    """Short runs of containers, as many as are asked for."""
    while True:
        yield docker.run(new_name(), "sh", "-c", "echo a >>/etc/file; rm /bin/other", options=["--rm"])


def killed(docker, elsewhere, directory):
    """kill -9 of the tracer while the container runs: what it had written can be replayed."""
    recording = directory + "/killed"
    name = new_name()
    with vt.Tracing(docker.run(name, "sh", "-c", cw.SCRIPT), ["-o", recording, "--format", "ndjson"],
                    env={**docker.environment, **recordings.LOCALE}) as tracing:
        running, gate = docker.at_gate(name, tracing)

        def replayed():
            done = elsewhere.replay(recordings.read(recording), ["--format", "ndjson"])
            return done if b'"pid":%d,' % running.pid in done.stdout else None

        before = wait_until(replayed, "the container is in the recording").stdout.splitlines()
        tracing.process.kill()
        tracing.process.wait()
        gate.open()
        live = tracing.said()[0].encode().splitlines()
    done = replayed()
    if done is None:
        return failed("kill -9", "the container is not in the recording any more")
    lines = done.stdout.splitlines()
    expect("kill -9", (done.returncode, b"cut off" in done.stderr, b'"complete":false' in lines[-1]),
           (1, True, True))
    for what, there in (("before it was killed", before[:-1]), ("live", live)):
        whole = min(len(there), len(lines) - 1)
        if there[:whole] != lines[:whole]:
            failed(f"kill -9: not what was there {what}",
                   recordings.first_difference(b"\n".join(there), b"\n".join(lines[:whole])))
    if len(lines) < len(before):
        failed("kill -9", f"{len(lines)} lines, {len(before)} before it was killed")


def main():
    vt.need_root()
    with Docker() as docker, tempfile.TemporaryDirectory() as directory, \
            tempfile.TemporaryDirectory() as other:
        elsewhere = recordings.Elsewhere(other)
        recording = directory + "/recording"
        all_well("docker run", recordings.round_trip_errors(elsewhere, recording, runs(docker),
                                                            docker.environment))
        all_well("docker run", recordings.cut_errors(elsewhere, recordings.read(recording)))
        killed(docker, elsewhere, directory)
    report()


main()
