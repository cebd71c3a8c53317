"""What only a socket can show: framing, keep-alive, caps, patience, and how the server starts and stops."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from select import select
from threading import Thread

import pytest
from wire import CHUNKED, GATE, GET, IMPATIENT, SMUGGLED, TICKER, Wire, post, running

from clickstream.errors import StartupError
from clickstream.web.server import Server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as running_server:
        yield running_server


@pytest.fixture
def wire(server: Server) -> Iterator[Wire]:
    with Wire(server) as connection:
        yield connection


@pytest.fixture
def impatient() -> Iterator[Wire]:
    with running(patience=IMPATIENT) as server, Wire(server) as connection:
        yield connection


def test_a_connection_serves_many_requests(wire: Wire) -> None:
    for length in (0, 1, 70_000, 3):
        wire.send(post("/echo", b"x" * length))
        answer = wire.answer()
        assert (answer.status, json.loads(answer.body)) == (200, {"length": length})
        assert "connection" not in answer.headers
        assert answer.headers["date"].endswith("GMT")


def test_requests_sent_ahead_are_answered_in_order(wire: Wire) -> None:
    wire.send(post("/echo", b"abc") + GET + post("/echo", b"") + b"\r\n" + GET)
    bodies = [wire.answer().body for _ in range(4)]
    assert bodies == [b'{"length":3}', b'{"ignored":true}', b'{"length":0}', b'{"ignored":true}']


def test_a_body_nobody_reads_is_not_the_next_request(wire: Wire) -> None:
    wire.send(post("/ignore", SMUGGLED) + GET)
    assert [wire.answer().body, wire.answer().body] == [b'{"ignored":true}'] * 2


def test_a_request_may_come_byte_by_byte(wire: Wire) -> None:
    for byte in post("/echo", b"abc"):
        wire.send(bytes([byte]))
    assert json.loads(wire.answer().body) == {"length": 3}


def test_a_head_is_answered_without_a_body(wire: Wire) -> None:
    wire.send(b"HEAD /ignore HTTP/1.1\r\nHost: x\r\n\r\n" + GET)
    assert wire.answer(head=True).headers["content-length"] == "16"
    assert wire.answer().body == b'{"ignored":true}'


@pytest.mark.parametrize(
    ("request_bytes", "kept"),
    [
        (b"GET /ignore HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", False),
        (b"GET /ignore HTTP/1.0\r\n\r\n", False),
        (b"GET /ignore HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", True),
    ],
)
def test_the_client_says_whether_it_stays(wire: Wire, request_bytes: bytes, kept: bool) -> None:
    wire.send(request_bytes)
    answer = wire.answer()
    assert answer.headers["connection"] == ("keep-alive" if kept else "close")
    if kept:
        wire.send(GET)
        assert wire.answer().status == 200
    else:
        assert wire.is_closed()


def test_a_large_answer_arrives_whole(wire: Wire) -> None:
    wire.send(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
    assert wire.answer().body == b"x" * 5_000_000


def test_a_body_over_the_cap_is_refused_before_it_is_sent(wire: Wire) -> None:
    wire.send(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
    assert wire.answer().status == 413


def test_a_client_that_asks_first_is_told_to_go_on(wire: Wire) -> None:
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    wire.send(head)
    assert wire.file.readline() == b"HTTP/1.1 100 Continue\r\n"
    assert wire.file.readline() == b"\r\n"
    wire.send(b"abc")
    assert json.loads(wire.answer().body) == {"length": 3}


def test_a_client_that_asks_first_is_refused_before_it_sends(wire: Wire) -> None:
    wire.send(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\nExpect: 100-continue\r\n\r\n")
    answer = wire.answer()
    assert (answer.status, answer.headers["connection"]) == (413, "close")


def test_a_gzip_body_is_unpacked(wire: Wire) -> None:
    wire.send(post("/echo", gzip.compress(b"x" * 500_000), "Content-Encoding: gzip"))
    assert json.loads(wire.answer().body) == {"length": 500_000}


def test_a_head_that_does_not_come_is_given_up(impatient: Wire) -> None:
    impatient.send(b"GET /ignore HT")
    answer = impatient.answer()
    assert (answer.status, answer.code, answer.headers["connection"]) == (408, "request_timeout", "close")


@pytest.mark.parametrize(
    "head", [b"GET /ignore HTTP/1.1\r\nX: ", b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"]
)
def test_a_trickle_wins_no_time(impatient: Wire, head: bytes) -> None:
    impatient.send(head)
    for _ in range(900):
        impatient.send(b"x")
        if select([impatient.socket], [], [], 0.01)[0]:
            break
    answer = impatient.answer()
    assert (answer.status, answer.headers["connection"]) == (408, "close")


def test_an_idle_connection_is_closed_without_a_word(impatient: Wire) -> None:
    assert impatient.is_closed()


@pytest.mark.parametrize(
    "data",
    [b"", b"GET /ign", post("/echo", b"abc")[:-1], CHUNKED + b"5\r\nab", CHUNKED],
    ids=["nothing", "head", "body", "chunk", "size"],
)
def test_a_client_that_leaves_in_the_middle_harms_nobody(
    server: Server, data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with Wire(server) as leaving:
        leaving.send(data)
    with Wire(server) as wire:
        wire.send(GET)
        assert wire.answer().status == 200
    assert not [record for record in caplog.records if record.exc_info]


def test_events_come_as_chunks_and_the_connection_goes_on(wire: Wire) -> None:
    wire.send(b"GET /count HTTP/1.1\r\nHost: x\r\n\r\n" + GET)
    head = wire.answer(head=True)
    assert (head.headers["content-type"], head.headers["transfer-encoding"]) == ("text/event-stream", "chunked")
    chunks = []
    while size := int(wire.file.readline(), 16):
        chunks.append(wire.file.read(size))
        wire.file.readline()
    wire.file.readline()
    assert b"".join(chunks).count(b"event: tick") == 2
    assert wire.answer().status == 200


def test_events_for_an_old_client_end_with_the_connection(wire: Wire) -> None:
    wire.send(b"GET /count HTTP/1.0\r\n\r\n")
    assert wire.file.read().endswith(b"event: tick\ndata: 2\n\n")


def test_a_stream_ends_when_its_reader_leaves_and_holds_up_nobody(server: Server) -> None:
    TICKER.closed.clear()
    with Wire(server) as reader:
        reader.send(b"GET /ticks HTTP/1.1\r\nHost: x\r\n\r\n")
        assert reader.answer(head=True).status == 200
        with Wire(server) as other:
            other.send(GET)
            assert other.answer().status == 200
        assert not TICKER.closed.is_set()
    assert TICKER.closed.wait(5)


def test_a_header_with_a_line_break_is_our_fault_and_never_sent(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    with Wire(server) as wire:
        wire.send(b"GET /broken HTTP/1.1\r\nHost: x\r\n\r\n")
        assert wire.file.read() == b""
    assert "line break" in caplog.text


def test_more_connections_than_threads_are_turned_away() -> None:
    with running(max_connections=1) as small, Wire(small) as first:
        first.send(GET)
        assert first.answer().status == 200
        with Wire(small) as second:
            answer = second.answer()
            assert (answer.status, answer.code, answer.headers["retry-after"]) == (503, "overloaded", "2")
            assert second.is_closed()
        assert small.stopping is False


def test_stopping_lets_the_requests_under_way_finish() -> None:
    GATE.inside.clear()
    GATE.leave.clear()
    with running() as stopping, Wire(stopping) as wire:
        wire.send(b"GET /gate HTTP/1.1\r\nHost: x\r\n\r\n")
        assert GATE.inside.wait(5)
        stopping.shutdown()
        finishing = Thread(target=stopping.finish)
        finishing.start()
        assert finishing.is_alive()
        GATE.leave.set()
        answer = wire.answer()
        finishing.join(5)
    assert (answer.status, answer.headers["connection"]) == (200, "close")
    assert not finishing.is_alive()


def test_stopping_does_not_wait_for_streams_that_never_end() -> None:
    TICKER.closed.clear()
    with running() as stopping, Wire(stopping) as wire:
        wire.send(b"GET /ticks HTTP/1.1\r\nHost: x\r\n\r\n")
        assert wire.answer(head=True).status == 200
        stopping.shutdown()
        stopping.finish()
        assert TICKER.closed.wait(1)


def test_a_port_in_use_is_one_sentence(server: Server) -> None:
    with pytest.raises(StartupError, match=f"^Port {server.port} is in use by another program; .* --port or PORT.$"):
        Server("127.0.0.1", server.port)


@pytest.mark.parametrize("host", ["203.0.113.1", "nonsense.invalid"])
def test_an_address_of_another_machine_is_one_sentence(host: str) -> None:
    with pytest.raises(StartupError, match="is not an address of this machine"):
        Server(host, 0)
