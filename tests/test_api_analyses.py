from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from clickstream.analysis import AnalysisQueue
from clickstream.ingest import Collector
from clickstream.insights.report import JOURNEY
from clickstream.insights.role_views import charts_of
from clickstream.metrics import measure
from clickstream.scope import Scope
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.store.users import Role, User
from clickstream.web.api import accounts, analyses, analyze
from clickstream.web.app import App
from clickstream.web.deps import Deps
from tests.conftest import FakeClock
from tests.visits import visit, visits
from tests.web_client import Answer, Client, client_as, hold_dataset, real_deps

MORNING = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def deps(settings: Settings, store: Store, clock: FakeClock) -> Iterator[Deps]:
    with AnalysisQueue(store, settings, clock, places=3) as queue:
        yield replace(real_deps(settings, store, clock), analyses=queue)


@pytest.fixture
def app(deps: Deps) -> App:
    return App(deps, (*accounts.ROUTES, *analyze.ROUTES, *analyses.ROUTES))


@pytest.fixture(autouse=True)
def shop(store: Store, clock: FakeClock) -> None:
    events = [
        *visits(40, MORNING, buying=3),
        *visit(90, MORNING, shopper="the-shopper"),
        *visit(91, MORNING, shopper="alice"),
    ]
    assert Collector(store, clock).collect(events).rejected == []


def named(app: App, deps: Deps, username: str, role: Role) -> Client:
    deps.store.users.add(User(username, "-", role, "active", deps.clock()))
    return Client(app, token=deps.identities.issue(username))


def made(client: Client, **wanted: Any) -> dict[str, Any]:
    answer = client.post("/api/analyze", {"wait": True, **wanted})
    assert answer.status == 200, answer.body
    assert answer.json["status"] == "done"
    return dict(answer.json)


def hold(store: Store) -> Callable[[], None]:
    """Keep analyses in their first stage until the answer is called."""
    store.state.take_lease("the test")
    return lambda: store.state.release_lease("the test")


def events_of(answer: Answer) -> list[tuple[str, dict[str, Any]]]:
    blocks = [block for block in answer.body.decode().split("\n\n") if block.startswith("event: ")]
    return [
        (name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in map(str.splitlines, blocks)
    ]


def test_an_analysis_is_started_watched_and_read(analyst: Client) -> None:
    started = analyst.post("/api/analyze", {"report": "store"})
    assert (started.status, list(started.json)) == (202, ["analysis_id"])
    path = f"/api/analyses/{started.json['analysis_id']}"

    watched = analyst.get(f"{path}/events")
    assert watched.headers["content-type"] == "text/event-stream"
    heard = events_of(watched)
    assert heard[-1][0] == "done"
    assert heard[-1][1]["done"] == heard[-1][1]["total"]
    assert all(name == "progress" for name, _ in heard[:-1])

    read = analyst.get(path)
    assert (read.status, read.json["status"], read.json["created_by"]) == (200, "done", "the-analyst")


def test_with_wait_the_analysis_itself_is_the_answer_and_its_numbers_are_the_metrics(
    analyst: Client, store: Store, clock: FakeClock
) -> None:
    found = made(analyst)

    assert found["metrics"]["overview"] == measure(store, "overview", Scope(as_of=clock())).result
    assert found == analyst.get(f"/api/analyses/{found['analysis_id']}").json
    assert found["sections"]["executive_summary"]["source"] == "computed"
    claim = found["sections"]["executive_summary"]["claims"][0]
    assert "42 sessions" in claim["text"]
    assert "{{overview.sessions}}" in claim["template"]
    assert "overview.sessions" in claim["fact_ids"]


def test_an_analysis_is_written_in_the_language_of_its_account_or_of_the_request(app: App, deps: Deps) -> None:
    client = named(app, deps, "klaus", "analyst")
    assert client.send("PATCH", "/api/me", {"language": "de"}).json["language"] == "de"
    german, french = made(client), made(client, language="fr")

    assert (german["language"], french["language"]) == ("de", "fr")
    assert german["titles"]["risk_alerts"] == "Risiken"
    assert "42 Sitzungen von" in german["sections"]["executive_summary"]["claims"][0]["text"]
    assert "42 sessions de" in french["sections"]["executive_summary"]["claims"][0]["text"]
    assert german["metrics"] == french["metrics"]
    assert {item["language"] for item in client.get("/api/analyses").json["items"]} == {"de", "fr"}


@pytest.mark.parametrize("language", ["xx", "DE", "en-GB", "../de"])
def test_a_language_that_we_do_not_have_is_refused_by_name(analyst: Client, language: str) -> None:
    for answer in (
        analyst.post("/api/analyze", {"language": language}),
        analyst.send("PATCH", "/api/me", {"language": language}),
    ):
        assert answer.status == 400
        assert answer.json["fields"] == {"language": "one of en, de, fr, es, vi"}


def test_it_analyses_the_selection_it_is_given(analyst: Client) -> None:
    found = made(analyst, since="2026-03-01", until="2026-03-02", user_id="alice", device="unknown")

    assert found["metrics"]["overview"]["sessions"] == 1
    assert found["scope"]["since"] == "2026-03-01T00:00:00.000Z"
    assert (found["scope"]["user_id"], found["scope"]["filters"]) == ("alice", {"device": "unknown"})


REFUSED = [
    ({"since": "yesterday"}, "since"),
    ({"since": "2026-03-02", "until": "2026-03-01"}, "until"),
    ({"report": "pie"}, "report"),
    ({"visitor": "old"}, "visitor"),
    ({"user_id": {"$gt": ""}}, "user_id"),
    ({"dataset": "x" * 201}, "dataset"),
    ({"colour": "red"}, "colour"),
    ({"wait": "yes"}, "wait"),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "field"), REFUSED)
def test_what_cannot_be_analysed_is_refused_by_field(
    analyst: Client, store: Store, wanted: dict[str, Any], field: str
) -> None:
    answer = analyst.post("/api/analyze", wanted)

    assert (answer.status, list(answer.json["fields"])) == (400, [field])
    assert store.analyses.page(limit=10) == []


def test_nobody_gets_in_without_an_account(app: App) -> None:
    stranger = Client(app)

    for answer in (
        stranger.post("/api/analyze", {}),
        stranger.get("/api/analyses"),
        stranger.get("/api/analyses/x"),
        stranger.get("/api/analyses/x/events"),
        stranger.send("DELETE", "/api/analyses/x"),
    ):
        assert answer.status == 401


def test_a_shopper_analyses_itself(shopper: Client) -> None:
    found = made(shopper)

    assert (found["user_id"], found["created_by"]) == ("the-shopper", "the-shopper")
    assert found["metrics"]["overview"]["sessions"] == 1
    assert "this shopper" in found["sections"]["executive_summary"]["claims"][0]["text"]


def test_a_selection_left_empty_is_no_selection(analyst: Client) -> None:
    found = made(analyst, dataset="", user_id="", since="", variant="")
    assert (found["dataset"], found["user_id"], found["scope"]["since"]) == ("live", None, None)


@pytest.mark.parametrize("role", ["shopper", "viewer"])
@pytest.mark.parametrize("wanted", [{"user_id": "alice"}, {"user_id": "nobody"}, {"dataset": "upload-1"}])
def test_below_analyst_nobody_else_can_be_analysed(app: App, deps: Deps, role: Role, wanted: dict[str, str]) -> None:
    answer = client_as(app, deps, role).post("/api/analyze", wanted)

    assert (answer.status, answer.json["code"]) == (403, "forbidden")
    assert deps.store.analyses.page(limit=10) == []


def test_of_others_analyses_a_shopper_learns_nothing(analyst: Client, shopper: Client) -> None:
    others = made(analyst, user_id="alice")["analysis_id"]
    missing = shopper.get("/api/analyses/no-such-id").json

    for method, path in (("GET", ""), ("GET", "/events"), ("DELETE", "")):
        answer = shopper.send(method, f"/api/analyses/{others}{path}")
        assert answer.status == 404
        assert {**answer.json, "request_id": ""} == {**missing, "request_id": ""}
    assert shopper.get("/api/analyses").json["items"] == []


def test_a_shopper_reads_what_was_made_about_it_and_cannot_delete_it(analyst: Client, shopper: Client) -> None:
    about = made(analyst, user_id="the-shopper")["analysis_id"]

    assert shopper.get(f"/api/analyses/{about}").status == 200
    assert [item["analysis_id"] for item in shopper.get("/api/analyses").json["items"]] == [about]
    assert shopper.send("DELETE", f"/api/analyses/{about}").status == 403


def test_an_upload_with_the_same_user_id_is_somebody_else(deps: Deps, analyst: Client, shopper: Client) -> None:
    hold_dataset(deps, "upload-1")
    uploaded = made(analyst, dataset="upload-1", user_id="the-shopper")["analysis_id"]

    assert shopper.get(f"/api/analyses/{uploaded}").status == 404


def test_shoppers_see_nothing_of_each_other_and_analysts_see_all(
    app: App, deps: Deps, shopper: Client, analyst: Client
) -> None:
    mine = made(shopper)["analysis_id"]
    alice = named(app, deps, "alice", "shopper")
    hers = made(alice)["analysis_id"]

    assert [item["analysis_id"] for item in alice.get("/api/analyses").json["items"]] == [hers]
    assert alice.get(f"/api/analyses/{mine}").status == 404
    assert {item["analysis_id"] for item in analyst.get("/api/analyses").json["items"]} == {mine, hers}


def test_a_report_on_journeys_has_six_categories_and_the_charts_they_ask_for(analyst: Client) -> None:
    analysis = analyst.get(f"/api/analyses/{made(analyst, report='journey')['analysis_id']}").json
    assert analysis["report"] == "journey"
    assert list(analysis["sections"]) == list(JOURNEY.sections)
    asked = {claim["chart"] for section in analysis["sections"].values() for claim in section["claims"]} - {None}
    assert set(analysis["charts"]) == asked | charts_of("journey") & analysis["metrics"].keys()
    assert analysis["charts"]["funnel"]["data"]["values"]
    assert (analysis["recommended_products"], analysis["no_products"]) == ([], None)


def test_saved_analyses_come_page_by_page(analyst: Client, clock: FakeClock) -> None:
    ids = []
    for _ in range(3):
        ids.append(made(analyst)["analysis_id"])
        clock.advance(seconds=1)

    first = analyst.get("/api/analyses?limit=2").json
    second = analyst.get(f"/api/analyses?limit=2&after={first['next']}").json
    assert [item["analysis_id"] for item in [*first["items"], *second["items"]]] == ids[::-1]
    assert second["next"] is None
    assert "facts" not in first["items"][0]
    assert analyst.get("/api/analyses?dataset=other").json == {"items": [], "next": None}
    assert analyst.get("/api/analyses?limit=0").status == 400


def test_a_deleted_analysis_is_gone(analyst: Client) -> None:
    path = f"/api/analyses/{made(analyst)['analysis_id']}"

    assert analyst.send("DELETE", path).status == 204
    assert analyst.get(path).status == 404
    assert analyst.send("DELETE", path).status == 404


def test_deleting_a_running_analysis_ends_its_stream(analyst: Client, store: Store) -> None:
    release = hold(store)
    path = f"/api/analyses/{analyst.post('/api/analyze', {}).json['analysis_id']}"
    assert analyst.get(path).json["status"] in ("queued", "running")
    threading.Timer(0.1, lambda: analyst.send("DELETE", path)).start()
    heard = events_of(analyst.get(f"{path}/events"))
    release()

    assert heard[-1] == ("failed", {"status": "failed", "stage": "deleted", "error": "This analysis was deleted."})


def test_a_full_line_answers_429_with_the_time_to_wait(app: App, deps: Deps, store: Store) -> None:
    release = hold(store)
    clients = [named(app, deps, f"analyst-{number}", "analyst") for number in range(4)]
    answers = [client.post("/api/analyze", {}) for client in clients]
    release()

    assert [answer.status for answer in answers] == [202, 202, 202, 429]
    assert answers[-1].headers["retry-after"] == "5"


def test_a_wait_that_takes_too_long_answers_with_the_id(
    analyst: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analyze, "WAIT_SECONDS", 0.05)
    release = hold(store)
    answer = analyst.post("/api/analyze", {"wait": True})
    release()

    assert (answer.status, list(answer.json)) == (202, ["analysis_id"])
