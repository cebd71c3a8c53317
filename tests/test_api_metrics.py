"""Numbers over HTTP: what is asked for is what is measured, and what cannot be asked is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from conftest import FakeClock
from visits import visits
from web_client import Answer, Client, client_as

from clickstream import rollup
from clickstream.clock import iso
from clickstream.metrics import METRICS, measure
from clickstream.scope import Scope
from clickstream.settings import Settings
from clickstream.simulate import sample_products
from clickstream.store.users import Role
from clickstream.web.app import App
from clickstream.web.deps import Deps

Json = dict[str, Any]
YESTERDAY = datetime(2026, 2, 28, 10, tzinfo=UTC)
OPTIONS: dict[str, list[Json]] = {
    "series": [{"interval": "hour"}, {"interval": "day"}],
    "segments": [{"dimension": name} for name in ("device", "country", "channel", "visitor", "variant")],
    "funnel": [{"unit": "visitor", "breakdown": "device", "compare": "previous", "exclude": '["search"]'}],
    "paths": [{"over": "page", "who": "buyers"}],
    "search": [{"limit": 1}],
    "pages": [{"limit": 1}],
    "event_types": [{"limit": 2}],
    "products": [{"sort": "viewed", "limit": 1}, {"product_id": "mug"}],
    "bought_together": [{"in": "views"}],
    "retention": [{"first": "purchase", "mode": "n_week", "weeks": 2}],
}
QUESTIONS = [(metric, options) for metric in METRICS for options in ({}, *OPTIONS.get(metric, []))]
LABELS = [" ".join([metric, *map(str, options.values())]) for metric, options in QUESTIONS]


@pytest.fixture
def shop(deps: Deps) -> Deps:
    """40 visits yesterday morning, 4 of which bought; 3 by a simulator; one visit now."""
    deps.collector.collect(visits(40, YESTERDAY, buying=4, device="mobile", query="mug"))
    deps.collector.collect(visits(3, YESTERDAY, first=100, source="simulation"))
    deps.collector.collect(visits(1, deps.clock() - timedelta(minutes=5), first=200, device="tv"))
    rollup.catch_up(deps.store, deps.settings, deps.clock)
    return deps


def viewer(deps: Deps) -> Client:
    return client_as(App(deps), deps, "viewer")


def asked(deps: Deps, metric: str, **query: Any) -> Answer:
    return viewer(deps).get(f"/api/metrics/{metric}?{urlencode(query)}")


def refused(answer: Answer, status: int = 400) -> tuple[str, Json]:
    assert set(answer.json) == {"error", "code", "status", "fields", "request_id"}
    assert (answer.status, answer.json["status"]) == (status, status)
    return answer.json["code"], answer.json["fields"]


def as_json(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


SCOPES: dict[str, tuple[Json, Json]] = {
    "everything": ({}, {}),
    "a day": (
        {"since": "2026-02-28", "until": "2026-03-01"},
        {"since": datetime(2026, 2, 28, tzinfo=UTC), "until": datetime(2026, 3, 1, tzinfo=UTC)},
    ),
    "minutes": (
        {"since": "2026-02-28T10:01:00Z", "until": "2026-02-28T11:03:00+01:00"},
        {"since": YESTERDAY + timedelta(minutes=1), "until": YESTERDAY + timedelta(minutes=3)},
    ),
    "filters": ({"device": "mobile", "visitor": "new"}, {"filters": {"device": "mobile", "visitor": "new"}}),
    "nobody": ({"user_id": "nobody"}, {"user_id": "nobody"}),
    "with noise": ({"view": "all"}, {"view": "all"}),
    "later": ({"as_of": "2026-03-02T00:00:00Z"}, {"as_of": datetime(2026, 3, 2, tzinfo=UTC)}),
}


@pytest.mark.parametrize(("metric", "options"), QUESTIONS, ids=LABELS)
def test_what_is_answered_is_what_is_measured(metric: str, options: Json, shop: Deps) -> None:
    for label, (query, scope) in SCOPES.items():
        answer = asked(shop, metric, **query, **options)
        assert answer.status == 200, (label, answer.body)
        measured = measure(shop.store, metric, Scope(**{"as_of": shop.clock(), **scope}), options)
        assert answer.json["result"] == as_json(measured.result), label
        assert answer.json["scope"] == as_json(measured.scope.described()), label
        assert answer.json["options"] == as_json(measured.options), label
        assert all(line["holds"] for line in answer.json["reconciliation"]), label


def test_an_answer_carries_its_receipt(shop: Deps) -> None:
    answer = asked(shop, "overview", since="2026-02-28", until="2026-03-01").json
    assert answer["definition"] == METRICS["overview"].definition
    assert answer["title"]
    assert answer["watermark"] == rollup_watermark(shop) > 0
    assert answer["range"] is None
    assert (answer["result"]["sessions"], answer["result"]["conversions"]) == (40, 4)
    assert answer["result"]["conversion_rate"] == {"numerator": 4, "denominator": 40, "value": 0.1}


def rollup_watermark(deps: Deps) -> int:
    state = deps.store.state.find_dataset("live")
    assert state
    return state.watermark


def test_noise_is_left_out_unless_asked_for(shop: Deps) -> None:
    assert asked(shop, "overview").json["result"]["sessions"] == 41
    assert asked(shop, "overview", view="all").json["result"]["sessions"] == 44


def test_products_listed_are_named_where_the_catalogue_knows_them(shop: Deps) -> None:
    assert asked(shop, "products").json["names"] == {}
    mug = msgspec.structs.replace(sample_products("EUR")[0], product_id="mug", name="Enamel mug")
    shop.store.products.upsert([mug])
    for metric in ("products", "cart"):
        answer = asked(shop, metric).json
        assert answer["names"] == ({"mug": "Enamel mug"} if metric == "products" else {})
    drawn = asked(shop, "products").json["chart"]["data"]["values"]
    assert [row["name"] for row in drawn] == ["Enamel mug"]
    assert asked(shop, "overview").json["names"] == {}


def test_the_list_defines_every_metric(shop: Deps) -> None:
    items = viewer(shop).get("/api/metrics").json["items"]
    assert [item["id"] for item in items] == list(METRICS)
    for item in items:
        assert item["definition"].endswith(".")
        assert set(item) == {"id", "title", "definition", "fields", "options", "parts"}
        for option in item["options"]:
            limits = {"choice": "choices", "number": "largest", "text": "longest"}
            assert option["kind"] == "json" or option[limits[option["kind"]]]


# What cannot be asked


def test_a_mistake_within_the_steps_of_a_funnel_is_named_by_its_place(shop: Deps) -> None:
    steps = '["session", "search", {"type": "zoom", "where": [{"property": "p", "op": "like", "value": 1}]}]'
    code, fields = refused(asked(shop, "funnel", steps=steps, window_minutes=0))
    assert (code, set(fields)) == ("invalid_option", {"steps[2].where[0].op", "window_minutes"})
    assert "is_not" in fields["steps[2].where[0].op"]


@pytest.mark.parametrize("metric", ["nonsense", "Overview", "overview ", "__class__", "%24where", "a" * 500, "..", "\u202e"])
def test_an_unknown_metric_is_not_found_and_those_there_are_are_named(metric: str, shop: Deps) -> None:
    answer = viewer(shop).get(f"/api/metrics/{urlencode({'': metric})[1:]}")
    assert refused(answer, 404)[0] == "unknown_metric"
    assert "overview" in answer.json["error"]


def test_an_unknown_parameter_is_named(shop: Deps) -> None:
    assert refused(asked(shop, "overview", colour="red")) == ("unknown_parameter", {"colour": "unknown parameter"})
    assert refused(asked(shop, "overview", **{"device[$ne]": "x"}))[1] == {"device[$ne]": "unknown parameter"}
    assert refused(viewer(shop).get("/api/summary?interval=day"))[1] == {"interval": "unknown parameter"}
    assert refused(viewer(shop).get("/api/metrics?since=2026-01-01"))[1] == {"since": "unknown parameter"}


@pytest.mark.parametrize(
    ("metric", "options", "named"),
    [
        ("overview", {"interval": "day"}, {"interval"}),
        ("overview", {"limit": 5, "dimension": "device"}, {"limit", "dimension"}),
        ("series", {"interval": "week"}, {"interval"}),
        ("series", {"interval": "DAY"}, {"interval"}),
        ("segments", {"dimension": "colour"}, {"dimension"}),
        ("segments", {"dimension": "$where"}, {"dimension"}),
        ("pages", {"limit": 0}, {"limit"}),
        ("pages", {"limit": 1_001}, {"limit"}),
        ("pages", {"limit": "all"}, {"limit"}),
        ("search", {"limit": "-1"}, {"limit"}),
        ("search", {"limit": "9" * 5_000}, {"limit"}),
    ],
)
def test_an_option_that_a_metric_does_not_have_or_cannot_read_is_named(
    metric: str, options: Json, named: set[str], shop: Deps
) -> None:
    code, fields = refused(asked(shop, metric, **options))
    assert code == "invalid_option"
    assert set(fields) == named


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"since": "2026-03-02", "until": "2026-03-01"}, {"until"}),
        ({"since": "2026-03-01", "until": "2026-03-01"}, {"until"}),
        ({"since": "2010-01-01", "until": "2026-03-01"}, {"until"}),
        ({"since": "soon"}, {"since"}),
        ({"as_of": "never", "view": "most"}, {"as_of", "view"}),
        ({"since": "0001-01-01"}, {"since"}),
        ({"until": "9999-12-31T23:59:59Z"}, {"until"}),
        ({"as_of": "0001-01-01T00:00:00Z"}, {"as_of"}),
        ({"visitor": "old"}, {"visitor"}),
        ({"device": "x" * 300}, {"device"}),
    ],
)
def test_a_scope_that_cannot_be_is_named(query: Json, named: set[str], shop: Deps) -> None:
    for target in ("metrics/overview", "metrics/series", "summary", "sessions"):
        code, fields = refused(viewer(shop).get(f"/api/{target}?{urlencode(query)}"))
        assert (code, set(fields)) == ("invalid_scope", named)


def test_hours_of_a_long_window_are_refused(shop: Deps) -> None:
    code, fields = refused(asked(shop, "series", interval="hour", since="2025-01-01", until="2026-03-01"))
    assert (code, set(fields)) == ("invalid_option", {"interval"})
    assert refused(asked(shop, "series", interval="hour", since="1970-01-01"))[0] == "invalid_option"


@pytest.mark.parametrize("zone", ["Australia/Lord_Howe", "America/Havana", "Pacific/Apia"])
def test_hours_are_counted_in_every_zone(zone: str, shop: Deps, settings: Settings) -> None:
    rollup.rebuild(shop.store, replace(settings, time_zone=zone), "live", lambda groups: None)
    points = asked(shop, "series", interval="hour", since="2026-02-28", until="2026-04-10").json["result"]
    assert sum(point["sessions"] for point in points) == 41
    starts = [point["start"] for point in points]
    assert starts == sorted(set(starts))


# Emptiness


@pytest.mark.parametrize(("metric", "options"), QUESTIONS, ids=LABELS)
def test_an_empty_shop_is_told_as_empty_and_not_as_zero_per_cent(metric: str, options: Json, deps: Deps) -> None:
    answer = asked(deps, metric, **options)
    assert answer.status == 200
    body = answer.json
    assert (body["watermark"], body["range"]) == (0, None)
    assert all(line["holds"] for line in body["reconciliation"])
    assert not list(rates_of_nothing_that_say_something(body["result"]))


def rates_of_nothing_that_say_something(value: Any) -> Any:
    if isinstance(value, dict):
        if {"numerator", "denominator", "value"} <= value.keys() and not value["denominator"] and value["value"] is not None:
            yield value
        for inner in value.values():
            yield from rates_of_nothing_that_say_something(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from rates_of_nothing_that_say_something(inner)


def test_an_empty_window_says_where_the_data_is(shop: Deps) -> None:
    known = {"since": iso(YESTERDAY), "until": iso(shop.clock() - timedelta(minutes=5))}
    for query in ({"since": "2027-01-01"}, {"until": "2026-01-01"}, {"since": "2025-01-01", "until": "2025-02-01"}):
        for target in ("metrics/overview", "metrics/series", "summary"):
            assert viewer(shop).get(f"/api/{target}?{urlencode(query)}").json["range"] == known
    assert asked(shop, "overview", since="2026-02-28").json["range"] is None


def test_a_filter_that_nobody_fits_is_zero(shop: Deps) -> None:
    result = asked(shop, "overview", device="toaster", country="AQ").json["result"]
    assert (result["sessions"], result["conversion_rate"]["value"]) == (0, None)


# Time


def test_a_cart_left_alone_turns_from_open_to_abandoned_by_the_clock_alone(deps: Deps, clock: FakeClock) -> None:
    start = clock() - timedelta(minutes=10)
    deps.collector.collect(
        [{"event_type": "add_to_cart", "client_id": "c1", "product_id": "mug", "price": 5, "timestamp": start.isoformat()}]
    )
    rollup.catch_up(deps.store, deps.settings, clock)
    states = []
    for minutes in (0, 20, 21):
        clock.advance(minutes=minutes if minutes < 21 else 1)
        cart = asked(deps, "cart").json["result"]
        states.append((cart["open"], cart["abandoned"], cart["created"]))
    assert states == [(1, 0, 1), (0, 1, 1), (0, 1, 1)]
    assert asked(deps, "cart", as_of=iso(start + timedelta(minutes=29))).json["result"]["open"] == 1


# The summary, and who may ask


def test_the_summary_says_the_same_as_the_metrics(shop: Deps) -> None:
    for label, (query, _) in SCOPES.items():
        said = viewer(shop).get(f"/api/summary?{urlencode(query)}").json
        overview = asked(shop, "overview", **query).json
        for name in ("events", "sessions", "visitors", "conversions", "conversion_rate", "orders", "revenue"):
            assert said[name] == overview["result"][name], label
        for name in ("scope", "watermark", "range"):
            assert said[name] == overview[name], label
        assert said["event_types"] == asked(shop, "event_types", **query).json["result"]["types"], label
        assert said["pages"] == asked(shop, "pages", **query, limit=10).json["result"]["pages"], label


@pytest.mark.parametrize("target", ["metrics", "metrics/overview", "summary", "sessions", "sessions/x"])
@pytest.mark.parametrize(
    ("role", "allowed"), [(None, False), ("shopper", False), ("viewer", True), ("analyst", True), ("owner", True)]
)
def test_numbers_are_for_viewers_and_above(target: str, role: Role | None, allowed: bool, deps: Deps) -> None:
    answer = client_as(App(deps), deps, role).get(f"/api/{target}")
    if allowed:
        assert answer.status in (200, 404)
    else:
        assert refused(answer, 401 if role is None else 403)
    assert viewer(deps).post(f"/api/{target}", {}).status == 405
