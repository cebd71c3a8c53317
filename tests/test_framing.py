"""What is HTTP to us, on a real socket: lengths, chunks, and everything that is refused."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator

import pytest
from wire import CAP_BYTES, CHUNKED, GET, MARKER, SMUGGLED, Wire, post, running

from clickstream.web.server import Server

BOMB = gzip.compress(bytes(20 * CAP_BYTES))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as running_server:
        yield running_server


@pytest.fixture
def wire(server: Server) -> Iterator[Wire]:
    with Wire(server) as connection:
        yield connection


@pytest.mark.parametrize(
    ("chunks", "length"),
    [
        (b"0\r\n\r\n", 0),
        (b"3\r\nabc\r\n0\r\n\r\n", 3),
        (b"3;name=value\r\nabc\r\n00A \r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n", 13),
        (b"186A0\r\n" + b"x" * 100_000 + b"\r\n0\r\n\r\n", 100_000),
    ],
)
def test_a_chunked_body_is_put_together(wire: Wire, chunks: bytes, length: int) -> None:
    wire.send(CHUNKED + chunks + GET)
    assert json.loads(wire.answer().body) == {"length": length}
    assert wire.answer().status == 200


MALFORMED: list[tuple[str, bytes, int]] = [
    (
        "both lengths",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    ("two lengths", b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400),
    ("a list of lengths", b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 3\r\n\r\nabc", 400),
    ("a negative length", b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -3\r\n\r\n", 400),
    ("a signed length", b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\nabc", 400),
    ("a length in other digits", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: ３\r\n\r\nabc".encode(), 400),
    ("an endless length", b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 30 + b"\r\n\r\n", 400),
    ("an unknown coding", b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
    ("a disguised coding", b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n", 501),
    ("two codings", b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n", 400),
    ("chunks in HTTP/1.0", b"POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("a space before the colon", b"GET /ignore HTTP/1.1\r\nHost: x\r\nContent-Length : 3\r\n\r\n", 400),
    ("a space in a name", b"GET /ignore HTTP/1.1\r\nHost: x\r\nX Y: 3\r\n\r\n", 400),
    ("an empty name", b"GET /ignore HTTP/1.1\r\nHost: x\r\n: 3\r\n\r\n", 400),
    ("no colon", b"GET /ignore HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n", 400),
    ("a folded header", b"GET /ignore HTTP/1.1\r\nHost: x\r\nX: 1\r\n 2\r\n\r\n", 400),
    ("a NUL in a value", b"GET /ignore HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n", 400),
    ("a bare line feed", b"GET /ignore HTTP/1.1\r\nHost: x\r\nX: a\nY: b\r\n\r\n", 400),
    ("a bare carriage return", b"GET /ignore HTTP/1.1\r\nHost: x\r\nX: a\rY: b\r\n\r\n", 400),
    ("no host", b"GET /ignore HTTP/1.1\r\n\r\n", 400),
    ("two hosts", b"GET /ignore HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
    ("no version", b"GET /ignore\r\n\r\n", 400),
    ("an unknown version", b"GET /ignore HTTP/2.0\r\nHost: x\r\n\r\n", 505),
    ("two spaces", b"GET  /ignore HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("a space in the address", b"GET /ig nore HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("raw UTF-8 in the address", "GET /é HTTP/1.1\r\nHost: x\r\n\r\n".encode(), 400),
    ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    ("a long address", b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    ("an endless address", b"GET /" + b"a" * 40_000, 414),
    ("many headers", b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 101 + b"\r\n", 431),
    ("endless headers", b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 40_000, 431),
    ("an odd expectation", b"POST /echo HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nContent-Length: 1\r\n\r\nx", 417),
    ("a chunk size that is none", CHUNKED + b"zz\r\nabc\r\n0\r\n\r\n", 400),
    ("a negative chunk", CHUNKED + b"-3\r\nabc\r\n0\r\n\r\n", 400),
    ("a chunk in hex notation", CHUNKED + b"0x3\r\nabc\r\n0\r\n\r\n", 400),
    ("a chunk longer than it says", CHUNKED + b"3\r\nabcdef\r\n0\r\n\r\n", 400),
    ("a chunk size that never ends", CHUNKED + b"3;" + b"x" * 5000, 400),
    ("endless trailers", CHUNKED + b"0\r\n" + b"X: y\r\n" * 40, 431),
    ("a body over the cap", post("/echo", b"x" * (CAP_BYTES + 1)), 413),
    ("chunks over the cap", CHUNKED + b"100001\r\n" + b"x" * (CAP_BYTES + 1) + b"\r\n0\r\n\r\n", 413),
    ("no length", b"POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 411),
]


@pytest.mark.parametrize(("data", "status"), [pytest.param(data, status, id=name) for name, data, status in MALFORMED])
def test_what_is_not_our_http_is_refused_in_the_one_shape_and_nothing_after_it_is_believed(
    wire: Wire, data: bytes, status: int
) -> None:
    MARKER.reached.clear()
    wire.send(data + SMUGGLED)
    answer = wire.answer()
    assert (answer.status, answer.headers["connection"]) == (status, "close")
    assert set(json.loads(answer.body)) == {"error", "code", "status", "fields", "request_id"}
    assert wire.is_closed()
    assert not MARKER.reached.is_set()


def test_a_gzip_bomb_is_refused(wire: Wire) -> None:
    wire.send(post("/echo", BOMB, "Content-Encoding: gzip"))
    answer = wire.answer()
    assert (answer.status, answer.code) == (413, "too_large")


def test_a_repeated_equal_length_is_one_length(wire: Wire) -> None:
    wire.send(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc")
    assert json.loads(wire.answer().body) == {"length": 3}
