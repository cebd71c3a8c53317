"""The oracle against numbers worked out by hand, against published statistics, and against itself."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import golden_shop
import oracle_maths
import pytest
from agreement import disagreements
from hypothesis import given, settings
from oracle import Oracle
from shops import last_moment, random_shop, raw_shops, stored
from stored_form import stored_batches
from tiny_shop import NOON, shop_of

JsonDict = dict[str, Any]


def golden(**options: Any) -> Oracle:
    return Oracle(
        stored(golden_shop.EVENTS, golden_shop.AS_OF),
        time_zone=golden_shop.TIME_ZONE,
        currency=golden_shop.CURRENCY,
        **options,
    )


def overview_of(*events: tuple[float, str, JsonDict], **options: Any) -> JsonDict:
    result: JsonDict = shop_of(*events, **options).measure("overview", as_of=NOON + timedelta(days=1))
    return result


@pytest.mark.parametrize("metric", golden_shop.EXPECTED)
def test_the_golden_shop_says_what_was_worked_out_by_hand(metric: str) -> None:
    result = golden().measure(metric, as_of=golden_shop.AS_OF)
    assert list(disagreements(result, golden_shop.EXPECTED[metric])) == []


def test_the_golden_sessions_are_those_of_the_table() -> None:
    rows = [
        (s["visitor"][1], s["duration"], s["events"], s["device"], s["country"], s["channel"], s["new"])
        for s in golden().sessions()
    ]
    assert rows == [
        ("anna", 130, 6, "mobile", "DE", "paid", True),
        ("cb", 0, 1, "desktop", "DE", "organic", True),
        ("cc", 360, 3, "mobile", "AT", "direct", True),
        ("cc", 70, 5, "unknown", "unknown", "direct", False),
        ("ce", 0, 2, "desktop", "DE", "email", True),
        ("fay", 180, 4, "mobile", "DE", "affiliate", True),
        ("cg", 10, 2, "desktop", "US", "referral", True),
        ("ch", 9, 4, "desktop", "US", "social", True),
        ("ci", 60, 4, "mobile", "US", "social", True),
        ("anna", 6, 3, "unknown", "DE", "direct", False),
        ("cn", 40, 4, "mobile", "AT", "referral", True),
        ("oli", 30, 4, "desktop", "DE", "paid", True),
        ("cm", 310, 3, "desktop", "DE", "direct", True),
    ]


def test_the_golden_cart_left_alone_for_31_minutes_is_abandoned() -> None:
    result = golden().measure("cart", as_of=golden_shop.AS_OF + timedelta(minutes=31))
    assert (result["open"], result["abandoned"]) == (0, 3)
    assert result["value_left"] == [{"currency": "EUR", "amount": 60.0}]
    assert result["products_left"][0] == {"product_id": "p2", "quantity": 3, "sessions": 2}


def test_an_upload_has_no_open_carts() -> None:
    result = golden(dataset="upload-1").measure("cart", as_of=golden_shop.AS_OF)
    assert (result["open"], result["abandoned"]) == (0, 3)


def test_the_golden_noise_shows_in_view_all_only() -> None:
    result = golden().measure("overview", as_of=golden_shop.AS_OF, view="all")
    assert (result["sessions"], result["events"], result["orders"]) == (14, 47, 5)
    assert result["revenue"][1] == {"currency": "USD", "amount": 1079.0}


def test_the_golden_filter_keeps_three_american_sessions() -> None:
    result = golden().measure("overview", as_of=golden_shop.AS_OF, filters={"country": "US"})
    assert (result["sessions"], result["conversions"], result["refunds_unmatched"]) == (3, 1, 0)


def test_hours_of_a_spring_forward_sunday_skip_one() -> None:
    rows = golden().measure(
        "series",
        as_of=golden_shop.AS_OF,
        since=datetime(2026, 3, 28, 23, tzinfo=UTC),
        until=datetime(2026, 3, 29, 22, tzinfo=UTC),
        options={"interval": "hour"},
    )
    assert len(rows) == 23
    assert {row["start"]: row["sessions"] for row in rows if row["sessions"]} == {
        "2026-03-28T23:00:00.000Z": 1,
        "2026-03-29T00:00:00.000Z": 1,
        "2026-03-29T01:00:00.000Z": 1,
        "2026-03-29T10:00:00.000Z": 1,
        "2026-03-29T12:00:00.000Z": 1,
        "2026-03-29T15:00:00.000Z": 1,
        "2026-03-29T16:00:00.000Z": 1,
        "2026-03-29T19:00:00.000Z": 1,
    }


def test_a_pause_of_exactly_thirty_minutes_does_not_cut() -> None:
    assert overview_of((0, "pageview", {}), (1800, "pageview", {}))["sessions"] == 1
    assert overview_of((0, "pageview", {}), (1800.001, "pageview", {}))["sessions"] == 2


@pytest.mark.parametrize(
    ("purchase", "revenue"),
    [
        ({"revenue": 5, "total": 9}, 5.0),
        ({"revenue": "0.00005"}, 0.0),
        ({"revenue": "0.00015"}, 0.0002),
        ({"subtotal": 4, "total": 9}, 4.0),
        ({"total": 9, "tax": 1}, 9.0),
        ({"total": 9, "tax": 1, "shipping": 20}, 0.0),
        ({"price": "1.00005", "quantity": 3}, 3.0002),
        ({"items": [{"price": 0.00005}, {"price": 0.00005}]}, 0.0001),
    ],
)
def test_revenue_takes_the_first_known_basis_and_rounds_once(purchase: JsonDict, revenue: float) -> None:
    assert overview_of((0, "purchase", purchase))["revenue"] == [{"currency": "USD", "amount": revenue}]


def test_an_item_without_a_price_leaves_the_revenue_unknown() -> None:
    result = overview_of((0, "purchase", {"items": [{"price": 5}, {"quantity": 2}]}))
    assert (result["orders"], result["orders_with_revenue"], result["revenue"]) == (1, 0, [])


@pytest.mark.parametrize(
    ("refunds", "refunded"),
    [
        ([{"amount": 3}, {"amount": 4}], 7.0),
        ([{"amount": 8}, {"amount": 8}], 10.0),
        ([{"amount": 3}, {}], 10.0),
        ([{"amount": 0}], 0),
    ],
)
def test_refunds_add_up_to_the_order_at_most(refunds: list[JsonDict], refunded: float) -> None:
    events = [(n, "refund", {"order_id": "o"} | refund) for n, refund in enumerate(refunds)]
    result = overview_of((60, "purchase", {"order_id": "o", "revenue": 10}), *events)
    assert sum(row["amount"] for row in result["refunded"]) == refunded
    assert result["net_revenue"] == [{"currency": "USD", "amount": 10 - refunded}]


def test_a_session_of_ten_thousand_and_one_events_is_oversize_and_nothing_else() -> None:
    crowd = [(number / 1000, "pageview", {}) for number in range(10_001)]
    result = overview_of(*crowd, (90_000, "pageview", {}))
    assert (result["oversize"], result["sessions"], result["events"], result["new_sessions"]) == (1, 1, 1, 1)


def test_the_statistics_are_those_of_the_textbooks() -> None:
    assert oracle_maths.newcombe(56, 70, 48, 80) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)  # Newcombe 1998
    assert oracle_maths.fisher_p_value(3, 4, 1, 4) == pytest.approx(34 / 70)  # the lady tasting tea
    assert oracle_maths.student_quantile(0.05, 10) == pytest.approx(2.228139, abs=1e-6)
    assert oracle_maths.student_quantile(0.05, 1) == pytest.approx(12.706205, abs=1e-6)
    assert oracle_maths.student_two_sided(1, 1) == pytest.approx(0.5)  # Cauchy
    assert oracle_maths.student_two_sided(2, 2) == pytest.approx(1 - 2 / 6**0.5)  # closed form for two degrees
    assert oracle_maths.benjamini_hochberg([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.02, 0.04, 0.04, 0.02])


def test_student_tails_are_the_area_under_the_density() -> None:
    freedom, t, slices = 3.7, 2.5, 2000
    scale = math.gamma((freedom + 1) / 2) / math.sqrt(freedom * math.pi) / math.gamma(freedom / 2)
    heights = [scale * (1 + (t * i / slices) ** 2 / freedom) ** (-(freedom + 1) / 2) for i in range(slices + 1)]
    weights = [1, *([4, 2] * (slices // 2 - 1)), 4, 1]  # Simpson's rule
    area = sum(height * weight for height, weight in zip(heights, weights, strict=True)) * t / slices / 3
    assert oracle_maths.student_two_sided(t, freedom) == pytest.approx(1 - 2 * area, rel=1e-9)


def test_welch_with_equal_spread_and_size_is_the_classical_t_test() -> None:
    difference, low, high, p_value = oracle_maths.welch([1, 2, 3], [4, 5, 6]) or (0, 0, 0, 0)
    assert difference == pytest.approx(-3)
    assert (low, high) == pytest.approx((-3 - 2.776445 * (2 / 3) ** 0.5, -3 + 2.776445 * (2 / 3) ** 0.5), abs=1e-6)
    assert p_value == pytest.approx(0.0213, abs=1e-4)


def test_segments_show_thirty_sessions_and_hide_twenty_nine() -> None:
    names = ["a"] * 70 + ["b"] * 80 + ["c"] * 29
    buys = [n < 56 for n in range(70)] + [n < 48 for n in range(80)] + [False] * 29
    events = [
        event
        for number, (device, bought) in enumerate(zip(names, buys, strict=True))
        for event in [(number * 7200, "pageview", {"device": device})] + [(number * 7200 + 1, "purchase", {})] * bought
    ]
    shop = shop_of(*events)
    result = shop.measure("segments", as_of=NOON, options={"dimension": "device"})
    assert [(row["value"], row["sessions"]) for row in result["rows"]] == [("b", 80), ("a", 70)]
    assert result["hidden"] == {"minimum": 30, "rows": 1, "sessions": 29}
    alone = shop.measure("segments", as_of=NOON, filters={"device": "a"})
    assert alone["rows"][0]["conversion_difference"] is None


def check_identities(oracle: Oracle, as_of: datetime) -> None:
    """What definitions.md promises of every answer, and what follows from the definitions."""
    for view in ("clean", "all"):
        overview = oracle.measure("overview", as_of=as_of, view=view)
        days = oracle.measure("series", as_of=as_of, view=view)
        hours = oracle.measure("series", as_of=as_of, view=view, options={"interval": "hour"})
        for name in ("sessions", "events", "pageviews", "conversions", "orders", "bounces"):
            assert sum(day[name] for day in days) == sum(hour[name] for hour in hours) == overview[name]
        cart = oracle.measure("cart", as_of=as_of, view=view)
        assert cart["transacted"] + cart["open"] + cart["emptied"] + cart["abandoned"] == cart["created"]
        checkout = oracle.measure("checkout", as_of=as_of, view=view)
        assert checkout["completed"] + checkout["open"] + checkout["abandoned"] == checkout["sessions"]
        funnel = oracle.measure("funnel", as_of=as_of, view=view)
        reached = [step["reached"] for step in funnel["steps"]]
        assert reached[0] == overview["sessions"]
        assert reached == sorted(reached, reverse=True)
        assert funnel["outside"] >= 0
        search = oracle.measure("search", as_of=as_of, view=view)
        assert search["zero"] <= search["known"] <= search["searches"]
        assert overview["new_sessions"] <= overview["visitors"] <= overview["sessions"]
        for name in ("device", "channel", "visitor", "country", "variant"):
            table = oracle.measure("segments", as_of=as_of, view=view, options={"dimension": name})
            assert sum(row["sessions"] for row in table["rows"]) + table["hidden"]["sessions"] == overview["sessions"]


@settings(deadline=None, max_examples=100)
@given(raw_shops())
def test_identities_hold_on_random_shops(events: list[JsonDict]) -> None:
    now = last_moment(events) + timedelta(minutes=10)
    check_identities(Oracle(stored(events, now), time_zone="America/New_York"), now)


@pytest.mark.parametrize("seed", range(4))
def test_identities_hold_on_larger_shops(seed: int) -> None:
    events = random_shop(Random(seed), 200)
    now = last_moment(events) + timedelta(minutes=10)
    check_identities(Oracle(stored(events, now), time_zone="Asia/Kolkata"), now)


@settings(deadline=None, max_examples=50)
@given(raw_shops())
def test_sending_a_request_again_changes_nothing(events: list[JsonDict]) -> None:
    now = last_moment(events) + timedelta(minutes=10)
    twice = stored_batches([(now, events), (now + timedelta(minutes=1), events)])
    assert twice == stored(events, now)


def test_random_shops_hold_every_kind_of_trouble() -> None:
    events = random_shop(Random(7), 300)
    documents = stored(events, last_moment(events))
    moments = [document["timestamp"] for document in documents]
    assert len(documents) < len(events)
    assert moments != sorted(moments)
    assert len(set(moments)) < len(moments)
    now = max(moments)
    overview = Oracle(documents).measure("overview", as_of=now)
    for name in ("bounces", "returning_sessions", "refunds_unmatched", "noisy_events", "orders"):
        assert overview[name] > 0, name
    assert len(overview["revenue"]) == 2
    assert overview["orders_with_revenue"] < overview["orders"]
    assert overview["refunded"]
    cart = Oracle(documents).measure("cart", as_of=now)
    assert cart["emptied"] and cart["abandoned"] and cart["transacted"]
