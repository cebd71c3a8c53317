"""GET /metrics: what Prometheus reads, and who may."""

from __future__ import annotations

import doctest
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from conftest import FakeClock
from pymongo.database import Database
from web_client import Client, bare_deps, client_as

from clickstream.errors import DatabaseUnavailable
from clickstream.rollup import catch_up
from clickstream.settings import Settings, read_settings
from clickstream.store import Store
from clickstream.web import telemetry as telemetry_module
from clickstream.web.api.monitoring import ROUTES as MONITORING
from clickstream.web.app import App
from clickstream.web.deps import Deps
from clickstream.web.errors import BadRequest
from clickstream.web.telemetry import Telemetry, exposition

LINE = re.compile(r"(# (HELP|TYPE) \w+ .+|\w+(\{\w+=\"[^\"]*\"(,\w+=\"[^\"]*\")*\})? -?\d[\d.e+-]*)")
TOKEN = "prometheus-reads-with-this"


def numbers(text: str) -> dict[str, float]:
    lines = text.splitlines()
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if not line.startswith("#"))}


def scraped(app: App) -> dict[str, float]:
    answer = Client(app, address="127.0.0.1").get("/metrics")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    return numbers(answer.body.decode())


def test_it_counts_requests_by_route_and_status(deps: Deps) -> None:
    app = App(deps)
    for path in ("/health", "/health", "/api/products?limit=wrong"):
        Client(app).get(path)
    found = scraped(app)
    assert found['clickstream_requests_total{method="GET",route="/health",status="200"}'] == 2
    assert found['clickstream_requests_total{method="GET",route="/api/products",status="400"}'] == 1
    assert found['clickstream_request_seconds_count{route="/health"}'] == 2
    assert found['clickstream_request_seconds_bucket{route="/health",le="+Inf"}'] == 2


def test_what_never_became_a_request_is_counted_too(deps: Deps) -> None:
    app = App(deps)
    app.refuse(BadRequest("The request line is not HTTP."), "192.0.2.1")
    assert scraped(app)['clickstream_requests_total{method="-",route="-",status="400"}'] == 1


def test_the_example_of_the_text_form_holds() -> None:
    assert doctest.testmod(telemetry_module).failed == 0


def test_times_fall_into_buckets_that_add_up() -> None:
    telemetry = Telemetry()
    for seconds in (0.001, 0.005, 0.006, 0.7, 30):
        telemetry.answered("GET", "/x", 200, seconds)
    found = numbers(exposition(telemetry.families()))
    ends = ("0.005", "0.025", "0.1", "0.5", "2.5", "10.0", "+Inf")
    counts = [found[f'clickstream_request_seconds_bucket{{route="/x",le="{end}"}}'] for end in ends]
    assert counts == [2, 3, 3, 3, 4, 4, 5]
    assert found['clickstream_request_seconds_sum{route="/x"}'] == pytest.approx(30.712)


def test_it_tells_what_became_of_events_and_how_far_the_rollup_is(
    deps: Deps, store: Store, settings: Settings, clock: FakeClock
) -> None:
    app = App(deps)
    owner = client_as(app, deps, "owner")
    event = {"event_id": "e1", "event_type": "pageview", "client_id": "ann", "page": "/"}
    owner.post("/api/events", [event, event, {"event_type": "pageview"}, {"client_id": "ann"}])
    found = scraped(app)
    assert found['clickstream_events_total{outcome="accepted"}'] == 1
    assert found['clickstream_events_total{outcome="duplicate"}'] == 1
    assert found['clickstream_events_rejected_total{code="missing_identity"}'] == 1
    assert found["clickstream_events_stored"] == 1
    assert found["clickstream_rollup_marks"] == 1
    assert found["clickstream_rollup_lag_seconds"] >= 0
    catch_up(store, settings, clock)
    found = scraped(app)
    assert (found["clickstream_rollup_marks"], found["clickstream_rollup_lag_seconds"]) == (0, 0)


def test_the_lag_is_the_age_of_the_oldest_mark(deps: Deps, store: Store, database: Database[dict[str, Any]]) -> None:
    for key in ("c:ann", "c:ben"):
        store.changes.open("live", [key])
    database.changes.update_one({"keys": "c:ann"}, {"$set": {"opened_at": datetime(2020, 1, 1, tzinfo=UTC)}})
    assert store.changes.backlog().marks == 2
    assert store.changes.backlog().oldest_seconds > 86_400


def test_it_counts_analyses_by_status(deps: Deps, store: Store, clock: FakeClock) -> None:
    for status, number in (("done", 2), ("failed", 1)):
        for n in range(number):
            analysis = {"analysis_id": f"{status}{n}", "dataset": "live", "status": status, "finished_at": None}
            store.analyses.add(analysis, clock())
    found = scraped(App(deps))
    assert found['clickstream_analyses{status="done"}'] == 2
    assert found['clickstream_analyses{status="failed"}'] == 1


def test_a_stream_counts_as_open_until_it_ends() -> None:
    telemetry = Telemetry()

    def pieces() -> Iterator[bytes]:
        yield b"one"
        yield b"two"

    def open_streams() -> float:
        return numbers(exposition(telemetry.families()))["clickstream_streams"]

    stream = telemetry.streamed(pieces())
    next(stream)
    assert open_streams() == 1
    stream.close()
    assert open_streams() == 0


def test_it_answers_without_a_database_and_says_so() -> None:
    deps = bare_deps()

    def down(*_: object) -> None:
        raise DatabaseUnavailable

    deps.store.changes = type("Down", (), {"backlog": down})()
    found = scraped(App(deps, MONITORING))
    assert found["clickstream_database_up"] == 0
    assert "clickstream_rollup_marks" not in found


@pytest.mark.parametrize(
    ("token", "address", "headers", "status"),
    [
        pytest.param("", "127.0.0.1", {}, 200, id="this machine"),
        pytest.param("", "::1", {}, 200, id="this machine, IPv6"),
        pytest.param("", "192.0.2.1", {}, 401, id="another one"),
        pytest.param("", "127.0.0.1", {"x_forwarded_for": "192.0.2.1"}, 401, id="through a proxy here"),
        pytest.param("", "127.0.0.1", {"forwarded": "for=192.0.2.1"}, 401, id="through another kind of proxy"),
        pytest.param("", "127.0.0.1", {"x_real_ip": "192.0.2.1"}, 401, id="through a laconic proxy"),
        pytest.param("", "192.0.2.1", {"authorization": "Bearer "}, 401, id="no token against none"),
        pytest.param(TOKEN, "192.0.2.1", {"authorization": f"Bearer {TOKEN}"}, 200, id="with the token"),
        pytest.param(TOKEN, "192.0.2.1", {"authorization": "Bearer wrong"}, 401, id="with a wrong token"),
        pytest.param(TOKEN, "192.0.2.1", {"cookie": f"clickstream_token={TOKEN}"}, 200, id="with the token as a cookie"),
        pytest.param(TOKEN, "127.0.0.1", {}, 401, id="this machine where there is a token"),
    ],
)
def test_who_may_read_it(deps: Deps, token: str, address: str, headers: dict[str, str], status: int) -> None:
    app = App(replace(deps, settings=replace(deps.settings, metrics_token=token)))
    assert Client(app, address=address).get("/metrics", **headers).status == status


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("analyst", 403), ("shopper", 403)])
def test_an_owner_may_read_it_from_anywhere(deps: Deps, role: Any, status: int) -> None:
    assert client_as(App(deps), deps, role).get("/metrics").status == status


def test_the_token_is_not_shown_with_the_settings() -> None:
    settings = read_settings({"METRICS_TOKEN": TOKEN})
    assert TOKEN not in repr(settings)
    assert "METRICS_TOKEN" not in settings.environ()
