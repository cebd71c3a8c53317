"""Buyers by recency and frequency, worked out by hand; and which channel gets the credit."""

from __future__ import annotations

import doctest
from typing import Any

import pytest
from hand_shop import act, buy, eur, moment, pair, shop_of, visit

from clickstream.metrics import rfm
from clickstream.store.connect import Connection

JsonDict = dict[str, Any]


def buyer(who: str, *days: int, revenue: float = 10) -> list[JsonDict]:
    """One order on each of these days of March."""
    return [event for day in days for event in visit(who, f"2026-03-{day:02} 10:00", buy(f"{who}{day}", revenue))]


FIVE = [buyer("a", 1), buyer("b", 5, 10), buyer("c", 12, 15), buyer("d", 2, 3, 20), buyer("e", 21, 22, 23, 25)]
"""Days since on the 31st: 30, 21, 16, 11, 6; orders 1, 2, 2, 3, 4."""


def members(result: JsonDict) -> dict[str, int]:
    return {row["segment"]: row["visitors"] for row in result["segments"] if row["visitors"]}


def grid(result: JsonDict) -> dict[tuple[int, int], int]:
    return {(cell["r"], cell["f"]): cell["visitors"] for cell in result["grid"] if cell["visitors"]}


def test_every_doctest_holds() -> None:
    outcome = doctest.testmod(rfm)
    assert (outcome.failed, outcome.attempted) == (0, 2)


def test_five_buyers_take_the_five_scores_and_ties_share_theirs(connection: Connection) -> None:
    with shop_of(connection, *FIVE, as_of="2026-03-31 12:00") as ask:
        found = ask("rfm")
    assert (found["reference_day"], found["buyers"], found["currency"]) == ("2026-03-31", 5, "EUR")
    assert grid(found) == {(1, 1): 1, (2, 2): 1, (3, 2): 1, (4, 4): 1, (5, 5): 1}
    assert members(found) == {"champions": 2, "promising": 1, "hibernating": 2}
    champions = found["segments"][0]
    assert (champions["segment"], pair(champions["share"])) == ("champions", (2, 5))
    assert (champions["orders"], champions["revenue"]) == (7, eur(70.0))
    assert (champions["recency_median"], champions["frequency_median"]) == (8.5, 3.5)
    assert len(found["grid"]) == 25
    assert [(row["m"], row["visitors"]) for row in found["monetary"]] == [(1, 1), (2, 2), (3, 0), (4, 1), (5, 1)]


def test_one_buyer_is_worse_than_nobody_and_scores_one(connection: Connection) -> None:
    with shop_of(connection, buyer("a", 30), as_of="2026-03-31 12:00") as ask:
        found = ask("rfm")
    assert (grid(found), members(found)) == ({(1, 1): 1}, {"hibernating": 1})


def test_recency_is_counted_in_local_days_to_the_end_of_the_window_and_never_below_zero(connection: Connection) -> None:
    """23:30 UTC is the next day in Berlin; the window ends before asking; as_of may be long ago."""
    visits = [visit("a", "2026-03-09 23:30", buy("o1", 1))]
    with shop_of(connection, *visits, as_of="2026-03-31 12:00", time_zone="Europe/Berlin") as ask:
        ended = ask("rfm", until=moment("2026-03-11 23:00"))
        past = ask("rfm", as_of=moment("2026-03-01 00:00"))
    assert [(one["reference_day"], one["segments"][5]["recency_median"]) for one in (ended, past)] == [
        ("2026-03-11", 1),
        ("2026-03-01", 0),
    ]


def test_two_currencies_have_no_monetary_score_and_unknown_revenue_adds_nothing(connection: Connection) -> None:
    visits = [*FIVE, visit("a", "2026-03-02 10:00", buy("usd", 5, currency="USD"), buy("unknown"))]
    with shop_of(connection, *visits, as_of="2026-03-31 12:00") as ask:
        found = ask("rfm")
    assert (found["currency"], found["monetary"]) == (None, None)
    assert sum(row["orders"] for row in found["segments"]) == 14


def test_a_repeated_order_makes_no_buyer_and_an_empty_scope_has_none(connection: Connection) -> None:
    visits = [buyer("a", 1), visit("z", "2026-03-02 10:00", buy("a1", 10))]
    with shop_of(connection, *visits, as_of="2026-03-31 12:00") as ask:
        assert ask("rfm")["buyers"] == 1
        empty = ask("rfm", since=moment("2026-03-03 00:00"))
    assert (empty["buyers"], members(empty), empty["monetary"]) == (0, {}, None)
    assert {row["share"]["value"] for row in empty["segments"]} == {None}
    assert {row["recency_median"] for row in empty["segments"]} == {None}


# Channels


PAID, MAIL = {"utm": {"medium": "cpc"}}, {"utm": {"medium": "email"}}
TOUCHED = [
    visit("ann", "2026-03-01 10:00", **PAID),
    visit("ann", "2026-03-05 10:00", buy("a1", 30), **MAIL),
    visit("ann", "2026-03-06 10:00", buy("a2", 5), buy("a3", 7, currency="USD")),
    visit("ben", "2026-03-05 10:00", buy("b1", 100), buy("b2"), **MAIL),
    visit("ben", "2026-03-07 10:00", buy("a1", 30), act("refund", order_id="b1"), **PAID),
]


def credits(result: JsonDict, touch: str) -> dict[str, tuple[int, dict[str, float]]]:
    return {
        row["channel"]: (row[touch]["orders"], {one["currency"]: one["amount"] for one in row[touch]["revenue"]})
        for row in result["rows"]
    }


def test_an_order_is_credited_to_its_session_and_to_its_visitor_s_very_first(connection: Connection) -> None:
    """Gross: a refund takes nothing off. An order reported again gives no credit."""
    with shop_of(connection, *TOUCHED, as_of="2026-03-31 12:00") as ask:
        found = ask("channels")
    assert [(row["channel"], row["sessions"], pair(row["conversion_rate"])) for row in found["rows"]] == [
        ("email", 2, (2, 2)),
        ("paid", 2, (1, 2)),
        ("direct", 1, (1, 1)),
    ]
    assert credits(found, "last") == {"email": (3, {"EUR": 130.0}), "paid": (0, {}), "direct": (2, {"EUR": 5.0, "USD": 7.0})}
    assert credits(found, "first") == {
        "email": (2, {"EUR": 100.0}),
        "paid": (3, {"EUR": 35.0, "USD": 7.0}),
        "direct": (0, {}),
    }


def test_a_first_touch_before_the_window_or_outside_the_filter_still_counts(connection: Connection) -> None:
    with shop_of(connection, *TOUCHED, as_of="2026-03-31 12:00") as ask:
        found = ask("channels", since=moment("2026-03-06 00:00"), filters={"channel": "direct"})
    assert [(row["channel"], row["sessions"], row["conversion_rate"]["value"]) for row in found["rows"]] == [
        ("direct", 1, 1.0),
        ("paid", 0, None),
    ]
    assert credits(found, "first") == {"direct": (0, {}), "paid": (2, {"EUR": 5.0, "USD": 7.0})}


@pytest.mark.parametrize("at_a_time", [1, 2, 3])
def test_buyers_looked_up_a_few_at_a_time_get_the_same_credit(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, at_a_time: int
) -> None:
    with shop_of(connection, *TOUCHED, *FIVE, as_of="2026-03-31 12:00") as ask:
        whole = ask("channels")
        monkeypatch.setattr("clickstream.metrics.attribution.VISITORS_A_TIME", at_a_time)
        assert ask("channels") == whole


def test_no_sessions_are_no_channels(connection: Connection) -> None:
    with shop_of(connection, *TOUCHED, as_of="2026-03-31 12:00") as ask:
        assert ask("channels", since=moment("2026-04-01 00:00")) == {"rows": [], "orders": 0, "revenue": []}
