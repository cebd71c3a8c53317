"""Nothing of pymongo's leaves the store: its errors become ours at the door."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bson.errors import InvalidDocument, InvalidStringData
from conftest import own_mongod
from pymongo import MongoClient
from pymongo.errors import (
    AutoReconnect,
    ConnectionFailure,
    DocumentTooLarge,
    DuplicateKeyError,
    ExecutionTimeout,
    NetworkTimeout,
    NotPrimaryError,
    OperationFailure,
    ServerSelectionTimeoutError,
    WTimeoutError,
)

from clickstream.errors import ClickstreamError, Conflict, DatabaseUnavailable, InvalidInput
from clickstream.store import Store
from clickstream.store.changes import Changes
from clickstream.store.door import translated
from clickstream.store.events import Events

STORE = Path(__file__).parents[1] / "clickstream" / "store"


@translated
class Aggregate:
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def call(self, answer: str = "done") -> str:
        """What it does."""
        if self.error:
            raise self.error
        return answer

    def stream(self, n: int) -> Iterator[int]:
        yield from range(n)
        if self.error:
            raise self.error

    def _private(self) -> None:
        if self.error:
            raise self.error


TABLE = [
    (ServerSelectionTimeoutError("no servers"), DatabaseUnavailable),
    (AutoReconnect("gone"), DatabaseUnavailable),
    (NetworkTimeout("slow"), DatabaseUnavailable),
    (ConnectionFailure("refused"), DatabaseUnavailable),
    (NotPrimaryError("stepped down"), DatabaseUnavailable),
    (ExecutionTimeout("slow", 50), DatabaseUnavailable),
    (WTimeoutError("slow", 64), DatabaseUnavailable),
    (OperationFailure("out of disk space", 14031), DatabaseUnavailable),
    (DuplicateKeyError("E11000", 11000), Conflict),
    (DocumentTooLarge("too large"), InvalidInput),
    (InvalidDocument("cannot encode"), InvalidInput),
    (InvalidStringData("lone surrogate"), InvalidInput),
]


@pytest.mark.parametrize(("theirs", "ours"), TABLE, ids=[type(theirs).__name__ for theirs, _ in TABLE])
def test_their_errors_become_ours_with_the_cause_kept(theirs: Exception, ours: type[ClickstreamError]) -> None:
    for act in (lambda: Aggregate(theirs).call(), lambda: list(Aggregate(theirs).stream(2))):
        with pytest.raises(ours) as caught:
            act()
        assert caught.value.__cause__ is theirs
        assert str(theirs) not in caught.value.message


def test_a_full_disk_is_told_as_such() -> None:
    with pytest.raises(DatabaseUnavailable, match="disk is full"):
        Aggregate(OperationFailure("out of disk space", 14031)).call()


@pytest.mark.parametrize("error", [OperationFailure("unknown operator: $foo", 2), KeyError("a"), DatabaseUnavailable()])
def test_our_own_mistakes_and_our_own_errors_pass_as_they_are(error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        Aggregate(error).call()
    assert caught.value is error


def test_what_goes_well_is_left_alone() -> None:
    assert Aggregate().call("fine") == "fine"
    assert list(Aggregate().stream(3)) == [0, 1, 2]
    assert Aggregate.call.__doc__ == "What it does."


def test_a_stream_gives_what_there_was_before_it_broke() -> None:
    stream = Aggregate(AutoReconnect("gone")).stream(2)
    assert [next(stream), next(stream)] == [0, 1]
    with pytest.raises(DatabaseUnavailable):
        next(stream)


def test_what_is_private_stays_as_it_is_for_its_own_class_to_handle() -> None:
    with pytest.raises(AutoReconnect):
        Aggregate(AutoReconnect("gone"))._private()


def test_every_class_that_holds_a_collection_stands_behind_the_door() -> None:
    """All but the store itself, which only pings, and what opens connections."""
    unguarded = []
    for path in STORE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                first = next((one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"), None)
                holds = first is not None and "Collection[" in ast.unparse(first.args)
                guarded = any(isinstance(one, ast.Name) and one.id == "translated" for one in node.decorator_list)
                if holds and not guarded:
                    unguarded.append(f"{path.name}:{node.name}")
    assert unguarded == []


def test_a_database_that_has_gone_is_unavailable_to_every_aggregate(data_dir: Path) -> None:
    with own_mongod(data_dir) as mongod:
        client: MongoClient[dict[str, Any]] = MongoClient(mongod.uri, tz_aware=True, serverSelectionTimeoutMS=100)
        store = Store(client["shop"], describe="its own")
        store.ping()
    with client:
        for act in (
            store.ping,
            lambda: store.changes.open("live", ["c:c1"]),
            store.changes.read,
            lambda: store.events.latest("live", 5),
            lambda: list(store.events.of_keys("live", ["c:c1"])),
            lambda: store.users.find("alice"),
            lambda: store.state.find_dataset("live"),
            store.products.all,
        ):
            with pytest.raises(DatabaseUnavailable) as caught:
                act()
            assert caught.value.retry_after_seconds > 0


def test_the_guarded_classes_are_still_themselves() -> None:
    assert (Events.__name__, Changes.__name__) == ("Events", "Changes")
