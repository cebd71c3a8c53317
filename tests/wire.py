"""A running server with handlers made for tests, and a raw client connection to it."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

from web_client import bare_deps

from clickstream.settings import read_settings
from clickstream.web.app import App
from clickstream.web.connection import Patience
from clickstream.web.deps import Deps
from clickstream.web.request import Request
from clickstream.web.response import Response
from clickstream.web.routing import Route
from clickstream.web.server import Server
from clickstream.web.sse import Event as ServerEvent

IMPATIENT = Patience(idle_seconds=0.2, head_seconds=0.2, body_seconds=0.2, bytes_per_second=10_000)
CAP_BYTES = 1024 * 1024


def echo(request: Request, deps: Deps) -> Response:
    return Response.json({"length": len(request.body_bytes())})


def ignore(request: Request, deps: Deps) -> Response:
    return Response.json({"ignored": True})


def big(request: Request, deps: Deps) -> Response:
    return Response(200, b"x" * 5_000_000, {"content-type": "application/octet-stream"})


def count(request: Request, deps: Deps) -> Response:
    return Response.sse([("tick", 1), None, ("tick", 2)])


class Ticker:
    """An endless source of events that remembers being closed."""

    def __init__(self) -> None:
        self.closed = Event()

    def __call__(self, request: Request, deps: Deps) -> Response:
        return Response.sse(self._ticks())

    def _ticks(self) -> Iterator[ServerEvent | None]:
        try:
            while True:
                yield "tick", "x" * 10_000
                time.sleep(0.005)
        finally:
            self.closed.set()


class Gate:
    """A handler that stays inside until it is let go."""

    def __init__(self) -> None:
        self.inside, self.leave = Event(), Event()

    def __call__(self, request: Request, deps: Deps) -> Response:
        self.inside.set()
        self.leave.wait(5)
        return Response.json({"passed": True})


class Marker:
    """A handler that tells that it was reached."""

    def __init__(self) -> None:
        self.reached = Event()

    def __call__(self, request: Request, deps: Deps) -> Response:
        self.reached.set()
        return Response.empty()


def broken_header(request: Request, deps: Deps) -> Response:
    return Response.empty(204, {"x-broken": "a\r\nset-cookie: b"})


TICKER, GATE, MARKER = Ticker(), Gate(), Marker()
ROUTES = [
    Route("POST", "/echo", echo, "anyone", "Echo."),
    Route("POST", "/ignore", ignore, "anyone", "Ignore."),
    Route("GET", "/ignore", ignore, "anyone", "Ignore."),
    Route("GET", "/big", big, "anyone", "Big."),
    Route("GET", "/count", count, "anyone", "Count."),
    Route("GET", "/ticks", TICKER, "anyone", "Tick."),
    Route("GET", "/gate", GATE, "anyone", "Gate."),
    Route("GET", "/marker", MARKER, "anyone", "Mark."),
    Route("GET", "/broken", broken_header, "anyone", "Broken."),
]


@contextmanager
def running(**more: Any) -> Iterator[Server]:
    app = App(bare_deps(settings=read_settings({"MAX_BODY_MB": "1"})), ROUTES)
    with Server("127.0.0.1", 0, **more) as server:
        thread = Thread(target=server.serve, args=(app,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(5)


class Answer:
    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def code(self) -> str:
        code: str = json.loads(self.body)["code"]
        return code


class Wire:
    """A raw client connection."""

    def __init__(self, server: Server) -> None:
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=5)
        self.file = self.socket.makefile("rb")

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self, *, head: bool = False) -> Answer:
        status = int(self.file.readline().split()[1])
        headers = {}
        while line := self.file.readline().strip():
            name, _, value = line.decode().partition(": ")
            headers[name] = value
        body = b"" if head else self.file.read(int(headers.get("content-length", 0)))
        return Answer(status, headers, body)

    def is_closed(self) -> bool:
        return self.file.read(1) == b""


def post(path: str, body: bytes, *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


GET = b"GET /ignore HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
SMUGGLED = b"GET /marker HTTP/1.1\r\nHost: x\r\n\r\n"
