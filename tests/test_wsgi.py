"""The same App under a WSGI server: as a callable, and under gunicorn with two workers."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest
from web_client import bare_deps
from wire import ROUTES

from clickstream.errors import StartupError
from clickstream.store import Store
from clickstream.web.app import App
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.wsgi import Wsgi, request_of

ROOT = Path(__file__).parent.parent
OWNER = {"username": "alice", "password": "long enough to keep"}


@contextmanager
def opened() -> Iterator[App]:
    yield App(bare_deps(), ROUTES)


def environ_of(method: str = "GET", path: str = "/ignore", body: bytes = b"", **more: str) -> dict[str, Any]:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "wsgi.input": BytesIO(body),
        **more,
    }
    if body:
        environ["CONTENT_LENGTH"] = str(len(body))
    setup_testing_defaults(environ)
    return environ


def called(wsgi: Callable[..., Any], environ: dict[str, Any]) -> tuple[str, dict[str, str], bytes]:
    told: list[Any] = []
    pieces = wsgi(environ, lambda *arguments: told.extend(arguments))
    try:
        return told[0], dict(told[1]), b"".join(pieces)
    finally:
        if hasattr(pieces, "close"):
            pieces.close()


def test_it_answers_as_our_own_server_does() -> None:
    status, headers, body = called(Wsgi(opened), environ_of("POST", "/echo", b"12345"))
    assert (status, json.loads(body)) == ("200 OK", {"length": 5})
    assert headers["content-security-policy"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/ignore", "200"), ("HEAD", "/ignore", "200"), ("GET", "/marker", "204"), ("GET", "/count", "200")],
)
def test_it_keeps_to_the_rules_of_wsgi(method: str, path: str, status: str) -> None:
    assert called(validator(Wsgi(opened)), environ_of(method, path, QUERY_STRING=""))[0].startswith(status)


def test_a_stream_comes_piece_by_piece_and_is_closed() -> None:
    _, headers, body = called(Wsgi(opened), environ_of(path="/count"))
    assert body.count(b"event: tick") == 2
    assert "content-length" not in headers


@pytest.mark.parametrize(
    ("environ", "target"),
    [
        ({"RAW_URI": "/a%20b?c=%2F"}, "/a%20b?c=%2F"),
        ({"PATH_INFO": "/a b", "QUERY_STRING": "c=d"}, "/a%20b?c=d"),
        ({"PATH_INFO": "/\u00c3\u00a4"}, "/%C3%A4"),
        ({"SCRIPT_NAME": "/shop", "PATH_INFO": "/x"}, "/shop/x"),
        ({"PATH_INFO": ""}, "/"),
    ],
)
def test_the_address_is_as_it_was_sent(environ: dict[str, str], target: str) -> None:
    assert request_of({**environ_of(), "PATH_INFO": "", "SCRIPT_NAME": "", **environ}).target == target


def test_headers_client_and_scheme_arrive() -> None:
    request = request_of(environ_of(HTTP_X_WRITE_KEY="k", CONTENT_TYPE="text/plain", REMOTE_ADDR="192.0.2.7"))
    assert (request.headers["x-write-key"], request.media_type(), request.client) == ("k", "text/plain", "192.0.2.7")
    assert request_of({**environ_of(), "wsgi.url_scheme": "https"}).secure


def test_nothing_is_opened_before_the_first_request_and_then_once() -> None:
    opens: list[int] = []

    @contextmanager
    def counted() -> Iterator[Callable[[Request], Response]]:
        opens.append(1)
        yield lambda request: Response.empty()

    wsgi = Wsgi(counted)
    assert opens == []
    called(wsgi, environ_of())
    called(wsgi, environ_of())
    assert opens == [1]


def test_a_worker_that_cannot_start_says_so_and_tries_again() -> None:
    attempts: list[int] = []

    @contextmanager
    def difficult() -> Iterator[Callable[[Request], Response]]:
        attempts.append(1)
        if len(attempts) == 1:
            raise StartupError("The MongoDB does not answer.")
        yield lambda request: Response.empty()

    wsgi = Wsgi(difficult)
    status, headers, body = called(wsgi, environ_of())
    assert (status, json.loads(body)["code"]) == ("503 Service Unavailable", "database_unavailable")
    assert headers["retry-after"]
    assert called(wsgi, environ_of())[0] == "204 No Content"


class Gunicorn:
    """Two workers on a free port, with what they print."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stderr
        found = next(match for line in process.stderr if (match := re.search(r"Listening at: http://127.0.0.1:(\d+)", line)))
        self.port = int(found[1])

    def ask(self, method: str, path: str, payload: Any = None, **headers: str) -> tuple[int, Any]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        body = None if payload is None else json.dumps(payload)
        connection.request(method, path, body, {"content-type": "application/json", "connection": "close", **headers})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text) if text.startswith((b"{", b"[")) else text

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0


@contextmanager
def gunicorn(environ: dict[str, str]) -> Iterator[Gunicorn]:
    options = ["--workers", "2", "--threads", "4", "--bind", "127.0.0.1:0", "--graceful-timeout", "20"]
    command = [sys.executable, "-m", "gunicorn", *options, "server:wsgi"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environ, text=True, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            yield Gunicorn(process)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def children_of(pid: int) -> list[int]:
    """Of every thread."""
    return [int(child) for task in Path(f"/proc/{pid}/task").glob("*/children") for child in task.read_text().split()]


def is_rollup(pid: int) -> bool:
    return b"clickstream.rollup" in Path(f"/proc/{pid}/cmdline").read_bytes()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_two_workers_of_gunicorn_store_what_they_acknowledge_and_count_it_once(
    store: Store, environ: dict[str, str]
) -> None:
    with gunicorn(environ) as server:
        status, signed_in = server.ask("POST", "/api/signup", OWNER)
        assert status == 201
        token = {"Authorization": f"Bearer {signed_in['token']}"}
        for n in range(40):
            event = {"event_id": f"e{n}", "event_type": "pageview", "client_id": f"c{n % 7}", "page": "/"}
            assert server.ask("POST", "/api/events", event, **token)[0] == 202
            assert server.ask("POST", "/api/events", event, **token)[1]["duplicates"] == 1
        deadline = time.monotonic() + 60
        while server.ask("GET", "/api/summary", **token)[1]["events"] < 40:
            assert time.monotonic() < deadline
        workers = children_of(server.process.pid)
        assert len(workers) == 2
        assert len([child for worker in workers for child in children_of(worker) if is_rollup(child)]) == 1
        _, started = server.ask("POST", "/api/analyze", {"model": "none"}, **token)
        _, stream = server.ask("GET", f"/api/analyses/{started['analysis_id']}/events", **token)
        assert b"event: done" in stream
        assert server.ask("GET", "/", **token)[1].startswith(b"<!doctype html>")
        server.stop()
    assert store.events.count("live") == 40


def test_the_last_worker_lets_the_bundled_database_go(environ: dict[str, str], data_dir: Path) -> None:
    own = {**environ, "MONGO_URI": "", "MONGO_DB": "clickstream", "DATA_DIR": str(data_dir), "MONGO_CACHE_GB": "0.25"}
    with gunicorn(own) as server:
        assert server.ask("GET", "/ready")[0] == 200
        server.stop()
