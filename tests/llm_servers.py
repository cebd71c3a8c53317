"""Stand-ins for an AI provider: replies written by hand, down to the bytes and the moments."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import msgspec

from clickstream.llm import Client, Deadlines, Endpoint, Kind, new_session
from clickstream.llm.dialect import Dialects

KEY = "sk-or-v1-0123456789abcdef0123456789abcdef"
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]
MODEL = "acme/large"
STREAM = "text/event-stream"


class Answer(msgspec.Struct):
    title: str
    count: int


ANSWER = '{"title": "Checkout", "count": 3}'


def chunk(text: str | None = None, finish: str | None = None, **more: Any) -> bytes:
    """One event of a stream."""
    choice = {"index": 0, "delta": {"content": text, **more}, "finish_reason": finish}
    return event({"id": "gen-1", "model": MODEL, "choices": [choice]})


def event(payload: object) -> bytes:
    return f"data: {json.dumps(payload, ensure_ascii=False)}\n\n".encode()


DONE = b"data: [DONE]\n\n"


def streamed(text: str, finish: str = "stop") -> bytes:
    """A whole stream that says `text` in two pieces."""
    half = len(text) // 2
    return chunk(text[:half]) + chunk(text[half:]) + chunk("", finish) + DONE


def whole(content: object, finish: str | None = "stop", **message: Any) -> dict[str, Any]:
    """The body of a reply that is not streamed."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content, **message}, "finish_reason": finish}
    return {"id": "gen-1", "model": MODEL, "choices": [choice], "usage": {"prompt_tokens": 7, "completion_tokens": 5}}


@dataclass
class Bench:
    """A client under test and what it did meanwhile."""

    client: Client
    sleeps: list[float]
    dialects: Dialects

    @property
    def waited(self) -> float:
        return sum(self.sleeps)

    def ask(self, schema: type[msgspec.Struct] | None = None, **options: Any) -> Any:
        return self.client.complete(MESSAGES, schema, model=MODEL, **{"max_tokens": 100, **options})


def bench(base_url: str, kind: Kind = "openrouter", api_key: str = KEY, deadlines: Deadlines | None = None) -> Bench:
    """A client of `base_url` that sleeps in its imagination only."""
    sleeps: list[float] = []
    dialects = Dialects(time.monotonic)
    limits = deadlines or Deadlines(connect=5, first_token=5, idle=5, total=30, settle=0.2)
    endpoint = Endpoint(base_url, api_key, kind)
    client = Client(
        endpoint, new_session(), time.monotonic, sleeps.append, random.Random(7), deadlines=limits, dialects=dialects
    )
    return Bench(client, sleeps, dialects)


@dataclass
class Received:
    line: str
    headers: dict[str, str]
    body: bytes


Act = Callable[["Connection"], None]


class Connection:
    """The server's side of one request."""

    def __init__(self, sock: socket.socket, stopped: threading.Event) -> None:
        self._sock, self._stopped = sock, stopped

    def send(self, data: bytes) -> None:
        self._sock.sendall(data)

    def start_stream(self, content_type: str = STREAM) -> None:
        """A reply whose end is the end of the connection."""
        self.send(f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nConnection: close\r\n\r\n".encode())

    def start_chunked(self, content_type: str = STREAM) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nTransfer-Encoding: chunked\r\n\r\n"
        self.send(head.encode())

    def send_chunked(self, data: bytes) -> None:
        self.send(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def hang(self, seconds: float = 5) -> None:
        """Say nothing until the client has gone or the test is over."""
        self._sock.settimeout(0.02)
        ends = time.monotonic() + seconds
        while time.monotonic() < ends and not self._stopped.is_set() and not self._is_gone():
            pass

    def drip(self, data: bytes, every: float = 0.05, seconds: float = 5) -> None:
        """Send the same bytes again and again."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends and not self._stopped.wait(every):
            self.send(data)

    def reset(self) -> None:
        """Break the connection off as a crash would: with a TCP reset."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")

    def _is_gone(self) -> bool:
        try:
            return self._sock.recv(1) == b""
        except TimeoutError:
            return False


@dataclass
class RawServer:
    """Acts out one script per connection, the last one for all that follow."""

    acts: tuple[Act, ...]
    received: list[Received] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)  # the client has ended a connection
    tls: ssl.SSLContext | None = None
    accepted: int = 0

    def __enter__(self) -> Self:
        self._stopped = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.02)
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(timeout=5)
        self._listener.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.body) for request in self.received if request.body]

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                sock, _ = self._listener.accept()
            except TimeoutError:
                continue
            thread = threading.Thread(target=self._serve, args=(sock, len(self._threads) - 1))
            self._threads.append(thread)
            thread.start()

    def _serve(self, plain: socket.socket, number: int) -> None:
        self.accepted += 1
        with contextlib.suppress(OSError), self._secured(plain) as sock:  # errors: the client has gone
            sock.settimeout(5)
            request = _request(sock)
            if request is not None:
                self.received.append(request)
                self.acts[min(number, len(self.acts) - 1)](Connection(sock, self._stopped))
        self.left.set()

    def _secured(self, sock: socket.socket) -> socket.socket:
        return self.tls.wrap_socket(sock, server_side=True) if self.tls else sock


def _request(sock: socket.socket) -> Received | None:
    """The request that arrives, or None when the client leaves without one."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = sock.recv(65536)
        if not piece:
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    line, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        piece = sock.recv(65536)
        if not piece:
            return None
        body += piece
    return Received(line, headers, body)


@contextmanager
def raw_server(*acts: Act) -> Iterator[RawServer]:
    with RawServer(acts) as server:
        yield server


def says(data: bytes, content_type: str = STREAM) -> Act:
    """A connection that sends `data` and closes."""

    def act(connection: Connection) -> None:
        connection.start_stream(content_type)
        connection.send(data)

    return act


def replies(payload: object, status: int = 200, **headers: str) -> Act:
    """A connection that answers with a JSON document."""

    def act(connection: Connection) -> None:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        lines = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        connection.send(f"HTTP/1.1 {status} Status\r\n{head}\r\n".encode() + body)

    return act
