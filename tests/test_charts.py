"""A chart shows its metric's numbers and nothing else, and Vega-Lite draws it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from clickstream.charts import CHARTS, chart
from clickstream.metrics import METRICS

DRAW = """
import json, sys, vl_convert
for spec in json.load(sys.stdin):
    print(json.dumps(vl_convert.vegalite_to_svg({**spec, "width": 500})))
"""


def rate(numerator: int, denominator: int) -> dict[str, Any]:
    return {"numerator": numerator, "denominator": denominator, "value": numerator / denominator if denominator else None}


def moment(day: int, sessions: int, *revenue: tuple[str, float], hour: int = 0) -> dict[str, Any]:
    return {
        "start": f"2026-03-{day:02}T{hour:02}:00:00.000Z",
        "day": f"2026-03-{day:02}",
        "visitors": sessions,
        "sessions": sessions,
        **{name: 1 for name in ("events", "pageviews", "bounces", "conversions", "orders")},
        "revenue": [{"currency": currency, "amount": amount} for currency, amount in revenue],
    }


FUNNEL = {
    "steps": [
        {"name": name, "reached": reached, "step_rate": rate(reached, before), "overall_rate": rate(reached, 40)}
        for name, reached, before in (("session", 40, 40), ("add_to_cart", 10, 40), ("purchase", 3, 10))
    ]
}
CART = {"created": 20, "transacted": 5, "open": 1, "emptied": 2, "abandoned": 12}
CHECKOUT = {"sessions": 9, "completed": 5, "open": 1, "abandoned": 3}
SEARCH = {
    "terms": [
        {"query": "red shoes", "searches": 7, "zero": 0},
        {"query": '<b>"datum"</b>', "searches": 4, "zero": 3},
    ]
}
SEGMENTS = {
    "dimension": "device",
    "rows": [
        {"value": "mobile", "sessions": 31, "conversion_rate": rate(1, 31)},
        {"value": "desktop", "sessions": 9, "conversion_rate": rate(0, 0)},
    ],
}
EVENT_TYPES = {"types": [{"type": "pageview", "events": 90, "sessions": 40}]}
PAGES = {"pages": [{"page": "/", "pageviews": 50, "sessions": 40, "entries": 30, "exits": 10}]}
SPREAD = {
    "rows": [
        {"measure": "duration", "currency": None, "n": 40, "mean": 60.0, "sd": 20.0, "low": 54.0, "high": 66.0},
        {"measure": "aov", "currency": "EUR", "n": 9, "mean": 30.0, "sd": 5.0, "low": 27.0, "high": 33.0},
    ]
}
SERIES = [moment(1, 12, ("EUR", 10.5)), moment(2, 0), moment(3, 7, ("USD", 3.0), ("EUR", 1.0))]
PRODUCTS = {
    "products": [
        {**dict.fromkeys(("viewed", "added", "bought", "quantity"), n), "product_id": name, "revenue": revenue}
        for name, n, revenue in (
            ("p1", 3, [{"currency": "EUR", "amount": 30.5}, {"currency": "USD", "amount": 90.0}]),
            ("p2", 9, []),
            ("p3", 2, [{"currency": "USD", "amount": 5.0}]),
        )
    ]
}
PAIRS = {"pairs": [{"a": "p1", "b": "p2", "n": 6, "lift": 2.25, "low": 1.5, "high": 4.0}]}
RETENTION = {
    "cohorts": [
        {
            "week": "2026-W10",
            "size": 8,
            "cells": [
                {"week": 1, "back": rate(2, 8), "immature": False},
                {"week": 2, "back": rate(1, 8), "immature": True},
            ],
        },
        {"week": "2026-W12", "size": 3, "cells": []},
    ]
}
RFM = {
    "buyers": 4,
    "segments": [
        {"segment": name, "visitors": n, "orders": n, "share": rate(n, 4)} for name, n in (("champions", 1), ("at_risk", 3))
    ],
}
CHANNELS = {
    "orders": 3,
    "rows": [
        {"channel": "paid", "sessions": 9, "first": {"orders": 2}, "last": {"orders": 1}},
        {"channel": "direct", "sessions": 5, "first": {"orders": 1}, "last": {"orders": 2}},
    ],
}
TRENDS = {
    "rows": [
        {"name": "sessions", "change": {"difference": 5, "value": 0.25}},
        {"name": "revenue", "currency": "EUR", "change": {"difference": -5.0, "value": -0.5}},
        {"name": "aov", "currency": "USD", "change": None},
        {"name": "orders", "change": {"difference": 5, "value": None}},
    ]
}
FRICTION = {
    "rows": [
        {"kind": "payment_error", "name": "declined", "sessions": 7, "conversion": rate(2, 7), "against": rate(0, 0)},
        {"kind": "zero_results", "name": "<i>", "sessions": 2, "conversion": rate(0, 2), "against": rate(1, 4)},
    ]
}
FLOW: dict[str, Any] = {
    "sessions": 10,
    "over": "event_type",
    "end": "",
    "steps": [
        {"step": 1, "nodes": [{"name": "pageview", "sessions": 10, "ends": 3}]},
        {"step": 2, "nodes": [{"name": "search", "sessions": 5, "ends": 5}, {"name": "<b>", "sessions": 2, "ends": 2}]},
    ],
    "links": [
        {"step": 1, "from": "pageview", "to": "search", "sessions": 5},
        {"step": 1, "from": "pageview", "to": "<b>", "sessions": 2},
    ],
}
DIFFERENCES = {
    "rows": [
        {"measure": "device", "value": "mobile", "currency": None, "effect": -0.3, "p_adjusted": 0.01},
        {"measure": "price_seen", "value": None, "currency": "EUR", "effect": 0.1, "p_adjusted": 0.6},
    ]
}
VARIANTS: dict[str, Any] = {
    "arms": [
        {"arm": "A", "sessions": 100, "conversion_rate": rate(10, 100), "conversion_difference": None},
        {
            "arm": "<b>",
            "sessions": 200,
            "conversion_rate": rate(30, 200),
            "conversion_difference": {"difference": 0.05, "low": -0.04, "high": 0.12},
        },
    ]
}
OVERVIEW = {"sessions": 10, "bounces": 4, "engaged_sessions": 5, "conversions": 1}
RESULTS: dict[str, Any] = {
    "overview": OVERVIEW,
    "series": SERIES,
    "funnel": FUNNEL,
    "cart": CART,
    "checkout": CHECKOUT,
    "search": SEARCH,
    "segments": SEGMENTS,
    "event_types": EVENT_TYPES,
    "pages": PAGES,
    "products": PRODUCTS,
    "bought_together": PAIRS,
    "retention": RETENTION,
    "rfm": RFM,
    "channels": CHANNELS,
    "trends": TRENDS,
    "friction": FRICTION,
    "paths": FLOW,
    "differences": DIFFERENCES,
    "spread": SPREAD,
    "variants": VARIANTS,
}
NOTHING: dict[str, Any] = {
    "overview": dict.fromkeys(OVERVIEW, 0),
    "series": [],
    "funnel": {"steps": [{**FUNNEL["steps"][0], "reached": 0}]},
    "cart": dict.fromkeys(CART, 0),
    "checkout": dict.fromkeys(CHECKOUT, 0),
    "search": {"terms": []},
    "segments": {"dimension": "device", "rows": []},
    "event_types": {"types": []},
    "pages": {"pages": []},
    "products": {"products": []},
    "bought_together": {"pairs": []},
    "retention": {"cohorts": [{"week": "2026-W12", "size": 3, "cells": []}]},
    "rfm": {"buyers": 0, "segments": []},
    "channels": {"orders": 0, "rows": [{"channel": "paid", "sessions": 1, "first": {"orders": 0}, "last": {"orders": 0}}]},
    "trends": {"rows": [{"name": "sessions", "change": None}]},
    "friction": {"rows": []},
    "paths": {**FLOW, "sessions": 0, "steps": []},
    "differences": {"rows": []},
    "variants": {"arms": VARIANTS["arms"][:1]},
    "spread": {"rows": [{**SPREAD["rows"][0], "n": 1, "sd": None, "low": None, "high": None}]},
}


def rows(metric_id: str, **options: Any) -> list[dict[str, Any]]:
    spec = chart(metric_id, RESULTS[metric_id], options)
    assert spec is not None
    values: list[dict[str, Any]] = spec["data"]["values"]
    return values


def test_every_metric_has_a_chart() -> None:
    assert set(CHARTS) == set(METRICS)
    assert set(CHARTS) == set(RESULTS) == set(NOTHING)


@pytest.mark.parametrize("metric_id", NOTHING)
def test_nothing_to_draw_is_no_chart(metric_id: str) -> None:
    assert chart(metric_id, NOTHING[metric_id]) is None


def test_a_metric_without_a_chart_has_none() -> None:
    assert chart("weather", {"sessions": 1}) is None


def test_a_day_is_drawn_on_its_own_date_whatever_the_readers_time_zone() -> None:
    berlin = [{**moment(1, 12), "start": "2026-02-28T23:00:00.000Z"}]
    spec = chart("series", berlin, {"interval": "day", "time_zone": "Europe/Berlin"})
    assert spec is not None
    assert spec["data"]["values"][0]["when"] == "2026-03-01T00:00:00Z"
    assert spec["encoding"]["x"]["timeUnit"] == "utcyearmonthdate"


def test_an_hour_is_drawn_at_the_shops_wall_clock() -> None:
    spec = chart("series", [moment(1, 12, hour=23)], {"interval": "hour", "time_zone": "Europe/Berlin"})
    assert spec is not None
    assert spec["data"]["values"][0]["when"] == "2026-03-02T00:00:00Z"


def test_each_currency_is_a_column_of_its_own_and_a_day_without_it_is_zero() -> None:
    assert [(row["revenue_0"], row["revenue_1"]) for row in rows("series")] == [(10.5, 0), (0, 0), (1.0, 3.0)]


def test_days_without_sessions_keep_their_place() -> None:
    assert [row["sessions"] for row in rows("series")] == [12, 0, 7]


def test_many_days_become_an_area() -> None:
    spec = chart("series", [moment(day % 28 + 1, 3) for day in range(63)])
    assert spec is not None
    assert spec["mark"]["type"] == "area"


def test_the_funnel_keeps_the_order_of_its_steps() -> None:
    assert [(row["step"], row["reached"], row["overall"]) for row in rows("funnel")] == [
        ("Session", 40, 1.0),
        ("Add to cart", 10, 0.25),
        ("Purchase", 3, 0.075),
    ]


@pytest.mark.parametrize(("metric_id", "total"), [("cart", 20), ("checkout", 9)])
def test_the_states_add_up_to_the_whole(metric_id: str, total: int) -> None:
    assert sum(row["count"] for row in rows(metric_id)) == total
    assert sum(row["share"] for row in rows(metric_id)) == pytest.approx(1)


def test_searches_split_into_those_without_results_and_all_others() -> None:
    counts = {(row["name"], row["outcome"]): row["searches"] for row in rows("search")}
    assert counts == {
        ("red shoes", "Found or unknown"): 7,
        ("red shoes", "Zero results"): 0,
        ('<b>"datum"</b>', "Found or unknown"): 1,
        ('<b>"datum"</b>', "Zero results"): 3,
    }


def test_products_are_drawn_by_what_they_are_sorted_by_in_one_currency() -> None:
    assert [(row["name"], row["revenue"], row["currency"]) for row in rows("products")] == [
        ("p1", 30.5, "EUR"),
        ("p2", 0, "EUR"),
        ("p3", 0, "EUR"),
    ]
    spec = chart("products", PRODUCTS, {"sort": "viewed"})
    assert spec is not None
    assert spec["layer"][0]["encoding"]["x"]["field"] == "viewed"


def test_products_have_the_names_the_catalogue_gives_them_and_twins_their_ids_too() -> None:
    names = {"p1": "Mug", "p2": "Mug", "p3": "Lid"}
    assert [row["name"] for row in rows("products", names=names)] == ["Mug (p1)", "Mug (p2)", "Lid"]
    assert [row["name"] for row in rows("bought_together", names={"p1": "Mug"})] == ["Mug + p2"]


def test_a_cohort_s_cell_that_may_still_grow_is_marked() -> None:
    assert [(row["cohort"], row["week"], row["label"]) for row in rows("retention")] == [
        ("2026-W10", 1, "25%"),
        ("2026-W10", 2, "12%*"),
    ]


def test_orders_are_drawn_by_both_touches() -> None:
    assert [(row["channel"], row["touch"], row["orders"]) for row in rows("channels")] == [
        ("Paid", "First touch", 2),
        ("Paid", "Last touch", 1),
        ("Direct", "First touch", 1),
        ("Direct", "Last touch", 2),
    ]


def test_steps_of_one_name_are_told_apart_by_their_number() -> None:
    spec = chart("funnel", {"steps": [{**FUNNEL["steps"][0], "name": "search"} for _ in range(2)]})
    assert spec is not None
    assert [row["step"] for row in spec["data"]["values"]] == ["1. Search", "2. Search"]


def test_only_known_changes_are_drawn() -> None:
    assert [(row["name"], row["change"]) for row in rows("trends")] == [("Sessions", 0.25), ("Revenue, EUR", -0.5)]


def test_an_unknown_rate_stays_unknown() -> None:
    assert [row["rate"] for row in rows("segments")] == [1 / 31, None]


def test_words_of_shoppers_are_data_and_never_part_of_an_expression() -> None:
    spec = chart("search", SEARCH)
    assert spec is not None
    outside_the_data = json.dumps({key: value for key, value in spec.items() if key != "data"})
    assert "datum" not in outside_the_data


def drawn(specs: list[dict[str, Any] | None]) -> tuple[list[str], str]:
    """The SVG of each spec, and what Vega-Lite had to say."""
    done = subprocess.run(
        [sys.executable, "-c", DRAW], input=json.dumps(specs), capture_output=True, text=True, check=True, timeout=120
    )
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_an_axis_of_counts_names_no_half_session() -> None:
    (svg,), _ = drawn([chart("series", [moment(1, 1), moment(2, 0)])])
    assert ">1</text>" in svg
    assert ">0.5</text>" not in svg


def test_vega_lite_draws_every_chart() -> None:
    svgs, said = drawn([chart(metric_id, result) for metric_id, result in RESULTS.items()])
    seen = {
        "funnel": "10 · 25.0%",
        "cart": "12 · 60.0%",
        "checkout": "5 · 55.6%",
        "segments": "31 · 3.2% buy",
        "search": "red shoes",
    }
    seen |= {"event_types": "pageview", "pages": "50", "series": "Mar 1"}
    seen |= {"products": "31 EUR", "bought_together": "6 · 2.3 times chance", "retention": "12%*", "rfm": "3 · 75.0%"}
    seen |= {"channels": "First touch", "trends": "−50.0%", "friction": "7 · 28.6% buy"}
    assert {
        metric_id for metric_id, text in seen.items() if text not in dict(zip(RESULTS, svgs, strict=True))[metric_id]
    } == set()
    assert "WARN" not in said


def test_bands_of_a_flow_leave_and_reach_their_nodes_without_overlapping() -> None:
    spec = chart("paths", FLOW)
    assert spec is not None
    bands, nodes, labels = (layer["data"]["values"] for layer in spec["layer"])
    assert [node["label"] for node in labels] == ["Pageview 10", "Search 5", "<b> 2"]
    first = [row for row in bands if row["link"] == 0]
    second = [row for row in bands if row["link"] == 1]
    assert first[0]["y2"] == pytest.approx(second[0]["y"])
    assert first[-1]["y"] == pytest.approx(nodes[1]["y"])
    assert first[0]["y2"] - first[0]["y"] == pytest.approx(5 * nodes[0]["unit"])


def test_a_flow_to_an_end_is_drawn_with_the_end_at_the_right() -> None:
    spec = chart("paths", {**FLOW, "end": "pageview"})
    assert spec is not None
    nodes = spec["layer"][1]["data"]["values"]
    assert nodes[0]["x"] > nodes[1]["x"]


def test_only_what_is_beyond_chance_is_drawn_in_full() -> None:
    assert [(row["name"], row["sure"]) for row in rows("differences")] == [
        ("Device: mobile", True),
        ("Price seen: EUR", False),
    ]


def test_an_arm_is_drawn_in_percentage_points_from_the_control() -> None:
    (row,) = rows("variants")
    assert (row["name"], row["difference"], row["low"], row["high"]) == ("<b>", 5, -4, 12)


def test_a_mean_is_drawn_as_far_as_its_interval_reaches() -> None:
    found = {row["name"]: (row["low"], row["high"]) for row in rows("spread")}
    assert found == {"Duration": pytest.approx((-0.1, 0.1)), "Aov, EUR": pytest.approx((-0.1, 0.1))}
