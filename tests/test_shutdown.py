"""SIGTERM while events come in, a page watches and an analysis runs: what is under way is finished, and nothing is lost."""

from __future__ import annotations

import json
import signal
import threading
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from test_startup import started, url_of

from clickstream.store import Store

OWNER = {"username": "alice", "password": "long enough to keep"}
PATIENCE_SECONDS = 60
ENOUGH = 60


class Visitor:
    """One keep-alive connection."""

    def __init__(self, url: str, token: str = "") -> None:
        address = urlsplit(url)
        self.connection = HTTPConnection(str(address.hostname), address.port, timeout=PATIENCE_SECONDS)
        self.headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def ask(self, method: str, path: str, payload: Any = None) -> tuple[int, Any]:
        self.connection.request(method, path, None if payload is None else json.dumps(payload), self.headers)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())


class Sender(threading.Thread):
    """Sends event after event until the server hangs up; remembers which it was told are stored."""

    def __init__(self, url: str, token: str, name: str) -> None:
        super().__init__(name=name)
        self.visitor = Visitor(url, token)
        self.acknowledged: list[str] = []
        self.broken: list[Exception] = []

    def run(self) -> None:
        with self.visitor:
            self._send()

    def _send(self) -> None:
        for n in range(100_000):
            event = {"event_id": f"{self.name}-{n}", "event_type": "pageview", "client_id": self.name, "page": "/"}
            try:
                status, receipt = self.visitor.ask("POST", "/api/events", event)
            except (HTTPException, OSError) as error:
                self.broken.append(error)
                return
            assert (status, receipt["accepted"]) == (202, 1)
            self.acknowledged.append(event["event_id"])


def signed_up(url: str) -> str:
    with Visitor(url) as visitor:
        return str(visitor.ask("POST", "/api/signup", OWNER)[1]["token"])


def stream_of(visitor: Visitor, path: str) -> Any:
    visitor.connection.request("GET", path, headers=visitor.headers)
    answer = visitor.connection.getresponse()
    assert answer.status == 200
    return answer


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_was_acknowledged_is_stored_and_streams_end(
    store: Store, environ: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    with started(environ | {"LOG_LEVEL": "ERROR"}, tmp_path, "--port", "0") as process:
        url = url_of(process)
        token = signed_up(url)
        watcher = Visitor(url, token)
        watching = stream_of(watcher, "/api/events/live")
        assert watching.read(1)
        senders = [Sender(url, token, f"sender{n}") for n in range(6)]
        for sender in senders:
            sender.start()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while sum(len(sender.acknowledged) for sender in senders) < ENOUGH:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(number)
        for sender in senders:
            sender.join(PATIENCE_SECONDS)
            assert sender.broken, "it was never told to leave"
        with pytest.raises(HTTPException):  # cut off without its last chunk, so that the page knows
            watching.read()
        watching.close()
        watcher.connection.close()
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, errors) == (0, "")
    stored = {event.event_id for event in store.events.latest("live", 100_000)}
    assert {one for sender in senders for one in sender.acknowledged} <= stored


def test_an_analysis_that_was_not_finished_says_so(store: Store, environ: dict[str, str], tmp_path: Path) -> None:
    with started(environ | {"LOG_LEVEL": "ERROR"}, tmp_path, "--port", "0") as process:
        url = url_of(process)
        with Visitor(url, signed_up(url)) as visitor:
            ids = [visitor.ask("POST", "/api/analyze", {"model": "none"})[1]["analysis_id"] for _ in range(4)]
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE_SECONDS)
    found = {analysis_id: store.analyses.find(analysis_id) for analysis_id in ids}
    for analysis in found.values():
        assert analysis is not None
        assert analysis["status"] in ("done", "failed")
        assert analysis["status"] == "done" or "run the analysis again" in analysis["error"]
