"""A real server with its own database, and a client process that posts to it."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clickstream.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60
CONNECTIONS = 2


@dataclass(frozen=True)
class Running:
    """A server that answers, its process, and the owner's token."""

    port: int
    token: str
    pid: int

    def post_all(self, bodies: list[bytes]) -> None:
        """Post every body over CONNECTIONS keep-alive connections; all must be accepted whole."""
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            shares = [bodies[n::CONNECTIONS] for n in range(CONNECTIONS)]
            for posted in [pool.submit(self._post_share, share) for share in shares]:
                posted.result()

    def _post_share(self, bodies: list[bytes]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        for body in bodies:
            connection.request("POST", "/api/events", body, headers)
            answer = connection.getresponse()
            receipt = json.loads(answer.read())
            assert answer.status == 202 and not receipt["rejected"], receipt
        connection.close()


@contextmanager
def running_server(settings: Settings, port: int) -> Iterator[Running]:
    """Start `server.py` on these settings, sign up the owner, stop it at the end."""
    environ = {**os.environ, **settings.environ(), "PORT": str(port), "LOG_LEVEL": "WARNING"}
    command = [sys.executable, str(ROOT / "server.py")]
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)
    try:
        yield Running(port, _sign_up(port), process.pid)
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _sign_up(port: int) -> str:
    deadline = time.monotonic() + START_SECONDS
    credentials = json.dumps({"username": "owner", "password": "benchmark"})
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        try:
            connection.request("POST", "/api/signup", credentials, {"Content-Type": "application/json"})
            return str(json.loads(connection.getresponse().read())["token"])
        except ConnectionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        finally:
            connection.close()
