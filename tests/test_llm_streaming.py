"""Server-sent events read as bytes: lines end at LF and CR only, characters may arrive in halves."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llm_servers import DONE, STREAM, Answer, bench, chunk, raw_server, says, streamed

from clickstream.llm.errors import CutOff, Garbled
from clickstream.llm.streaming import SseParser

HARD = 'Zo\u00eb \u2713 \u2028 next \u2029 \u0085 \U0001f6d2 "quoted"'


def events(*pieces: bytes) -> list[bytes]:
    parser = SseParser()
    return [event for piece in pieces for event in parser.feed(piece)] + list(parser.close())


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"data: a\n\ndata: b\n\n", [b"a", b"b"]),
        (b"data:a\r\n\r\ndata:b\r\n\r\n", [b"a", b"b"]),
        (b"data: a\r\rdata: b\r\r", [b"a", b"b"]),
        (b": comment\n\ndata: a\n: another\n\n", [b"a"]),
        (b"event: message\nid: 7\nretry: 10\ndata: a\n\n", [b"a"]),
        (b"data: a\ndata: b\n\n", [b"a\nb"]),
        (b"data:  two blanks\n\n", [b" two blanks"]),
        (b"\n\n\n", []),
        (b"data: a", [b"a"]),
        (b"data: a\r", [b"a"]),
        (b"data: a:b\n\n", [b"a:b"]),
        (b"database: a\n\n", []),
        (b"", []),
    ],
)
def test_a_stream_is_cut_into_events(stream: bytes, expected: list[bytes]) -> None:
    assert events(stream) == expected


def test_a_line_end_that_arrives_in_halves_is_one() -> None:
    assert events(b"data: a\r", b"\ndata: b\r\n", b"\r\n") == [b"a\nb"]


@given(
    texts=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), min_size=1), max_size=5),
    newline=st.sampled_from([b"\n", b"\r\n", b"\r"]),
    cuts=st.sets(st.integers(0, 200)),
)
def test_it_does_not_matter_where_the_network_cuts(texts: list[str], newline: bytes, cuts: set[int]) -> None:
    stream = b"".join(b"data: " + text.encode() + newline * 2 for text in texts)
    edges = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    pieces = [stream[start:end] for start, end in pairwise(edges)]
    assert [event.decode() for event in events(*pieces)] == texts


@pytest.mark.parametrize("content_type", [STREAM, "text/event-stream; charset=ISO-8859-1", "application/octet-stream"])
@pytest.mark.parametrize("framing", ["chunked", "until closed"])
def test_line_separators_and_split_characters_in_the_text_survive(content_type: str, framing: str) -> None:
    def act(connection) -> None:
        start, send = {
            "chunked": (connection.start_chunked, connection.send_chunked),
            "until closed": (connection.start_stream, connection.send),
        }[framing]
        start(content_type)
        for byte in streamed(HARD):
            send(bytes([byte]))
        if framing == "chunked":
            send(b"")

    with raw_server(act) as server:
        assert bench(server.url).ask().text == HARD


@pytest.mark.parametrize("framing", ["chunked, then closed", "chunked, then reset", "closed"])
@pytest.mark.parametrize("cut", ["between events", "within an event"])
def test_a_stream_that_breaks_off_is_never_taken_for_an_answer(framing: str, cut: str) -> None:
    said = chunk('{"title": "Checkout", ') + chunk('"count": 3}')
    said = said if cut == "between events" else said + chunk(" ", "stop")[:-30]

    def act(connection) -> None:
        if framing == "closed":
            connection.start_stream()
            connection.send(said)
            return
        connection.start_chunked()
        connection.send_chunked(said)
        if framing.endswith("reset"):
            connection.reset()

    with raw_server(act) as server:
        with pytest.raises(CutOff, match="broke off"):
            bench(server.url).ask(Answer)
        assert len(server.received) == 3, "nothing had been shown, so it was worth trying again"


def test_a_broken_stream_is_not_tried_again_once_its_text_was_shown() -> None:
    heard: list[str] = []
    with raw_server(says(chunk("The first half"))) as server:
        with pytest.raises(CutOff):
            bench(server.url).ask(on_text=heard.append)
        assert len(server.received) == 1
    assert heard == ["The first half"]


def test_an_end_mark_without_a_finish_reason_ends_an_answer() -> None:
    with raw_server(says(chunk("Because.") + DONE)) as server:
        assert bench(server.url).ask().text == "Because."


def test_a_finish_reason_without_an_end_mark_ends_an_answer() -> None:
    with raw_server(says(chunk("Because.", "stop"))) as server:
        assert bench(server.url).ask().text == "Because."


def test_the_last_event_needs_no_blank_line() -> None:
    with raw_server(says(chunk("Because.", "stop").rstrip())) as server:
        assert bench(server.url).ask().text == "Because."


@pytest.mark.parametrize(
    "garbage",
    [
        b"data: {broken\n\n",
        b'data: {"id": "\xff"}\n\n',
        b"data: []\n\n",
        b'data: "text"\n\n',
        b'data: {"usage": ' + b"[" * 100_000 + b"\n\n",
    ],
)
def test_an_event_that_cannot_be_read_ends_the_reply_after_three_attempts(garbage: bytes) -> None:
    with raw_server(says(chunk("Be") + garbage + streamed("cause."))) as server:
        with pytest.raises(Garbled, match="cannot be read"):
            bench(server.url).ask()
        assert len(server.received) == 3


def test_a_flood_ends_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clickstream.llm.transport.MAX_REPLY_BYTES", 1000)
    with raw_server(says(chunk("x" * 500) * 4 + streamed(""))) as server:
        with pytest.raises(Exception, match="far more than an answer"):
            bench(server.url).ask()
        assert len(server.received) == 1
