"""Noise on the page: counted, tagged, given back, deleted once its number is typed; one act at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from conftest import FakeClock
from web_client import Client, client_as, real_deps

from clickstream import metrics, rollup
from clickstream.scope import LIVE, Scope
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.store.users import Role
from clickstream.web.app import App
from clickstream.web.deps import Deps

Json = dict[str, Any]
SECONDS = 60


@pytest.fixture
def deps(store: Store, settings: Settings, clock: FakeClock) -> Iterator[Deps]:
    deps = real_deps(settings, store, clock)
    with deps.jobs:
        deps.collector.collect([event(n, source="simulation") for n in range(3)] + [event(9)])
        rollup.catch_up(store, settings, clock)
        yield deps


def event(n: int, **fields: Any) -> Json:
    return {"event_type": "pageview", "client_id": f"c{n}", "timestamp": 1_772_300_000 + n, **fields}


def run(client: Client, deps: Deps, act: str, **body: Any) -> Json:
    assert isinstance(deps.clock, FakeClock)
    deps.clock.advance(seconds=1)
    answer = client.post(f"/api/cleanup/{act}", body)
    assert answer.status == 202, answer.json
    assert deps.jobs.wait(answer.json["job_id"], SECONDS)
    job: Json = client.get(f"/api/jobs/{answer.json['job_id']}").json
    assert job["status"] == "done", job
    return job


def counts(client: Client) -> dict[str, tuple[int, int]]:
    found = client.get("/api/cleanup").json["statistics"]
    return {one["reason"]: (one["untagged"], one["tagged"]) for one in found["reasons"] if one["untagged"] or one["tagged"]}


def events_in_all(deps: Deps) -> int:
    events: int = metrics.measure(deps.store, "overview", Scope(dataset=LIVE, as_of=deps.clock(), view="all")).result[
        "events"
    ]
    return events


def test_noise_is_counted_tagged_given_back_and_deleted(owner: Client, deps: Deps) -> None:
    assert owner.get("/api/cleanup").json["statistics"] is None
    assert owner.get("/api/cleanup").json["reasons"][0]["name"] == "demo_source"
    run(owner, deps, "count")
    assert counts(owner) == {"demo_source": (3, 0)}
    assert run(owner, deps, "tag")["result"]["events"] == 3
    assert counts(owner) == {"demo_source": (0, 3)}
    assert run(owner, deps, "untag", reason="demo_source")["result"]["events"] == 3
    assert counts(owner) == {"demo_source": (3, 0)}
    run(owner, deps, "tag")
    assert events_in_all(deps) == 4
    assert run(owner, deps, "delete", reason="demo_source", confirm="delete 3")["result"]["events"] == 3
    assert counts(owner) == {}
    assert events_in_all(deps) == deps.store.events.count(LIVE) == 1
    actions = [entry["action"] for entry in owner.get("/api/audit").json["items"]]
    assert sorted(actions) == ["events_deleted", "events_tagged", "events_tagged", "events_tagged"]


@pytest.mark.parametrize("confirm", ["", "delete", "delete 4", "yes", "DELETE 3"])
def test_deletion_needs_the_true_number(confirm: str, owner: Client, deps: Deps) -> None:
    run(owner, deps, "tag")
    answer = owner.post("/api/cleanup/delete", {"confirm": confirm})
    assert (answer.status, answer.json["code"]) == (409, "not_confirmed")
    assert answer.json["fields"] == {"confirm": "must be “delete 3”"}
    assert deps.store.events.count(LIVE) == 4


def test_what_is_not_tagged_is_never_deleted(owner: Client, deps: Deps) -> None:
    answer = owner.post("/api/cleanup/delete", {"confirm": "delete 0"})
    assert (answer.status, answer.json["code"]) == (409, "nothing_tagged")
    assert owner.post("/api/cleanup/delete", {}).status == 400


def test_one_act_at_a_time(owner: Client, deps: Deps, clock: FakeClock) -> None:
    deps.store.jobs.add("j1", "cleanup_tag", LIVE, "someone", clock())
    answer = owner.post("/api/cleanup/count", {})
    assert (answer.status, answer.json["code"]) == (409, "already_running")
    assert owner.get("/api/cleanup").json["job"]["status"] == "running"


@pytest.mark.parametrize(
    ("role", "statuses"),
    [("analyst", (200, 202, 403)), ("viewer", (403, 403, 403)), ("shopper", (403, 403, 403)), (None, (401, 401, 401))],
)
def test_analysts_tag_and_only_the_owner_deletes(role: Role | None, statuses: tuple[int, ...], deps: Deps) -> None:
    client = client_as(App(deps), deps, role)
    seen, tagged = client.get("/api/cleanup"), client.post("/api/cleanup/tag", {})
    if tagged.status == 202:
        assert deps.jobs.wait(tagged.json["job_id"], SECONDS)
    deleted = client.post("/api/cleanup/delete", {"confirm": "delete 3"})
    assert (seen.status, tagged.status, deleted.status) == statuses
