"""One client's socket with patience: every read has a deadline, so nobody holds a thread by being slow."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from clickstream.web.errors import AddressTooLong, BadRequest, ClientLeft, HeadersTooLarge, RequestTimeout
from clickstream.web.framing import MAX_HEAD_BYTES

_RECEIVE_BYTES = 256 * 1024
_SEND_BYTES = 256 * 1024
_END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True)
class Patience:
    """Seconds we wait: for the next request, for a whole head, for a body beyond `bytes_per_second`, for a write."""

    idle_seconds: float = 30
    head_seconds: float = 10
    body_seconds: float = 20
    write_seconds: float = 30
    linger_seconds: float = 5
    bytes_per_second: int = 1024


class Connection:
    def __init__(self, sock: socket.socket, patience: Patience) -> None:
        self._sock, self._patience = sock, patience
        self._buffer = b""
        self._deadline = 0.0
        self._continue_due = False

    def read_head(self) -> bytes | None:
        """The next request's head without its blank line; None when the client has no more to say."""
        if not self._await_request():
            return None
        self._deadline = monotonic() + self._patience.head_seconds
        while (end := self._buffer.find(_END_OF_HEAD, 0, MAX_HEAD_BYTES)) < 0:
            if len(self._buffer) >= MAX_HEAD_BYTES:
                raise _head_too_large(self._buffer[:MAX_HEAD_BYTES])
            self._buffer += self._receive()
        head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
        return head

    def expect_body(self, *, expects_continue: bool) -> None:
        """Start the clock of a body; `100 Continue` goes out when it is first read."""
        self._deadline = monotonic() + self._patience.body_seconds
        self._continue_due = expects_continue and not self._buffer

    @property
    def buffered_bytes(self) -> int:
        return len(self._buffer)

    def read(self, limit: int) -> bytes:
        """Between 1 and `limit` bytes of a body."""
        if not self._buffer:
            self._buffer = self._receive_body()
        chunk, self._buffer = self._buffer[:limit], self._buffer[limit:]
        return chunk

    def read_line(self, limit: int) -> bytes:
        """A line of a chunked body's frame, without its end."""
        while (end := self._buffer.find(b"\r\n", 0, limit)) < 0:
            if len(self._buffer) >= limit:
                raise BadRequest("A line between chunks is too long.")
            self._buffer += self._receive_body()
        line, self._buffer = self._buffer[:end], self._buffer[end + 2 :]
        return line

    def write(self, data: bytes) -> None:
        """Send everything; each piece within `write_seconds`."""
        self._sock.settimeout(self._patience.write_seconds)
        if len(data) <= _SEND_BYTES:
            self._sock.sendall(data)
            return
        for start in range(0, len(data), _SEND_BYTES):
            self._sock.sendall(data[start : start + _SEND_BYTES])

    def linger(self) -> None:
        """Close our side and swallow what is still coming: closing at once would destroy the answer on its way."""
        self._deadline = monotonic() + self._patience.linger_seconds
        with suppress(OSError):  # gone already, or out of time
            self._sock.shutdown(socket.SHUT_WR)
            while self._recv():
                continue

    def _await_request(self) -> bool:
        self._deadline = monotonic() + self._patience.idle_seconds
        while True:
            self._buffer = self._buffer.lstrip(b"\r\n")  # a blank line before a request is allowed
            if self._buffer:
                return True
            try:
                self._buffer = self._recv()
            except TimeoutError:
                return False
            if not self._buffer:
                return False

    def _receive_body(self) -> bytes:
        if self._continue_due:
            self._continue_due = False
            self.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        received = self._receive()
        self._deadline += len(received) / self._patience.bytes_per_second
        return received

    def _receive(self) -> bytes:
        try:
            received = self._recv()
        except TimeoutError as error:
            raise RequestTimeout("The request did not arrive in time.") from error
        except ConnectionError as error:
            raise ClientLeft("The client left in the middle of its request.") from error
        if not received:
            raise ClientLeft("The client left in the middle of its request.")
        return received

    def _recv(self) -> bytes:
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        return self._sock.recv(_RECEIVE_BYTES)


def _head_too_large(head: bytes) -> AddressTooLong | HeadersTooLarge:
    if b"\r\n" not in head:
        return AddressTooLong("The address is too long.")
    return HeadersTooLarge(f"The headers are larger than {MAX_HEAD_BYTES:,} bytes.")
