"""The random shops and what they are asked really hold the interesting cases: counted here, by the oracle alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from mall import TIME_ZONES, raw_shop
from oracle import Oracle
from oracle_metrics import METRICS
from questions import questions
from shops import last_moment, stored

JsonDict = dict[str, Any]
Case = Callable[[JsonDict, Any], object]

SHOPS = range(200)


def funnel_with(**wanted: Any) -> Case:
    """A funnel with these options in which somebody gets to the last step, and not everybody."""
    return lambda options, result: (
        all(options.get(name) == value for name, value in wanted.items())
        and 0 < result["steps"][-1]["reached"] < result["steps"][0]["reached"]
    )


def paths_with(**wanted: Any) -> Case:
    return lambda options, result: all(options.get(n) == v for n, v in wanted.items()) and len(result["links"]) > 2


# In how many of the 200 shops each case is there at least.
CASES: list[tuple[int, str, str, Case]] = [
    (150, "overview", "orders", lambda _, r: r["orders"]),
    (100, "overview", "refunds", lambda _, r: r["refunded"]),
    (100, "overview", "two currencies", lambda _, r: len(r["revenue"]) > 1),
    (150, "overview", "noise", lambda _, r: r["noisy_events"]),
    (100, "overview", "unknown revenue", lambda _, r: r["orders"] > r["orders_with_revenue"]),
    (100, "overview", "returning visitors", lambda _, r: r["returning_sessions"]),
    (60, "funnel", "ordered", funnel_with(mode="ordered")),
    (40, "funnel", "strict", funnel_with(mode="strict")),
    (40, "funnel", "any order", funnel_with(mode="any")),
    (40, "funnel", "sessions", funnel_with(unit="session")),
    (40, "funnel", "visitors", funnel_with(unit="visitor")),
    (20, "funnel", "held", funnel_with(hold="product")),
    (20, "funnel", "an exclusion", lambda o, r: o.get("exclude") and r["converted"] and r["dropped"]),
    (20, "funnel", "still in time", lambda _, r: r["in_time"] and r["dropped"]),
    (20, "funnel", "a breakdown", lambda _, r: r["breakdown"] and len(r["breakdown"]["rows"]) > 1),
    (20, "funnel", "the window before", lambda _, r: r["previous"] and r["previous"]["steps"][0]["reached"]),
    (20, "funnel", "outside", lambda _, r: r["outside"]),
    (20, "funnel", "time to convert", lambda _, r: (r.get("time_to_convert") or {}).get("median")),
    (20, "paths", "from a start", lambda o, r: o.get("start") and r["sessions"] and r["left_out"] and r["links"]),
    (20, "paths", "to an end", lambda o, r: o.get("end") and r["sessions"] and r["left_out"] and r["links"]),
    (20, "paths", "pages", paths_with(over="page")),
    (20, "paths", "buyers", paths_with(who="buyers")),
    (20, "paths", "abandoners", paths_with(who="abandoners")),
    (20, "paths", "going on", lambda _, r: any(n["continues"] for step in r["steps"] for n in step["nodes"])),
    (5, "paths", "other", lambda _, r: any(n["name"] == "(other)" for step in r["steps"] for n in step["nodes"])),
    (5, "paths", "more sequences than shown", lambda _, r: r["sequences_total"] > len(r["sequences"])),
    (130, "cart", "abandoned", lambda _, r: r["abandoned"] and r["transacted"]),
    (100, "cart", "emptied", lambda _, r: r["emptied"]),
    (15, "cart", "open", lambda _, r: r["open"]),
    (80, "checkout", "steps", lambda _, r: len(r["steps"]) > 2),
    (80, "checkout", "errors", lambda _, r: {row["kind"] for row in r["errors"]} == {"payment_error", "coupon_denied"}),
    (100, "search", "zero results", lambda _, r: r["zero"]),
    (10, "segments", "two rows", lambda _, r: len(r["rows"]) > 1),
    (100, "products", "revenue", lambda _, r: any(row["revenue"] for row in r["products"])),
    (50, "products", "lines without a price", lambda _, r: r["lines_without_price"]),
    (10, "products", "viewed, not bought", lambda _, r: r["viewed_not_bought"]["rows"]),
    (15, "bought_together", "pairs", lambda _, r: r["pairs"]),
    (5, "bought_together", "bought pairs", lambda o, r: o["in"] == "purchases" and r["pairs"]),
    (50, "bought_together", "hidden pairs", lambda _, r: r["hidden"]["largest"] > 1),
    (
        100,
        "retention",
        "who came back",
        lambda _, r: any(c["back"]["numerator"] for row in r["cohorts"] for c in row["cells"]),
    ),
    (50, "retention", "immature cells", lambda _, r: any(c["immature"] for row in r["cohorts"] for c in row["cells"])),
    (40, "retention", "repeats", lambda _, r: any(row["repeat"] and row["repeat"]["numerator"] for row in r["cohorts"])),
    (50, "retention", "later revenue", lambda _, r: any(c["revenue"] for row in r["cohorts"] for c in row["cells"])),
    (50, "rfm", "four segments", lambda _, r: sum(row["visitors"] > 0 for row in r["segments"]) >= 4),
    (50, "channels", "touches that differ", lambda _, r: any(row["first"] != row["last"] for row in r["rows"])),
    (60, "trends", "a window before", lambda _, r: r["before"] and r["rows"][0]["before"]),
    (60, "trends", "no window before", lambda _, r: r["before"] is None),
    (40, "trends", "anomalies", lambda _, r: r["anomalies"]["rows"]),
    (40, "trends", "days with too few before", lambda _, r: r["anomalies"]["too_few"]),
    (10, "differences", "rows", lambda _, r: len(r["rows"]) > 5),
    (100, "friction", "errors", lambda _, r: any(row["kind"] == "payment_error" for row in r["rows"])),
    (40, "friction", "at risk", lambda _, r: any(row["revenue_at_risk"] for row in r["rows"])),
]


@pytest.fixture(scope="module")
def hits() -> Counter[tuple[str, str]]:
    """In how many shops each case was met."""
    met: Counter[tuple[str, str]] = Counter()
    for number in SHOPS:
        events = raw_shop(number)
        now = last_moment(events) + timedelta(minutes=5)
        oracle = Oracle(stored(events, now), time_zone=TIME_ZONES[number % len(TIME_ZONES)], currency="EUR")
        asked = [
            (q.metric, q.options, oracle.measure(q.metric, options=q.options, **q.scope))
            for q in questions(Random(number), oracle, list(METRICS), now)
        ]
        for _, metric, label, case in CASES:
            met[metric, label] += any(case(options, result) for name, options, result in asked if name == metric)
    print(met)
    return met


@pytest.mark.parametrize(("fewest", "metric", "label"), [case[:3] for case in CASES])
def test_many_shops_hold_the_case(hits: Counter[tuple[str, str]], fewest: int, metric: str, label: str) -> None:
    assert hits[metric, label] >= fewest


def test_the_shops_are_of_fifty_journeys_and_more() -> None:
    assert len({len(raw_shop(number)) for number in SHOPS}) > 100
