"""Sockets at the rim: bytes in, a Request to the App, its Response out. The only module that knows http.server."""

from __future__ import annotations

import errno
import logging
import signal
import socket
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, suppress
from email.utils import formatdate
from functools import lru_cache
from http.server import ThreadingHTTPServer
from socketserver import BaseRequestHandler, TCPServer
from threading import BoundedSemaphore, Condition, Thread
from time import time
from types import FrameType
from typing import Any, Protocol

from clickstream.errors import ClickstreamError, StartupError
from clickstream.web.connection import Connection, Patience
from clickstream.web.errors import Overloaded
from clickstream.web.framing import ChunkedBody, Head, SizedBody, body_framing, head_bytes, parse_head
from clickstream.web.request import Request
from clickstream.web.response import Response

logger = logging.getLogger(__name__)

_SHOWN_AS_LOCALHOST = ("127.0.0.1", "0.0.0.0", "::1", "::")  # noqa: S104 - shown, not bound

Body = SizedBody | ChunkedBody


class Application(Protocol):
    def __call__(self, request: Request) -> Response: ...

    def refuse(self, error: ClickstreamError, client: str) -> Response: ...


class Server(ThreadingHTTPServer):
    """A thread per connection, at most `max_connections`; listens from the moment it is made, answers from `serve` on."""

    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, host: str, port: int, *, patience: Patience | None = None, max_connections: int = 512) -> None:
        self.address_family, address = _resolved(host, port)
        self.patience = patience or Patience()
        self.app: Application
        self.stopping = False
        self._slots = BoundedSemaphore(max_connections)
        self._busy = 0
        self._idle = Condition()
        try:
            super().__init__(address, Handler)
        except OSError as error:
            raise StartupError(_cannot_listen(host, port, error)) from error

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        host = str(self.server_address[0])
        shown = "localhost" if host in _SHOWN_AS_LOCALHOST else host
        return f"http://[{shown}]:{self.port}" if ":" in shown else f"http://{shown}:{self.port}"

    def stop_on_signals(self) -> None:
        """SIGINT and SIGTERM end `serve`."""

        def stop(number: int, frame: FrameType | None) -> None:
            Thread(target=self.shutdown, daemon=True).start()

        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGTERM, stop)

    def serve(self, app: Application) -> None:
        """Answer until `shutdown` is called from another thread; then listen no more."""
        self.app = app
        self.serve_forever(poll_interval=0.1)
        self.stopping = True
        self.socket.close()

    def finish(self, seconds: float = 20) -> None:
        """Give the requests under way some time to be answered."""
        with self._idle:
            self._idle.wait_for(lambda: self._busy == 0, timeout=seconds)

    @contextmanager
    def under_way(self) -> Iterator[None]:
        with self._idle:
            self._busy += 1
        try:
            yield
        finally:
            with self._idle:
                self._busy -= 1
                self._idle.notify_all()

    def server_bind(self) -> None:
        """Bind without http.server's reverse lookup of the own name, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.port

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._slots.acquire(blocking=False):
            self._turn_away(request)
            return
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # no thread could be started
            self._slots.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._slots.release()

    def _turn_away(self, request: socket.socket) -> None:
        """Answer without a thread, so without waiting: what does not fit the socket's buffer is lost."""
        error = Overloaded("There are too many open connections.", retry_after_seconds=2)
        with closing(request), suppress(OSError):
            request.setblocking(False)
            request.send(_wire(self.app.refuse(error, str(request.getpeername()[0])), "close"))

    def handle_error(self, request: Any, client_address: Any) -> None:
        logger.exception("connection from %s broke", client_address)


class Handler(BaseRequestHandler):
    """The requests of one connection, one after the other."""

    server: Server

    def handle(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = Connection(self.request, self.server.patience)
        try:
            while not self.server.stopping and self._one_request():
                pass
        except (ConnectionError, TimeoutError) as error:
            logger.debug("%s left: %r", self.client_address, error)

    def _one_request(self) -> bool:
        """Answer the next request; whether another may follow."""
        try:
            raw = self._connection.read_head()
            if raw is None:
                return False
            head = parse_head(raw)
            request, body = self._request(head)
        except ClickstreamError as error:
            self._send(self.server.app.refuse(error, self.client_address[0]), keep_alive=False)
            self._connection.linger()
            return False
        with self.server.under_way():
            return self._answer(head, request, body)

    def _request(self, head: Head) -> tuple[Request, Body]:
        framing = body_framing(head)
        body: Body = SizedBody(self._connection.read, framing.length or 0)
        if framing.chunked:
            body = ChunkedBody(self._connection.read, self._connection.read_line)
        self._connection.expect_body(expects_continue=framing.expects_continue and body.left > 0)
        client = self.client_address[0]
        return Request(head.method, head.target, head.headers, body, framing.length, framing.chunked, client), body

    def _answer(self, head: Head, request: Request, body: Body) -> bool:
        response = self.server.app(request)
        keep_alive = head.keep_alive and not self.server.stopping and self._is_here(body)
        if response.stream is not None:
            return self._stream(response, response.stream, keep_alive=keep_alive, chunked=not head.one_zero)
        self._send(response, keep_alive=keep_alive, announce=head.one_zero)
        if keep_alive:
            body.read(body.left)
        elif body.left:
            self._connection.linger()
        return keep_alive

    def _is_here(self, body: Body) -> bool:
        """Whether what nobody has read of the body can be skipped without waiting for it."""
        return not body.left or (isinstance(body, SizedBody) and body.left <= self._connection.buffered_bytes)

    def _send(self, response: Response, *, keep_alive: bool, announce: bool = False) -> None:
        connection = ("keep-alive" if announce else None) if keep_alive else "close"
        self._connection.write(_wire(response, connection))

    def _stream(self, response: Response, stream: Generator[bytes, None, None], *, keep_alive: bool, chunked: bool) -> bool:
        """Send pieces as they come. A stream that fails is cut off without its last chunk, so that the client knows."""
        if chunked:
            response.headers["transfer-encoding"] = "chunked"
        with closing(stream):
            self._send(response, keep_alive=keep_alive and chunked)
            for piece in stream:
                self._connection.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
                if self.server.stopping:
                    return False
        if chunked:
            self._connection.write(b"0\r\n\r\n")
        return keep_alive and chunked


def _wire(response: Response, connection: str | None) -> bytes:
    return head_bytes(response, _http_date(int(time())), connection) + response.body


@lru_cache(maxsize=2)
def _http_date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


def _resolved(host: str, port: int) -> tuple[socket.AddressFamily, Any]:
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise StartupError(f"HOST={host!r} is not an address of this machine; try 127.0.0.1.") from error
    family, _, _, _, address = found[0]
    return family, address


def _cannot_listen(host: str, port: int, error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"Port {port} is in use by another program; stop it or choose another with --port or PORT."
        case errno.EACCES:
            return f"Port {port} needs more rights than this account has; choose one above 1023 with --port or PORT."
        case errno.EADDRNOTAVAIL:
            return f"HOST={host!r} is not an address of this machine; try 127.0.0.1."
        case _:
            return f"Cannot listen on {host}:{port}: {error.strerror}."
