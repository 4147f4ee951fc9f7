#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An engine that hangs, closes, or answers with nonsense: the trace has all that its client did, and ends
when the client does; only the names are missing."""
import json
import os
import resource
import socket
import sys
import tempfile
import threading

import vitrine_trace as vt
from checks import all_well, expect, failed, report
from engines.docker import clients

IDENTITY = "0123456789abcdef" * 4
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def endless(connection, what):
    try:
        while True:
            connection.sendall(what)
    except OSError:
        pass # whoever asked has had enough


def with_length(text):
    return HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(text), text)


def chunked(connection):
    connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    endless(connection, b"10000\r\n" + b"[" * 0x10000 + b"\r\n")


# What is done with a question about a container.
LIES = {
    "hangs": lambda connection: connection.recv(1), # until the other side gives up
    "closes": lambda connection: None,
    "cuts": lambda connection: connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n{\"Id\":"),
    "is no HTTP": lambda connection: connection.sendall(b"\0\xff\n" * 1000),
    "fails": lambda connection: connection.sendall(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"),
    "bad JSON": lambda connection: connection.sendall(with_length(b'{"Id": "01", "Name": }')),
    "another type": lambda connection: connection.sendall(with_length(b"[[], 1, null]")),
    "other fields": lambda connection: connection.sendall(with_length(json.dumps(
        {"Id": 7, "Name": ["x"], "State": "up", "Config": None, "GraphDriver": {"Data": 1}}).encode())),
    "other container": lambda connection: connection.sendall(with_length(json.dumps(
        {"Id": "f" * 64, "Name": "/wrong", "State": {"Pid": 1}, "Config": {"Image": "w"}}).encode())),
    "escapes": lambda connection: connection.sendall(with_length(json.dumps(
        {"Id": IDENTITY, "Name": "/\x1b[31mred\n", "State": {"Pid": -1},
         "Config": {"Image": "\x07"}}).encode())),
    "deep": lambda connection: connection.sendall(with_length(b"[" * 1_000_000)),
    "huge": chunked,
    "endless head": lambda connection: endless(connection, b"X-More: " + b"x" * 1000 + b"\r\n"),
}


class FakeEngine:
    """Serves the client well, and every other question with a lie."""

    def __init__(self, path, lie):
        self.lie = lie
        self.asked = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return # closed
            threading.Thread(target=self.answer, args=[connection], daemon=True).start()

    def answer(self, connection):
        with connection:
            request = connection.recv(65536)
            try:
                if request.startswith(b"POST "):
                    connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
                    return
                self.asked.append(request)
                self.lie(connection)
            except OSError:
                pass # the other side has gone

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


CLIENT = """
import socket, subprocess, sys, time
connection = socket.socket(socket.AF_UNIX)
connection.connect(sys.argv[1])
connection.sendall(b"POST /v1.41/containers/%s/start HTTP/1.1\\r\\nHost: docker\\r\\n\\r\\n"
                   % sys.argv[2].encode())
assert connection.recv(4096).startswith(b"HTTP/1.1 204")
time.sleep(1)
subprocess.run(["echo", "still", "there"])
sys.exit(7)
"""


def lied_to(name, lie, options):
    with tempfile.TemporaryDirectory() as directory:
        path = directory + "/docker.sock"
        with FakeEngine(path, lie) as engine:
            command = [sys.executable, "-c", CLIENT, path, IDENTITY]
            environment = {**os.environ, "DOCKER_HOST": "unix://" + path}
            with vt.Tracing(command, options, env=environment) as tracing:
                output, errors, status = tracing.wait(timeout=120)
        expect(f"{name}: exit status", (status, errors.replace("still there\n", "")), (7, ""))
        if not any(IDENTITY.encode() in request for request in engine.asked):
            failed(name, f"the engine was never asked for the container: {engine.asked}")
        return output, errors, status


def as_json(name, lie):
    output, errors, status = lied_to(name, lie, ["--format", "ndjson"])
    trace = vt.Trace(output, status, errors)
    all_well(name, vt.stream_errors(trace) + vt.schema_errors(trace))
    if not any(vt.runs(event, "still", "there") for event in trace.events):
        failed(name, "what came after the lie is missing")
    for note in trace.notes:
        if note["id"] not in (None, IDENTITY) or note["name"] == "wrong":
            failed(name, f"the lie was believed: {note}")


def as_text():
    """Nothing of a lie reaches a terminal."""
    output, _, _ = lied_to("escapes, as text", LIES["escapes"], [])
    if "\x1b" in output or "\x07" in output:
        failed("escapes", "they are in the text")


def client_of_nobody():
    """The real client, and nobody answers."""
    with tempfile.TemporaryDirectory() as directory:
        path = directory + "/docker.sock"
        with FakeEngine(path, LIES["hangs"]):
            for client in clients():
                trace = vt.run_trace(["timeout", "5", client, "run", "box"], timeout=120,
                                     env={**os.environ, "DOCKER_HOST": "unix://" + path})
                expect(f"{client} and nobody answers", trace.status, 124)
                all_well(client, vt.stream_errors(trace))
        for client in clients():
            trace = vt.run_trace([client, "run", "box"], timeout=120,
                                 env={**os.environ, "DOCKER_HOST": "unix://" + path})
            expect(f"{client} and nobody listens", trace.status, 125)
            all_well(client, vt.stream_errors(trace))


def main():
    vt.need_root()
    for name, lie in LIES.items():
        as_json(name, lie)
    as_text()
    client_of_nobody()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    if peak > 400:
        failed("memory", f"{peak:.0f} MiB at most, of an answer without end")
    report()


main()
