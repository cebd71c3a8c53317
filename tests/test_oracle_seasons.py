"""The oracle's paths, products, visitors and trends against cases worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tiny_shop import NOON, shop_of, shop_of_visitors

JsonDict = dict[str, Any]

LATER = NOON + timedelta(days=300)


def names_of(result: JsonDict) -> list[list[tuple[str, int, int, int]]]:
    keys = ("name", "sessions", "ends", "continues")
    return [[tuple(node[key] for key in keys) for node in step["nodes"]] for step in result["steps"]]


def test_paths_collapse_repeats_and_lose_nobody() -> None:
    types = ["pageview", "pageview", "engagement", "pageview", "search", "cart"]
    shop = shop_of(*((n, name, {}) for n, name in enumerate(types)), (9000, "search", {}))
    result = shop.measure("paths", as_of=LATER, options={"steps": 2})
    assert names_of(result) == [[("pageview", 1, 0, 0), ("search", 1, 1, 0)], [("search", 1, 0, 1)]]
    assert result["links"] == [{"step": 1, "from": "pageview", "to": "search", "sessions": 1}]
    assert [row["nodes"] for row in result["sequences"]] == [["pageview", "search", "cart"], ["search"]]


def test_paths_to_an_end_go_backwards_from_the_last_one() -> None:
    shop = shop_of(*((n, name, {}) for n, name in enumerate(["a", "b", "a", "b", "c"])), (9000, "c", {}))
    result = shop.measure("paths", as_of=LATER, options={"end": "b"})
    assert [step["nodes"][0]["name"] for step in result["steps"]] == ["b", "a", "b", "a"]
    assert result["sequences"][0]["nodes"] == ["a", "b", "a", "b"]
    assert (result["sessions"], result["left_out"]) == (1, 1)


@pytest.mark.parametrize(
    ("event_type", "page", "node"),
    [("pageview", "/p/12/a", "/p/*/a"), ("product_view", "/p/linen/", "/p/*/"), ("pageview", "/", "/"), ("x", "/a", None)],
)
def test_pages_are_grouped(event_type: str, page: str, node: str | None) -> None:
    from oracle_paths import node_of

    assert node_of({"event_type": event_type, "page": page, "properties": {}}, "page") == node


def test_a_product_line_is_rounded_once_and_a_repeated_purchase_bought_nothing() -> None:
    buy = {"order_id": "o", "items": [{"product_id": "p", "price": "0.00003", "quantity": 5}, {"product_id": "p"}]}
    shop = shop_of((0, "product_view", {"product_id": "p"}), (1, "purchase", buy), (2, "purchase", buy))
    result = shop.measure("products", as_of=LATER)
    assert result["products"][0]["quantity"] == 6
    assert result["products"][0]["revenue"] == [{"currency": "USD", "amount": 0.0002}]
    assert result["products"][0]["view_to_buy"]["value"] == 1
    assert (result["lines_without_price"], result["viewed_not_bought"]["hidden"]) == (1, 1)


def test_pairs_are_shown_from_five_sessions_on() -> None:
    both = {"items": [{"product_id": "b"}, {"product_id": "a"}, {"product_id": ""}]}
    events = [(n * 7200, "purchase", both) for n in range(5)] + [(-7200, "purchase", {"product_id": "a"})]
    result = shop_of(*events).measure("bought_together", as_of=LATER)
    assert [(row["a"], row["b"], row["n"], row["lift"]) for row in result["pairs"]] == [("a", "b", 5, 1.0)]
    assert shop_of(*events[1:]).measure("bought_together", as_of=LATER)["hidden"] == {"pairs": 1, "largest": 4}


def test_weeks_are_those_of_the_wall_clock() -> None:
    """Sunday 2026-03-01 23:30 UTC is Monday in Berlin: another cohort."""
    monday = (datetime(2026, 3, 1, 23, 30, tzinfo=UTC) - NOON) / timedelta(days=1)
    visits = (("a", monday, "pageview", {}), ("a", monday + 7, "purchase", {"revenue": 3}), ("b", monday + 14, "x", {}))
    as_of = NOON + timedelta(days=15)
    for zone, cohort, week in (("Europe/Berlin", "2026-W10", 1), ("UTC", "2026-W09", 1)):
        result = shop_of_visitors(*visits, time_zone=zone).measure("retention", as_of=as_of)
        assert result["cohorts"][0]["week"] == cohort
        assert result["cohorts"][0]["cells"][0]["back"]["numerator"] == week
        assert result["cohorts"][0]["cells"][0]["revenue"] == [{"currency": "USD", "amount": 3.0}]
    assert [cell["immature"] for cell in result["cohorts"][0]["cells"]] == [False, False, True]


def test_a_week_still_running_is_immature_and_in_no_mean() -> None:
    shop = shop_of_visitors(("a", 0, "pageview", {}), ("a", 5, "pageview", {}))
    ended, running = (shop.measure("retention", as_of=NOON + timedelta(days=days)) for days in (7.5, 7.4999))
    assert [cell["immature"] for cell in ended["cohorts"][0]["cells"]] == [False, True]
    assert [cell["immature"] for cell in running["cohorts"][0]["cells"]] == [True]
    assert (len(ended["means"]), running["means"]) == (1, [])


def test_equal_buyers_have_equal_scores() -> None:
    buys = [(f"c{n}", n // 5, "purchase", {"revenue": 1}) for n in range(10)]
    result = shop_of_visitors(*buys).measure("rfm", as_of=NOON + timedelta(days=1))
    assert {(row["r"], row["f"]): row["visitors"] for row in result["grid"] if row["visitors"]} == {(1, 1): 5, (3, 1): 5}
    assert {row["segment"]: row["visitors"] for row in result["segments"] if row["visitors"]} == {
        "promising": 5,
        "hibernating": 5,
    }


def test_the_first_touch_may_lie_before_the_window() -> None:
    ad = {"utm": {"medium": "cpc"}}
    shop = shop_of_visitors(("a", 0, "pageview", ad), ("a", 9, "purchase", {"revenue": 5}))
    result = shop.measure("channels", as_of=LATER, since=NOON + timedelta(days=5))
    assert [(row["channel"], row["sessions"], row["first"]["orders"], row["last"]["orders"]) for row in result["rows"]] == [
        ("direct", 1, 0, 1),
        ("paid", 0, 1, 0),
    ]


def test_half_a_day_is_compared_with_half_a_day() -> None:
    visits = [(f"c{n}", n / 2, "pageview", {}) for n in range(40)]
    shop = shop_of_visitors(*visits)
    since = NOON + timedelta(days=14.5)
    result = shop.measure("trends", as_of=NOON + timedelta(days=15.25), since=since, until=since + timedelta(days=7))
    assert result["now"]["until"] == (NOON + timedelta(days=15.25)).isoformat()
    assert result["before"]["until"] == (NOON + timedelta(days=8.25)).isoformat()
    assert (result["days"], result["rows"][0]["now"], result["rows"][0]["before"]) == (1, 2, 2)


def test_a_crowd_after_eight_quiet_mondays_is_an_anomaly() -> None:
    quiet = [(f"q{n}", 7 * n, "pageview", {}) for n in range(8)] + [("q", 0.1, "pageview", {})]
    crowd = [(f"c{n}", 56, "pageview", {}) for n in range(9)]
    result = shop_of_visitors(*quiet, *crowd).measure(
        "trends", as_of=NOON + timedelta(days=57), since=NOON + timedelta(days=55.5)
    )
    found = result["anomalies"]
    assert [(row["name"], row["value"], row["mean"]) for row in found["rows"]] == [("sessions", 9.0, 1.125)]
    assert (found["days_judged"], found["too_few"]) == (1, 0)


def test_friction_is_held_against_those_who_did_not_meet_it() -> None:
    def visit(hours: int, *types: str) -> list[tuple[float, str, JsonDict]]:
        return [(3600 * hours + n, name, {"revenue": 10} if name == "purchase" else {}) for n, name in enumerate(types)]

    shop = shop_of(*visit(0, "checkout", "payment_error"), *visit(2, "checkout", "purchase"), *visit(4, "payment_error"))
    row = shop.measure("friction", as_of=LATER)["rows"][0]
    assert (row["kind"], row["name"], row["sessions"]) == ("payment_error", "unknown", 2)
    assert (row["against"]["denominator"], row["revenue_at_risk"]) == (1, [{"currency": "USD", "amount": 20.0}])


def test_a_checkout_step_is_completed_by_a_purchase_after_it() -> None:
    shop = shop_of(
        (0, "purchase", {}), (1, "checkout_step", {"step": 2}), (2, "checkout_step", {"step_name": "pay", "step": "1"})
    )
    steps = shop.measure("checkout", as_of=LATER)["steps"]
    assert [(step["name"], step["order"], step["completed"]["numerator"]) for step in steps] == [("pay", 1, 0), ("2", 2, 0)]
