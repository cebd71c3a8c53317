"""The sessions behind a number are as many as it says, in pages that miss and repeat nobody."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from typing import Any
from urllib.parse import urlencode

import pytest
from conftest import FakeClock
from shops import last_moment, random_shop
from web_client import Answer, Client, client_as

from clickstream import rollup
from clickstream.metrics import METRICS
from clickstream.web.app import App
from clickstream.web.deps import Deps

Json = dict[str, Any]
Expected = Iterator[tuple[str, int]]
SEED = 11


def one(name: str) -> Callable[[Any], Expected]:
    return lambda result: iter([("", result[name])])


def rows(table: str, key: str, number: str) -> Callable[[Any], Expected]:
    return lambda result: ((str(row[key]), row[number]) for row in result[table])


def of_series(result: Any) -> Expected:
    return ((row["start"], row["sessions"]) for row in result)


def named(table: str) -> Callable[[Any], Expected]:
    return lambda result: ((f"{row['kind']}:{row['name']}", row["sessions"]) for row in result[table])


def not_bought(result: Any) -> Expected:
    return ((row["product_id"], row["not_bought"]) for row in result["viewed_not_bought"]["rows"])


def of_funnel(result: Any) -> Expected:
    return ((str(number), step["reached"]) for number, step in enumerate(result["steps"], 1))


def of_nodes(result: Any) -> Expected:
    return ((f"{step['step']}:{row['name']}", row["sessions"]) for step in result["steps"] for row in step["nodes"])


def of_sequences(result: Any) -> Expected:
    return ((json.dumps(row["nodes"]), row["sessions"]) for row in result["sequences"])


NUMBERS: dict[tuple[str, str], Callable[[Any], Expected]] = {
    ("overview", "sessions"): one("sessions"),
    ("overview", "bounces"): one("bounces"),
    ("overview", "engaged"): one("engaged_sessions"),
    ("overview", "conversions"): one("conversions"),
    ("series", "start"): of_series,
    ("funnel", "reached"): of_funnel,
    ("paths", "node"): of_nodes,
    ("paths", "sequence"): of_sequences,
    **{("cart", name): one(name) for name in ("created", "transacted", "open", "emptied", "abandoned")},
    ("cart", "product_left"): rows("products_left", "product_id", "sessions"),
    **{("checkout", name): one(name) for name in ("sessions", "completed", "open", "abandoned")},
    ("search", "searches"): one("sessions"),
    ("search", "term"): rows("terms", "query", "searches"),
    ("segments", "value"): rows("rows", "value", "sessions"),
    ("pages", "page"): rows("pages", "page", "sessions"),
    ("pages", "entry"): rows("pages", "page", "entries"),
    ("pages", "exit"): rows("pages", "page", "exits"),
    ("event_types", "type"): rows("types", "type", "sessions"),
    ("checkout", "step"): rows("steps", "name", "sessions"),
    ("checkout", "error"): named("errors"),
    **{("products", name): rows("products", "product_id", name) for name in ("viewed", "added", "bought")},
    ("products", "not_bought"): not_bought,
    ("bought_together", "pair"): lambda result: ((json.dumps([row["a"], row["b"]]), row["n"]) for row in result["pairs"]),
    ("retention", "cohort"): rows("cohorts", "week", "size"),
    ("friction", "row"): named("rows"),
    **{
        ("variants", part): rows("arms", "arm", name) for part, name in (("arm", "sessions"), ("conversions", "conversions"))
    },
    ("variants", "mixed"): lambda result: iter([("", result["mixed"]["sessions"])]),
}
"""Parts whose number counts sessions, and where it stands in the result; products without an id have no row to ask for."""
OPTIONS: dict[str, list[Json]] = {
    "series": [{"interval": "day"}, {"interval": "hour"}],
    "bought_together": [{"in": name} for name in ("purchases", "carts", "views")],
    "retention": [{"first": name} for name in ("session", "purchase")],
    "funnel": [{}, {"unit": "visitor"}, {"steps": '["product_view", {"any": ["add_to_cart", "checkout"]}]', "mode": "any"}],
    "paths": [{"steps": 2}, {"over": "page", "steps": 1}, {"end": "purchase", "steps": 2}],
    "segments": [{"dimension": name} for name in ("device", "country", "channel", "visitor", "variant")],
}
PARTS = {(metric.id, part.name): part for metric in METRICS.values() for part in metric.parts}
SCOPES: dict[str, Json] = {"everything": {}, "noise too": {"view": "all"}, "mobile": {"device": "mobile"}}


@pytest.fixture
def shop(deps: Deps, clock: FakeClock) -> Client:
    """A random shop of 60 journeys, seen ten minutes after its last event."""
    events = random_shop(Random(SEED), 60)
    clock.advance(seconds=(last_moment(events) - clock() + timedelta(minutes=10)).total_seconds())
    deps.collector.collect(events)
    rollup.catch_up(deps.store, deps.settings, deps.clock)
    return client_as(App(deps), deps, "viewer")


def asked(client: Client, metric: str, **query: Any) -> Answer:
    return client.get(f"/api/metrics/{metric}?{urlencode(query)}")


def behind(client: Client, metric: str, of: str, value: str = "", **query: Any) -> Json:
    answer = asked(client, metric, sessions="true", of=of, **({"value": value} if value else {}), **query)
    assert answer.status == 200, answer.json
    return answer.json  # type: ignore[no-any-return]


@pytest.mark.parametrize("scope", SCOPES, ids=list(SCOPES))
def test_as_many_are_listed_as_the_number_says(scope: str, shop: Client) -> None:
    wrong = []
    for (metric, part), numbers in NUMBERS.items():
        for options in OPTIONS.get(metric, [{}]):
            query = {**SCOPES[scope], **options}
            for value, number in numbers(asked(shop, metric, **query).json["result"]):
                if value or not PARTS[metric, part].value:
                    found = behind(shop, metric, part, value, **query)
                    if not found["total"] == len(found["items"]) == number:
                        wrong.append((metric, part, options, value, number, found["total"], len(found["items"])))
    assert not wrong


def test_pages_of_a_list_miss_and_repeat_nobody(shop: Client) -> None:
    whole = behind(shop, "overview", "sessions", limit=500)
    seen: list[Json] = []
    after = {}
    while True:
        page = behind(shop, "overview", "sessions", limit=7, **after)
        assert page["total"] == whole["total"] > 14
        seen += page["items"]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert seen == whole["items"]
    assert [one["start"] for one in seen] == sorted((one["start"] for one in seen), reverse=True)


def test_refunds_and_orders_and_noise_list_the_sessions_that_have_them(shop: Client) -> None:
    assert all(one["orders"] for one in behind(shop, "overview", "orders")["items"])
    refunded = behind(shop, "overview", "refunds")
    assert 0 < refunded["total"] <= behind(shop, "overview", "orders")["total"]
    noisy = behind(shop, "overview", "noisy")
    assert noisy["items"] == behind(shop, "overview", "noisy", view="all")["items"] != []


def test_searches_of_a_kind_list_sessions_with_at_least_one(deps: Deps, clock: FakeClock) -> None:
    searches = {"lost": [0, 0], "found": [5], "both": [0, 3]}
    moment = (clock() - timedelta(hours=1)).isoformat()
    deps.collector.collect([
        {"event_type": "search", "timestamp": moment, "session_id": name, "query": f"q{n}", "results_count": results}
        for name, counts in searches.items()
        for n, results in enumerate(counts)
    ])  # fmt: skip
    rollup.catch_up(deps.store, deps.settings, deps.clock)
    client = client_as(App(deps), deps, "viewer")
    listed = {
        part: {one["session_id"] for one in behind(client, "search", part)["items"]} for part in ("zero", "refinements")
    }
    assert listed == {"zero": {"lost", "both"}, "refinements": {"lost", "both"}}
    assert behind(client, "search", "exits")["total"] == 3
    assert behind(client, "search", "successes")["total"] == behind(client, "search", "clicked")["total"] == 0


def test_metrics_say_which_of_their_numbers_list_sessions(shop: Client) -> None:
    listed = {item["id"]: item["parts"] for item in shop.get("/api/metrics").json["items"]}
    assert {"name": "bounces", "help": "sessions with exactly one interactive event", "value": False} in listed["overview"]
    assert [part["value"] for part in listed["pages"]] == [True, True, True]


BAD: list[tuple[str, str, Json, Json]] = [
    ("a part there is not", "overview", {"of": "visitors"}, {"of"}),
    ("no part", "overview", {}, {"of"}),
    ("a value too many", "overview", {"of": "bounces", "value": "x"}, {"value"}),
    ("a value missing", "pages", {"of": "page"}, {"value"}),
    ("no start of a day", "series", {"of": "start", "value": "2026-02-28T10:00:00Z"}, {"value"}),
    ("no time at all", "series", {"of": "start", "value": "noon"}, {"value"}),
    ("no kind of visitor", "segments", {"of": "value", "value": "old", "dimension": "visitor"}, {"value"}),
    ("no pair", "bought_together", {"of": "pair", "value": "a"}, {"value"}),
    ("a pair of one", "bought_together", {"of": "pair", "value": '["a"]'}, {"value"}),
    ("no week", "retention", {"of": "cohort", "value": "2026-W54"}, {"value"}),
    ("a cell without a week", "retention", {"of": "cell", "value": ":1"}, {"value"}),
    ("a cell of its own week", "retention", {"of": "cell", "value": "2026-W12:0"}, {"value"}),
    ("a cell too far", "retention", {"of": "cell", "value": "2026-W12:53"}, {"value"}),
    ("no segment", "rfm", {"of": "segment", "value": "whales"}, {"value"}),
    ("no kind of friction", "friction", {"of": "row", "value": "slow:page"}, {"value"}),
    ("no kind of error", "checkout", {"of": "error", "value": "declined"}, {"value"}),
    ("no step", "funnel", {"of": "reached", "value": "6"}, {"value"}),
    ("a step of a wrong funnel", "funnel", {"of": "reached", "value": "1", "steps": '["search"]'}, {"steps"}),
    ("an option there is not", "overview", {"of": "bounces", "interval": "day"}, {"interval"}),
    ("a page too long", "overview", {"of": "bounces", "limit": "501"}, {"limit"}),
    ("a mark of no list", "overview", {"of": "bounces", "after": "x"}, {"after"}),
    ("neither metric nor sessions", "overview", {"of": "bounces", "sessions": ""}, {"sessions"}),
    ("a wrong yes", "overview", {"of": "bounces", "sessions": "yes"}, {"sessions"}),
]


@pytest.mark.parametrize(("label", "metric", "query", "named"), BAD, ids=[bad[0] for bad in BAD])
def test_what_cannot_be_listed_is_refused_by_name(label: str, metric: str, query: Json, named: set[str], deps: Deps) -> None:
    answer = asked(client_as(App(deps), deps, "viewer"), metric, **{"sessions": "true", **query})
    assert (answer.status, set(answer.json["fields"])) == (400, named)


def test_a_value_nothing_has_lists_nobody(shop: Client) -> None:
    assert behind(shop, "pages", "page", "/nowhere")["items"] == []


def test_a_shop_without_sessions_lists_nobody(deps: Deps) -> None:
    empty = behind(client_as(App(deps), deps, "viewer"), "overview", "sessions")
    assert (empty["total"], empty["items"], empty["next"]) == (0, [], None)
