"""A model or a network that hangs ends the request in time, and in words; so does whoever cancels."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from llm_servers import ANSWER, DONE, MESSAGES, MODEL, Answer, Connection, bench, chunk, raw_server, replies, says, streamed

from clickstream.llm import Client, Deadlines, Endpoint, new_session
from clickstream.llm.errors import Busy, Cancelled, CutOff, LlmError, TimedOut, Unreachable

SHORT = Deadlines(connect=0.2, first_token=0.2, idle=0.2, total=5, settle=0.1)
KEEP_ALIVE = b": OPENROUTER PROCESSING\n\n"


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


def failure(url: str, deadlines: Deadlines = SHORT) -> LlmError:
    with pytest.raises(LlmError) as caught, at_most(1.5):
        bench(url, deadlines=deadlines).ask()
    return caught.value


def stage(error: LlmError) -> str:
    assert isinstance(error, TimedOut), error
    return error.stage


def test_a_connection_that_is_never_accepted_ends_at_the_connect_deadline() -> None:
    with ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(2):  # fill the queue of those waiting to be accepted
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}/v1"
        assert stage(failure(url, Deadlines(connect=0.1, first_token=2, idle=2, total=5))) == "connect"


def test_a_server_that_accepts_and_says_nothing_ends_at_the_first_token_deadline() -> None:
    with raw_server(Connection.hang) as server:
        assert stage(failure(server.url)) == "first_token"
        assert len(server.received) == 1, "waiting again would not help"


def test_headers_without_a_body_end_at_the_first_token_deadline() -> None:
    def act(connection: Connection) -> None:
        connection.start_stream()
        connection.hang()

    with raw_server(act) as server:
        assert stage(failure(server.url)) == "first_token"


def test_headers_that_trickle_in_end_at_the_first_token_deadline() -> None:
    def act(connection: Connection) -> None:
        connection.send(b"HTTP/1.1 200 OK\r\n")
        connection.drip(b"X-Filler: x\r\n")

    with raw_server(act) as server:
        assert stage(failure(server.url)) == "first_token"


@pytest.mark.parametrize("filler", [KEEP_ALIVE, chunk(""), b'data: {"choices": []}\n\n'], ids=["comment", "empty", "bare"])
def test_keep_alives_do_not_put_off_the_first_token_deadline(filler: bytes) -> None:
    def act(connection: Connection) -> None:
        connection.start_stream()
        connection.drip(filler)

    with raw_server(act) as server:
        assert stage(failure(server.url)) == "first_token"


@pytest.mark.parametrize("filler", [KEEP_ALIVE, chunk("")], ids=["comment", "empty"])
def test_keep_alives_do_not_put_off_the_idle_deadline(filler: bytes) -> None:
    def act(connection: Connection) -> None:
        connection.start_stream()
        connection.send(chunk("The first half"))
        connection.drip(filler)

    with raw_server(act) as server:
        assert stage(failure(server.url)) == "idle"


def test_a_stream_that_falls_silent_ends_at_the_idle_deadline() -> None:
    def act(connection: Connection) -> None:
        connection.start_chunked()
        connection.send_chunked(chunk("The first half"))
        connection.hang()

    with raw_server(act) as server:
        assert stage(failure(server.url)) == "idle"


def test_a_model_that_never_stops_talking_ends_at_the_total_deadline() -> None:
    def act(connection: Connection) -> None:
        connection.start_stream()
        connection.drip(chunk("and "))

    with raw_server(act) as server:
        assert stage(failure(server.url, Deadlines(first_token=0.2, idle=0.2, total=0.4))) == "total"


def test_a_whole_reply_that_is_padded_forever_ends_at_the_total_deadline() -> None:
    def act(connection: Connection) -> None:
        connection.start_stream("application/json")
        connection.drip(b"\n")

    with raw_server(act) as server:
        assert stage(failure(server.url, Deadlines(first_token=0.2, idle=0.2, total=0.4))) == "total"


def test_an_error_whose_body_never_comes_is_still_that_error() -> None:
    def act(connection: Connection) -> None:
        connection.send(b"HTTP/1.1 429 Slow down\r\nContent-Length: 50\r\nRetry-After: 900\r\n\r\n")
        connection.hang()

    with raw_server(act) as server:
        error = failure(server.url)
    assert isinstance(error, Busy)
    assert error.retry_after_seconds == 900


def test_thinking_counts_as_progress() -> None:
    def act(connection: Connection) -> None:
        connection.start_stream()
        for _ in range(6):
            connection.send(chunk(reasoning="hmm"))
            time.sleep(0.05)
        connection.send(streamed("Because."))

    with raw_server(act) as server:
        assert bench(server.url, deadlines=SHORT).ask().text == "Because."


@pytest.mark.parametrize("ending", ["hang", "reset", "comments"])
def test_a_finished_answer_is_not_lost_when_its_end_mark_does_not_come(ending: str) -> None:
    def act(connection: Connection) -> None:
        connection.start_chunked()
        connection.send_chunked(chunk("Because.", "stop"))
        time.sleep(0.05)
        match ending:
            case "hang":
                connection.hang()
            case "comments":
                connection.drip(f"{len(KEEP_ALIVE):x}\r\n".encode() + KEEP_ALIVE + b"\r\n")
            case "reset":
                connection.reset()

    patient = Deadlines(connect=0.2, first_token=0.2, idle=5, total=9, settle=0.1)
    with raw_server(act) as server, at_most(1):
        assert bench(server.url, deadlines=patient).ask().text == "Because."


def test_nothing_is_waited_for_after_the_end_mark() -> None:
    def act(connection: Connection) -> None:
        connection.start_stream()
        connection.send(chunk("Because.", "stop") + DONE)
        connection.hang()

    with raw_server(act) as server, at_most(1):
        assert bench(server.url, deadlines=Deadlines(idle=5, settle=5)).ask().text == "Because."


def test_text_is_passed_on_while_it_comes_also_without_chunked_encoding() -> None:
    heard = threading.Event()

    def act(connection: Connection) -> None:
        connection.start_stream()
        connection.send(chunk("Be"))
        assert heard.wait(2), "the first piece must arrive before the second is sent"
        connection.send(chunk("cause.", "stop") + DONE)

    pieces: list[str] = []

    def hear(text: str) -> None:
        pieces.append(text)
        heard.set()

    with raw_server(act) as server:
        bench(server.url).ask(on_text=hear)
    assert pieces == ["Be", "cause."]


def test_leaving_early_ends_the_connection_so_that_the_provider_stops_writing() -> None:
    def act(connection: Connection) -> None:
        connection.start_stream()
        connection.send(chunk("The first half"))
        connection.hang()

    with raw_server(act) as server:
        failure(server.url)
        assert server.left.wait(1)
    assert not [thread for thread in threading.enumerate() if thread.name == "llm-exchange" and thread.is_alive()]


@pytest.mark.parametrize("point", ["before the headers", "in the stream"])
def test_cancelling_ends_a_request_that_is_under_way(point: str) -> None:
    cancel = threading.Event()

    def act(connection: Connection) -> None:
        if point == "in the stream":
            connection.start_stream()
            connection.send(chunk("The first half"))
        cancel.set()
        connection.hang()

    with raw_server(act) as server, pytest.raises(Cancelled), at_most(1):
        bench(server.url).ask(cancel=cancel)


def test_a_request_that_is_cancelled_already_is_not_sent() -> None:
    cancel = threading.Event()
    cancel.set()
    with raw_server(says(streamed("Because."))) as server:
        with pytest.raises(Cancelled):
            bench(server.url).ask(cancel=cancel)
        time.sleep(0.1)
        assert server.accepted == 0


def test_cancelling_ends_the_pause_before_another_attempt() -> None:
    cancel = threading.Event()
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        cancel.set()

    with raw_server(replies({"error": {"code": 429, "message": "busy"}}, 429, Retry_After="60")) as server:
        client = Client(Endpoint(server.url), new_session(), time.monotonic, sleep, random.Random(1))
        with pytest.raises(Cancelled):
            client.complete(MESSAGES, model=MODEL, max_tokens=100, cancel=cancel)
        assert len(slept) == 1
        assert len(server.received) == 1


def test_no_attempt_starts_that_could_not_end_before_the_total_deadline() -> None:
    with raw_server(replies({"error": {"code": 429, "message": "busy"}}, 429, Retry_After="20")) as server:
        stand = bench(server.url, deadlines=Deadlines(total=10))
        with pytest.raises(Busy):
            stand.ask()
        assert stand.sleeps == []
        assert len(server.received) == 1


def test_a_port_where_nobody_listens_is_tried_again_and_then_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
    stand = bench(url)
    with pytest.raises(Unreachable, match="cannot be reached"):
        stand.ask()
    assert len(stand.sleeps) >= 2


def test_a_connection_that_is_reset_before_the_answer_is_tried_again() -> None:
    with raw_server(Connection.reset, says(streamed(ANSWER))) as server:
        stand = bench(server.url)
        assert stand.ask(Answer).value == Answer("Checkout", 3)
        assert len(server.received) == 2
        assert 0 < stand.waited <= 0.5


def test_a_connection_that_always_breaks_ends_after_three_attempts() -> None:
    with raw_server(Connection.reset) as server:
        with pytest.raises(CutOff):
            bench(server.url).ask()
        assert len(server.received) == 3
