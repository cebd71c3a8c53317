"""The rollup in a process of its own, as the server starts it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pymongo.database import Database

from clickstream import rollup
from clickstream.clock import system_clock
from clickstream.ingest import Collector
from clickstream.rollup.process import RollupProcess
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.store.connect import Connection

ROOT = Path(__file__).parent.parent
EVENT = {"event_type": "pageview", "client_id": "ann", "timestamp": "2026-02-01T10:00:00Z", "page": "/"}


def eventually(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it never came to pass"
        time.sleep(0.02)


def first_session(store: Store) -> object:
    return store.sessions.range("live", 1, "clean")


@contextmanager
def started(environ: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "clickstream.rollup"]
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def test_it_rolls_up_what_arrives_until_its_input_ends(store: Store, environ: dict[str, str]) -> None:
    with started(environ) as process:
        Collector(store, system_clock).collect([EVENT])
        eventually(lambda: first_session(store))
        process.send_signal(signal.SIGINT)
        Collector(store, system_clock).collect([EVENT | {"timestamp": "2026-01-01T10:00:00Z"}])
        start = datetime(2026, 1, 1, 10, tzinfo=UTC)
        eventually(lambda: first_session(store) == (start, datetime(2026, 2, 1, 10, tzinfo=UTC)))
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, b"")


def test_it_ends_loudly_on_what_it_does_not_expect_so_that_it_is_started_again(
    store: Store, database: Database[dict[str, Any]], environ: dict[str, str], settings: Settings
) -> None:
    Collector(store, system_clock).collect([EVENT])
    rollup.catch_up(store, settings, system_clock)
    database.rollup_state.update_one({"_id": "dataset:live"}, {"$unset": {"calculation": ""}})
    with started(environ) as process:
        assert process.wait(timeout=20) != 0
        assert process.stderr is not None
        assert b"KeyError: 'calculation'" in process.stderr.read()


def test_a_database_that_cannot_be_opened_is_one_line(environ: dict[str, str]) -> None:
    unreachable = environ | {"MONGO_URI": "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100"}
    with started(unreachable) as process:
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert len(errors.splitlines()) == 1


def test_the_server_s_rollup_goes_with_the_server_and_at_once(
    store: Store, database: Database[dict[str, Any]], settings: Settings, connection: Connection
) -> None:
    named = replace(settings, mongo_uri=connection.uri, mongo_db=database.name)
    with RollupProcess(named) as running:
        Collector(store, system_clock).collect([EVENT])
        eventually(lambda: first_session(store))
        child = running._process
        assert child is not None
        began = time.monotonic()
    assert child.returncode == 0
    assert time.monotonic() - began < 15


def test_of_several_servers_one_rolls_up_and_when_it_ends_another_does(
    store: Store, database: Database[dict[str, Any]], settings: Settings, connection: Connection
) -> None:
    named = replace(settings, mongo_uri=connection.uri, mongo_db=database.name)
    first, second = RollupProcess(named), RollupProcess(named)
    first.__enter__()
    eventually(lambda: first._process)
    with second:
        first.__exit__()
        eventually(lambda: second._process)
        Collector(store, system_clock).collect([EVENT])
        eventually(lambda: first_session(store))


def test_servers_of_other_databases_do_not_wait_for_each_other(settings: Settings, connection: Connection) -> None:
    one = replace(settings, mongo_uri=connection.uri, mongo_db="test_one")
    with RollupProcess(one) as first, RollupProcess(replace(one, mongo_db="test_two")) as second:
        eventually(lambda: first._process and second._process)
    for name in ("test_one", "test_two"):
        connection.client.drop_database(name)
