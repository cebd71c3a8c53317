"""Does a model that hangs slow the shop down? Prints p95 of collecting and of the overview, without and with it.

    python -m benchmarks.hanging_model

A real server with its own database makes ANALYSES analyses with a stand-in that sends keep-alives and never an answer.
The two take turns, so that whatever else the machine does meets both.
"""

from __future__ import annotations

import http.client
import json
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from benchmarks.rows import fresh_settings
from benchmarks.server import Running, running_server
from benchmarks.shop import bodies, shop_events
from clickstream import rollup
from clickstream.clock import system_clock
from clickstream.store import open_store

PORT = 18_019
EVENTS = 20_000
ANALYSES = 4
POSTS = 200
OVERVIEWS = 100
ROUNDS = 5
KEEP_ALIVE = b": PROCESSING\n\n"
KEEP_ALIVE_SECONDS = 0.5
PATIENCE_SECONDS = 120


class HangingModel:
    """Accepts every question and answers none of them."""

    def __init__(self) -> None:
        self.asked = 0
        self._stopped = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # the listener is closed
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._hang, args=(connection,), daemon=True).start()

    def _hang(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:  # the client has gone
            connection.recv(65536)
            self.asked += 1
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
            while not self._stopped.wait(KEEP_ALIVE_SECONDS):
                connection.sendall(KEEP_ALIVE)


class Caller:
    """One keep-alive connection of the owner's."""

    def __init__(self, server: Running) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port)
        self._headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}

    def call(self, method: str, path: str, payload: object = None) -> Any:
        body = None if payload is None else json.dumps(payload)
        self._connection.request(method, path, body, self._headers)
        answer = self._connection.getresponse()
        text = answer.read()
        assert answer.status < 300, (method, path, answer.status, text)
        return json.loads(text) if text else None

    def p95(self, count: int, call: Callable[[int], object]) -> float:
        """Milliseconds that 95 % of the calls stay below."""
        taken = []
        for number in range(count):
            began = time.perf_counter()
            call(number)
            taken.append((time.perf_counter() - began) * 1000)
        return statistics.quantiles(taken, n=20)[-1]


def measured(caller: Caller, phase: str) -> tuple[float, float]:
    """p95 of collecting and of the overview, in milliseconds, of a server that is otherwise idle."""

    def post(number: int) -> None:
        event = {"event_type": "pageview", "page": "/", "session_id": f"{phase}-{number % 10}", "client_id": phase}
        caller.call("POST", "/api/events", event)

    posts = caller.p95(POSTS, post)
    overviews = caller.p95(OVERVIEWS, lambda number: caller.call("GET", "/api/metrics/overview"))
    return posts, overviews


@contextmanager
def hanging(caller: Caller, model: HangingModel) -> Iterator[None]:
    """Inside, ANALYSES analyses wait for the model."""
    caller.call("PUT", "/api/openrouter/key", {"kind": "compatible", "base_url": model.url, "model": "hanging"})
    asked = model.asked + ANALYSES
    ids = [caller.call("POST", "/api/analyze", {})["analysis_id"] for _ in range(ANALYSES)]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while model.asked < asked:
        assert time.monotonic() < deadline, "the analyses do not get to their model"
        time.sleep(0.1)
    yield
    assert {caller.call("GET", f"/api/analyses/{one}")["stage"] for one in ids} == {"asking_the_model"}
    for one in ids:
        caller.call("POST", f"/api/analyses/{one}/cancel")


def rounds(caller: Caller, model: HangingModel) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """What was measured without and with hanging models, turn by turn, after a turn to warm up."""
    measured(caller, "warm")
    for number in range(ROUNDS):
        without = measured(caller, f"without-{number}")
        with hanging(caller, model):
            yield without, measured(caller, f"with-{number}")


def main() -> int:
    model = HangingModel()
    with fresh_settings() as settings, open_store(settings) as store, running_server(settings, PORT) as server:
        server.post_all(bodies(shop_events(EVENTS, system_clock())))
        rollup.catch_up(store, settings, system_clock)
        found = list(rounds(Caller(server), model))
    model.stop()
    print(f"{'p95, median of ' + str(ROUNDS) + ' turns':<26}{'POST event':>14}{'overview':>14}")
    for name, turns in zip(("no model asked", f"{ANALYSES} models hanging"), zip(*found, strict=True), strict=True):
        posts, overviews = (statistics.median(values) for values in zip(*turns, strict=True))
        print(f"{name:<26}{posts:>11.1f} ms{overviews:>11.1f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
