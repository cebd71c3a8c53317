"""HTTP/1.1 on the wire: heads and bodies out of bytes, heads into bytes. Strict, as lenience is what smuggling lives on."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import NamedTuple

from clickstream.web.errors import (
    AddressTooLong,
    BadRequest,
    ExpectationFailed,
    HeadersTooLarge,
    NotImplementedCoding,
    VersionNotSupported,
)
from clickstream.web.response import Response

MAX_HEAD_BYTES = 32 * 1024
_MAX_TARGET_BYTES = 8 * 1024
_MAX_HEADERS = 100
_MAX_LINE_BYTES = 4096
_MAX_TRAILERS = 32

_REQUEST_LINE = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}) ([\x21-\x7e]+) HTTP/(\d)\.(\d)")
_HEADER = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
_LENGTH = re.compile(r"[0-9]{1,18}")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?")
_ONCE = frozenset({"host", "transfer-encoding", "content-type", "content-encoding", "authorization", "expect", "origin"})


class Head(NamedTuple):
    method: str
    target: str
    headers: dict[str, str]
    keep_alive: bool
    one_zero: bool


def parse_head(raw: bytes) -> Head:
    """The head of a request, given without its closing blank line."""
    request_line, *lines = raw.decode("latin-1").split("\r\n")
    parts = _REQUEST_LINE.fullmatch(request_line)
    if parts is None:
        raise BadRequest("The request line is not HTTP.")
    method, target, major, minor = parts.groups()
    if major != "1":
        raise VersionNotSupported("This server speaks HTTP/1.1.")
    if len(target) > _MAX_TARGET_BYTES:
        raise AddressTooLong(f"The address is longer than {_MAX_TARGET_BYTES:,} bytes.")
    headers = _parse_headers(lines)
    one_zero = minor == "0"
    if not one_zero and "host" not in headers:
        raise BadRequest("The Host header is missing.")
    return Head(method, target, headers, _keeps_alive(headers, one_zero=one_zero), one_zero)


def _parse_headers(lines: list[str]) -> dict[str, str]:
    if len(lines) > _MAX_HEADERS:
        raise HeadersTooLarge(f"There are more than {_MAX_HEADERS} headers.")
    headers: dict[str, str] = {}
    for line in lines:
        parts = _HEADER.fullmatch(line)
        if parts is None:
            raise BadRequest("A header line is not HTTP.")
        name, value = parts[1].lower(), parts[2].rstrip(" \t")
        headers[name] = _joined(name, headers[name], value) if name in headers else value
    return headers


def _joined(name: str, first: str, second: str) -> str:
    if name == "content-length" and first == second:
        return first
    if name == "content-length" or name in _ONCE:
        raise BadRequest(f"The header {name} is there more than once.")
    return f"{first}; {second}" if name == "cookie" else f"{first}, {second}"


def _keeps_alive(headers: Mapping[str, str], *, one_zero: bool) -> bool:
    options = [option.strip() for option in headers.get("connection", "").lower().split(",")]
    return "keep-alive" in options if one_zero else "close" not in options


@dataclass(frozen=True)
class Framing:
    """How a request's body is delimited: a declared `length`, chunks, or neither (then there is none)."""

    length: int | None
    chunked: bool
    expects_continue: bool


def body_framing(head: Head) -> Framing:
    coding, length = head.headers.get("transfer-encoding"), head.headers.get("content-length")
    expects = head.headers.get("expect", "").lower()
    if expects not in ("", "100-continue"):
        raise ExpectationFailed("The only expectation met here is 100-continue.")
    if length is not None and not _LENGTH.fullmatch(length):
        raise BadRequest("Content-Length is not a number.")
    if coding is not None and (length is not None or head.one_zero):
        raise BadRequest("Transfer-Encoding cannot come with Content-Length or HTTP/1.0.")
    if coding is not None and coding.lower() != "chunked":
        raise NotImplementedCoding("The only transfer coding understood here is chunked.")
    declared = None if length is None else int(length)
    return Framing(declared, coding is not None, bool(expects) and not head.one_zero)


class SizedBody:
    """A body of `left` more bytes."""

    def __init__(self, receive: Callable[[int], bytes], length: int) -> None:
        self._receive, self.left = receive, length

    def read(self, limit: int, /) -> bytes:
        chunk = self._receive(min(limit, self.left)) if self.left and limit else b""
        self.left -= len(chunk)
        return chunk


class ChunkedBody:
    """A body in chunks; `left` is unknown (1) until the last chunk and its trailers are read, then 0."""

    def __init__(self, receive: Callable[[int], bytes], receive_line: Callable[[int], bytes]) -> None:
        self._receive, self._receive_line = receive, receive_line
        self._in_chunk = 0
        self._started = False
        self.left = 1

    def read(self, limit: int, /) -> bytes:
        if not self.left or not limit:
            return b""
        if not self._in_chunk:
            self._in_chunk = self._next_size()
            if not self._in_chunk:
                self._skip_trailers()
                return b""
        chunk = self._receive(min(limit, self._in_chunk))
        self._in_chunk -= len(chunk)
        return chunk

    def _next_size(self) -> int:
        if self._started and self._receive_line(_MAX_LINE_BYTES):
            raise BadRequest("A chunk is longer than it says.")
        self._started = True
        size = _CHUNK_SIZE.fullmatch(self._receive_line(_MAX_LINE_BYTES))
        if size is None:
            raise BadRequest("A chunk's size is not a hexadecimal number.")
        return int(size[1], 16)

    def _skip_trailers(self) -> None:
        for _ in range(_MAX_TRAILERS):
            if not self._receive_line(_MAX_LINE_BYTES):
                self.left = 0
                return
        raise HeadersTooLarge(f"There are more than {_MAX_TRAILERS} trailers.")


def head_bytes(response: Response, date: str, connection: str | None) -> bytes:
    """Status line and headers. A header value that would break the frame is a programming error."""
    lines = [f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}", f"date: {date}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    lines += [f"set-cookie: {cookie}" for cookie in response.cookies]
    if connection:
        lines.append(f"connection: {connection}")
    text = "\r\n".join(lines)
    if text.count("\r") + text.count("\n") != 2 * len(lines) - 2:
        raise ValueError("a header value holds a line break")
    return f"{text}\r\n\r\n".encode("latin-1")
