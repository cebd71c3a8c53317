"""The sample shop: loaded once at a time, in the background, and honest about how it went."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from conftest import FakeClock
from web_client import Client, client_as, real_deps

from clickstream import seeding
from clickstream.errors import DatabaseUnavailable
from clickstream.metrics import measure
from clickstream.scope import Scope
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.store.users import Role
from clickstream.web.app import App
from clickstream.web.deps import Deps

Json = dict[str, Any]
SECONDS = 60


@pytest.fixture
def deps(store: Store, settings: Settings, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Deps:
    """A sample of one day and three shoppers."""
    for name, number in (("SAMPLE_DAYS", 1), ("SAMPLE_USERS", 3), ("SAMPLE_SESSIONS", 2), ("SAMPLE_EVENTS", 5)):
        monkeypatch.setattr(seeding, name, number)
    return real_deps(settings, store, clock)


def finished(owner: Client) -> Json:
    deadline = time.monotonic() + SECONDS
    while (progress := owner.get("/api/sample-data").json)["status"] == "running":
        assert time.monotonic() < deadline
    return progress


def counted(deps: Deps) -> int:
    return measure(deps.store, "overview", Scope(as_of=deps.clock())).result["events"]


def test_nothing_is_loading_at_first(owner: Client) -> None:
    assert owner.get("/api/sample-data").json == {"status": "idle", "done": 0, "total": 0, "error": None}


def test_it_fills_shop_and_catalogue_and_the_numbers_are_there_when_it_says_done(owner: Client, deps: Deps) -> None:
    answer = owner.post("/api/sample-data")
    assert answer.status == 202
    assert answer.json["total"] == 30
    progress = finished(owner)
    assert (progress["status"], progress["error"]) == ("done", None)
    assert progress["done"] == progress["total"] == deps.store.events.count("live") > 0
    assert counted(deps) > 0
    assert len(deps.store.products.all()) >= 120


def test_loading_it_twice_within_the_hour_changes_nothing(owner: Client, deps: Deps, clock: FakeClock) -> None:
    numbers = []
    for _ in range(2):
        assert owner.post("/api/sample-data").status == 202
        assert finished(owner)["status"] == "done"
        numbers.append((deps.store.events.count("live"), counted(deps)))
        clock.advance(minutes=59)
    assert numbers[0] == numbers[1]


def test_one_at_a_time(owner: Client, deps: Deps, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    go = threading.Event()
    simulate = seeding.simulate_shop

    def slowly(*args: Any, **options: Any) -> Any:
        assert go.wait(SECONDS)
        return simulate(*args, **options)

    monkeypatch.setattr(seeding, "simulate_shop", slowly)
    assert owner.post("/api/sample-data").status == 202
    second = owner.post("/api/sample-data")
    assert (second.status, second.json["code"]) == (409, "already_running")
    go.set()
    assert finished(owner)["status"] == "done"


def fails(error: BaseException) -> Callable[..., None]:
    def fail(*args: Any, **options: Any) -> None:
        raise error

    return fail


def test_a_failure_is_told_and_it_can_be_tried_again(owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(seeding, "send", fails(DatabaseUnavailable()))
        owner.post("/api/sample-data")
        progress = finished(owner)
        assert (progress["status"], progress["error"]) == ("failed", DatabaseUnavailable().message)
    assert owner.post("/api/sample-data").status == 202
    assert finished(owner) | {"done": 0, "total": 0} == {"status": "done", "done": 0, "total": 0, "error": None}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_fault_of_ours_does_not_leave_it_running_for_ever(owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(seeding, "send", fails(KeyError("a bug")))
        owner.post("/api/sample-data")
        progress = finished(owner)
        assert progress["status"] == "failed"
        assert "bug" not in progress["error"]
    assert owner.post("/api/sample-data").status == 202
    assert finished(owner)["status"] == "done"


@pytest.mark.parametrize(("role", "status"), [(None, 401), ("shopper", 403), ("viewer", 403), ("analyst", 403)])
def test_only_the_owner_may(role: Role | None, status: int, deps: Deps) -> None:
    client = client_as(App(deps), deps, role)
    assert client.post("/api/sample-data").status == status
    assert client.get("/api/sample-data").status == status
    assert deps.store.events.count("live") == 0
