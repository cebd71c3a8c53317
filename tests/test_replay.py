"""Replay: the same scope measured again, what changed and why that may be; nothing is overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clickstream import rollup
from clickstream.analysis import run_analysis
from clickstream.analysis.measuring import CALCULATION_VERSION
from clickstream.analysis.run import Request, enqueue
from clickstream.scope import Scope, scope_again
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.web.app import App
from clickstream.web.deps import Deps
from tests.conftest import FakeClock
from tests.log_uploads import LOG, Uploader
from tests.visits import visit, visits
from tests.web_client import Answer, Client, client_as, real_deps

Json = dict[str, Any]
MORNING = datetime(2026, 3, 1, 9, tzinfo=UTC)
DAY = {"since": datetime(2026, 3, 1, tzinfo=UTC), "until": datetime(2026, 3, 2, tzinfo=UTC)}
YESTERDAY = Scope(as_of=MORNING, since=datetime(2026, 2, 28, tzinfo=UTC), until=datetime(2026, 3, 1, tzinfo=UTC))


@pytest.fixture
def deps(settings: Settings, store: Store, clock: FakeClock) -> Iterator[Deps]:
    """40 visits this morning, 4 of which bought, and one yesterday."""
    deps = real_deps(settings, store, clock)
    deps.collector.collect(visits(40, MORNING, buying=4))
    deps.collector.collect(visit(900, MORNING - timedelta(days=1)))
    with deps.jobs:
        yield deps


@pytest.fixture
def analyst(deps: Deps) -> Client:
    return client_as(App(deps), deps, "analyst")


def analysed(deps: Deps, report: str = "store", against: Scope | None = None, **scope: Any) -> Json:
    request = Request(Scope(as_of=deps.clock(), **scope), "the-analyst", report, "", against=against)
    return run_analysis(deps.store, deps.settings, deps.clock, request)


def replayed(client: Client, analysis: Json) -> Answer:
    return client.post(f"/api/analyses/{analysis['analysis_id']}/replay")


def facts_of(answer: Answer) -> dict[str, Json]:
    assert answer.status == 200, answer.body
    return {fact["id"]: fact for fact in answer.json["facts"]}


def reasons(answer: Answer) -> list[str]:
    return [reason["code"] for reason in answer.json["why"]]


@pytest.mark.parametrize("report", ["store", "journey", "comparison"])
def test_where_nothing_happened_every_fact_is_the_same(deps: Deps, analyst: Client, report: str) -> None:
    against = replace(YESTERDAY, as_of=deps.clock()) if report == "comparison" else None
    analysis = analysed(deps, report, against, **DAY)
    answer = replayed(analyst, analysis)
    assert facts_of(answer) == {}
    assert reasons(answer) == ["nothing"]
    measured = [fact for fact in analysis["facts"] if not fact["id"].startswith("product.")]
    assert answer.json["same"] == len(measured) > 20
    assert (answer.json["against"] is None) == (against is None)


def test_what_arrived_since_is_told_by_old_and_new_and_nothing_is_overwritten(
    deps: Deps, analyst: Client, clock: FakeClock
) -> None:
    analysis = analysed(deps, **DAY)
    deps.collector.collect(visits(40, MORNING, first=500, buying=10, device="tv"))
    clock.advance(hours=1)
    answer = replayed(analyst, analysis)
    sessions = facts_of(answer)["overview.sessions"]
    assert (sessions["fate"], sessions["old"], sessions["new"]) == ("changed", 40, 80)
    assert reasons(answer) == ["data", "time"]
    assert answer.json["watermark"]["then"] == analysis["watermark"] < answer.json["watermark"]["now"]
    assert answer.json["at"] == answer.json["scope"]["as_of"] == "2026-03-01T13:00:00.000Z"
    assert analyst.get(f"/api/analyses/{analysis['analysis_id']}").json["facts"] == analysis["facts"]
    fates = {fact["fate"] for fact in answer.json["facts"]}
    assert fates >= {"changed", "new"}


def test_what_was_deleted_since_is_gone_and_said(deps: Deps, analyst: Client) -> None:
    robots = visits(35, MORNING, first=700, device="tv")
    deps.collector.collect(robots)
    analysis = analysed(deps, **DAY)
    tagged(deps, robots)
    answer = replayed(analyst, analysis)
    found = facts_of(answer)
    assert found["overview.sessions"]["new"] == 40
    assert any(fact["fate"] == "gone" for fact in found.values())
    assert reasons(answer)[:2] == ["data", "fewer"]


def tagged(deps: Deps, events: list[Json]) -> None:
    """These events are noise from now on."""
    ids = [event["event_id"] for event in events]
    mark = deps.store.changes.open("live", sorted({f"s:{event['session_id']}" for event in events}))
    deps.store.noise.tag("live", ids, "test")
    deps.store.changes.close(mark)


def test_another_version_of_the_definitions_is_named(deps: Deps, analyst: Client, store: Store) -> None:
    analysis = analysed(deps, **DAY)
    assert analysis["calculation_version"] == CALCULATION_VERSION
    change = {"calculation_version": CALCULATION_VERSION - 1, "facts.0.value": "2020-01-01"}
    store._database.analyses.update_one({"_id": analysis["analysis_id"]}, {"$set": change})
    assert reasons(replayed(analyst, analysis))[0] == "definitions"


def test_a_side_that_has_lost_its_sessions_is_a_conflict_that_says_so(deps: Deps, analyst: Client) -> None:
    robots = visits(5, MORNING, first=800, device="tv")
    deps.collector.collect(robots)
    tv = Scope(as_of=deps.clock(), filters={"device": "tv"})
    analysis = analysed(deps, "comparison", tv, filters={"device": "unknown"})
    tagged(deps, robots)
    answer = replayed(analyst, analysis)
    assert (answer.status, answer.json["code"]) == (409, "empty_side")
    assert "is gone" in answer.json["error"]


def test_of_a_deleted_dataset_the_answer_says_that_it_was_deleted(deps: Deps, analyst: Client) -> None:
    log = Uploader(deps).upload(LOG)["dataset_id"]
    analysis = analysed(deps, "journey", dataset=log)
    assert reasons(replayed(analyst, analysis)) == ["nothing"]
    deps.store.datasets.delete(log)
    rollup.forget(deps.store, log)
    answer = replayed(analyst, analysis)
    assert (answer.status, answer.json["code"]) == (404, "dataset_deleted")
    assert "deleted" in answer.json["error"]


def test_an_unfinished_analysis_and_one_that_is_not_there_cannot_be_replayed(deps: Deps, analyst: Client) -> None:
    queued = enqueue(deps.store, deps.clock, Request(Scope(as_of=deps.clock()), "the-analyst"))
    answer = replayed(analyst, {"analysis_id": queued})
    assert (answer.status, answer.json["code"]) == (409, "analysis_not_done")
    assert replayed(analyst, {"analysis_id": "nothing"}).status == 404


def test_nobody_keeps_the_others_waiting_with_replays(deps: Deps, analyst: Client, clock: FakeClock) -> None:
    queued = {"analysis_id": enqueue(deps.store, deps.clock, Request(Scope(as_of=deps.clock()), "the-analyst"))}
    assert [replayed(analyst, queued).status for _ in range(11)] == [409] * 10 + [429]
    clock.advance(seconds=6)
    assert replayed(analyst, queued).status == 409


def test_a_scope_that_was_written_down_is_read_again_with_another_moment() -> None:
    scope = Scope(as_of=MORNING, dataset="d", user_id="u", filters={"device": "tv", "visitor": "new"}, view="all", **DAY)
    later = MORNING + timedelta(days=3)
    again = scope_again(scope.described(), as_of=later)
    assert again.described() == {**scope.described(), "as_of": "2026-03-04T09:00:00.000Z"}
