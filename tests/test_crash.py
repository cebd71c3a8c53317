"""kill -9 of every process while events come in over HTTP: what was acknowledged is there, once, and counted rightly."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from pathlib import Path
from queue import Empty, SimpleQueue
from random import Random
from typing import Any
from urllib.request import HTTPError, Request, urlopen

import pytest
from agreement import disagreements
from conftest import NOWHERE, FakeClock, lives
from rollup_check import Document, Rig
from shop_check import Shop
from shops import random_shop

from clickstream import rollup
from clickstream.clock import iso, system_clock
from clickstream.settings import Settings, read_settings
from clickstream.store import Store
from clickstream.store.collections import ensure_indexes
from clickstream.store.connect import Connection, connect

pytestmark = pytest.mark.usefixtures("connection")  # skipped where no mongod starts, as conftest.py says
ROOT = Path(__file__).parent.parent
EVENTS = 20_000
SENDERS = 4
PATIENCE_SECONDS = 90.0
CATCH_UP = """
import os
from contextlib import suppress
from clickstream import rollup
from clickstream.clock import system_clock
from clickstream.errors import DatabaseUnavailable
from clickstream.settings import read_settings
from clickstream.store import open_store
settings = read_settings(os.environ)
with open_store(settings) as store:
    while True:
        with suppress(DatabaseUnavailable):
            rollup.catch_up(store, settings, system_clock)
"""


def eventually(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came to pass"
        time.sleep(0.02)


class Installation:
    """A data folder with a database, a server that can be killed and started, and one account's token."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        own = {"DATA_DIR": str(data_dir), "MONGO_CACHE_GB": "0.25", "PORT": "0", "LOG_LEVEL": "ERROR"}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MONGO_")}
        self.environ = {**kept, **own}
        self.settings: Settings = read_settings(own)
        self.connection: Connection = connect(self.settings, localhost=NOWHERE)
        ensure_indexes(self.connection.database)
        self.store = Store(self.connection.database, describe="the test's own database")
        self.url = ""
        self.token = ""
        self.server = self._start_server()

    def _start_server(self) -> subprocess.Popen[str]:
        command = [sys.executable, str(ROOT / "server.py")]
        server = subprocess.Popen(command, cwd=self.data_dir, env=self.environ, text=True, stdout=subprocess.PIPE)
        assert server.stdout is not None
        for line in server.stdout:
            if found := re.search(r"http://localhost:\d+", line):
                self.url = found[0]
                return server
        raise AssertionError("the server did not start")

    def post(self, path: str, payload: object) -> tuple[int, Any]:
        headers = {"content-type": "application/json", "authorization": f"Bearer {self.token}"}
        return self._ask(Request(f"{self.url}{path}", json.dumps(payload).encode(), headers))

    def get(self, path: str) -> tuple[int, Any]:
        return self._ask(Request(f"{self.url}{path}", headers={"authorization": f"Bearer {self.token}"}))

    def _ask(self, request: Request) -> tuple[int, Any]:
        """Status and body; 0 where no answer came."""
        try:
            with urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)
        except (OSError, HTTPException):
            return 0, None

    def sign_up(self) -> None:
        status, body = self.post("/api/signup", {"username": "owner", "password": "correct horse battery"})
        assert status in (200, 201), body
        self.token = body["token"]

    def is_ready(self) -> bool:
        return self.get("/ready")[0] == 200

    def measured(self, metric: str, **query: str) -> Any:
        named = "&".join(f"{name}={value}" for name, value in query.items())
        status, body = self.get(f"/api/metrics/{metric}?{named}")
        assert status == 200, body
        return body["result"]

    def kill_server(self) -> None:
        self.server.kill()
        self.server.communicate()
        self.server = self._start_server()

    def kill_mongod(self) -> None:
        eventually(self.is_ready)
        pid = int((self.data_dir / "db" / "mongod.lock").read_text())
        os.kill(pid, signal.SIGKILL)

    def rollup_pid(self) -> int | None:
        listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
        for line in listed.splitlines():
            pid, parent, command = line.split(None, 2)
            if int(parent) == self.server.pid and "clickstream.rollup" in command:
                return int(pid)
        return None

    def kill_rollup(self) -> None:
        eventually(self.rollup_pid)
        pid = self.rollup_pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)

    def close(self) -> None:
        self.server.terminate()
        self.server.communicate()
        self.connection.close()
        eventually(lambda: not lives(self.data_dir))

    def rig(self) -> Rig:
        database = self.connection.database
        return Rig(Shop(database.name, self.store, self.settings, FakeClock(system_clock())), database)


@pytest.fixture
def installation(data_dir: Path) -> Iterator[Installation]:
    installation = Installation(data_dir)
    try:
        installation.sign_up()
        yield installation
    finally:
        installation.close()


class CatchingUp:
    """A process that catches up without end."""

    def __init__(self, environ: dict[str, str]) -> None:
        self._environ = environ

    def __enter__(self) -> CatchingUp:
        command = [sys.executable, "-c", CATCH_UP]
        self._process = subprocess.Popen(command, cwd=ROOT, env=self._environ, stderr=subprocess.DEVNULL)
        return self

    def __exit__(self, *raised: object) -> None:
        self._process.kill()
        self._process.wait()

    def restart(self) -> None:
        self.__exit__()
        self.__enter__()


class Load:
    """Threads that post every batch once, and remember which were acknowledged."""

    def __init__(self, installation: Installation, batches: Sequence[list[Document]]) -> None:
        self._installation = installation
        self._batches = batches
        self._waiting = SimpleQueue[int]()
        for number in range(len(batches)):
            self._waiting.put(number)
        self._lock = threading.Lock()
        self.acknowledged: set[int] = set()
        self.statuses: Counter[int] = Counter()
        self._threads = [threading.Thread(target=self._send_all) for _ in range(SENDERS)]

    @contextmanager
    def running(self) -> Iterator[None]:
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            for thread in self._threads:
                thread.join()

    def has_reached(self, share: float) -> bool:
        return len(self.acknowledged) >= share * len(self._batches) or not any(one.is_alive() for one in self._threads)

    def send_the_rest(self) -> None:
        for number in range(len(self._batches)):
            if number not in self.acknowledged:
                eventually(lambda number=number: self._send(number) == 202)

    def _send_all(self) -> None:
        with suppress(Empty):
            while True:
                if self._send(self._waiting.get_nowait()) != 202:
                    eventually(self._installation.is_ready)

    def _send(self, number: int) -> int:
        status, _ = self._installation.post("/api/events", self._batches[number])
        with self._lock:
            self.statuses[status] += 1
            if status == 202:
                self.acknowledged.add(number)
        return status


def batches_of(events: list[Document], rng: Random) -> list[list[Document]]:
    batches = []
    while events:
        size = rng.choice([1, 20, 150, 400])
        batches.append(events[:size])
        events = events[size:]
    return batches


def shop_of(rng: Random) -> list[Document]:
    events = [event | {"event_id": f"e{number}"} for number, event in enumerate(random_shop(rng, 6_500, buying=20))]
    assert len(events) >= EVENTS
    return events[:EVENTS]


def test_whatever_is_killed_while_events_come_in_every_acknowledged_one_is_counted_once(installation: Installation) -> None:
    rng = Random(20)
    batches = batches_of(shop_of(rng), rng)
    load = Load(installation, batches)
    with CatchingUp(installation.environ) as catching_up, load.running():
        kills = [
            installation.kill_server,
            catching_up.restart,
            installation.kill_mongod,
            installation.kill_rollup,
            catching_up.restart,
            installation.kill_server,
            installation.kill_mongod,
        ]
        for place, kill in enumerate(kills, start=1):
            share = (place - rng.random()) / len(kills)
            eventually(lambda share=share: load.has_reached(share))
            kill()
    acknowledged = [event["event_id"] for number in load.acknowledged for event in batches[number]]
    eventually(installation.is_ready)

    stored = Counter(event["event_id"] for event in installation.connection.database.events.find({}, {"event_id": 1}))
    assert set(stored.values()) == {1}
    assert set(acknowledged) - set(stored) == set()
    assert set(load.statuses) <= {202, 503, 0}

    load.send_the_rest()
    rollup.catch_up(installation.store, installation.settings, system_clock)
    rig = installation.rig()
    assert rig.database.events.count_documents({}) == EVENTS
    oracle = rig.oracle()
    now = system_clock()
    for metric in ("overview", "series", "funnel", "cart", "checkout"):
        expected = oracle.measure(metric, as_of=now)
        assert list(disagreements(installation.measured(metric, as_of=iso(now)), expected)) == [], metric
    before = rig.derived()
    rollup.rebuild(installation.store, installation.settings, "live", lambda groups: None)
    assert rig.derived() == before


def test_a_server_whose_database_was_killed_says_so_and_is_usable_again_by_itself(installation: Installation) -> None:
    moment = datetime.now(UTC)
    events = [
        {"event_id": f"e{n}", "event_type": "add_to_cart", "client_id": "ann", "product_id": "mug", "price": 5,
         "timestamp": iso(moment - timedelta(seconds=n))} for n in range(3)
    ]  # fmt: skip
    assert installation.post("/api/events", events[0])[0] == 202
    eventually(installation.rollup_pid)
    rollup_pid = installation.rollup_pid()
    assert rollup_pid is not None
    os.kill(rollup_pid, signal.SIGSTOP)
    installation.kill_mongod()
    eventually(lambda: not lives(installation.data_dir))
    status, body = installation.post("/api/events", events[1])
    assert (status, body["code"]) == (503, "database_unavailable")
    assert installation.get("/ready")[0] == 503
    assert installation.get("/health")[0] == 200

    os.kill(rollup_pid, signal.SIGCONT)
    began = time.monotonic()
    eventually(installation.is_ready)
    assert time.monotonic() - began < 30
    assert installation.post("/api/events", events[1:])[1] == {"accepted": 2, "duplicates": 0, "rejected": []}
    eventually(lambda: installation.measured("overview")["events"] == 3)

    cart = installation.measured("cart")
    assert (cart["created"], cart["open"], cart["abandoned"]) == (1, 1, 0)
    later = installation.measured("cart", as_of=iso(moment + timedelta(minutes=31)))
    assert (later["created"], later["open"], later["abandoned"]) == (1, 0, 1)
