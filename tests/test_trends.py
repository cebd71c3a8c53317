"""This window against the same weekdays before, and days far from what their weekday usually brings."""

from __future__ import annotations

import doctest
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hand_shop import act, buy, moment, pair, shop_of, visit

from clickstream.metrics import anomalies
from clickstream.metrics.anomalies import far_out
from clickstream.metrics.statistics import newcombe_difference, two_proportion_p_value
from clickstream.store.connect import Connection

JsonDict = dict[str, Any]

WEEKS = [
    # the week of Monday 2 March, then that of Monday 9 March
    visit("ann", "2026-03-02 10:00"),
    visit("ben", "2026-03-03 10:00", buy("b1", 40), act("search", query="mug", results_count=0)),
    visit("ann", "2026-03-04 10:00", act("add_to_cart", product_id="x")),
    visit("cat", "2026-03-04 18:00", act("scroll")),
    visit("ann", "2026-03-09 10:00", buy("a1", 30), buy("a2", 5, currency="USD")),
    visit("ben", "2026-03-10 10:00", act("checkout")),
    visit("ben", "2026-03-11 10:00"),
    visit("cat", "2026-03-11 18:00", buy("c1", 10)),
]
MONDAYS = {"since": moment("2026-03-09 00:00"), "until": moment("2026-03-16 00:00")}


def by_name(result: JsonDict) -> dict[str, JsonDict]:
    return {row["name"] + row.get("currency", ""): row for row in result["rows"]}


def test_a_week_is_compared_with_the_week_before(connection: Connection) -> None:
    with shop_of(connection, *WEEKS, as_of="2026-04-01 00:00") as ask:
        found = ask("trends", **MONDAYS)
    assert found["before"] == {"since": "2026-03-02T00:00:00.000Z", "until": "2026-03-09T00:00:00.000Z"}
    assert found["days"] == 7
    rows = by_name(found)
    assert {name: (row["now"], row["before"]) for name, row in rows.items() if row["unit"] != "rate"} == {
        "sessions": (4, 4),
        "visitors": (3, 3),
        "pageviews": (4, 4),
        "conversions": (2, 1),
        "orders": (3, 1),
        "carts": (0, 1),
        "searches": (0, 1),
        "revenueEUR": (40.0, 40.0),
        "revenueUSD": (5.0, 0.0),
        "aovEUR": (20.0, 40.0),
        "aovUSD": (5.0, None),
        "duration_median": (1.0, 1.0),
    }
    assert {name: (pair(row["now"]), pair(row["before"])) for name, row in rows.items() if row["unit"] == "rate"} == {
        "conversion_rate": ((2, 4), (1, 4)),
        "bounce_rate": ((1, 4), (1, 4)),
        "engagement_rate": ((3, 4), (2, 4)),
        "cart_abandonment_rate": ((0, 0), (1, 1)),
        "checkout_abandonment_rate": ((1, 1), (0, 0)),
        "zero_result_rate": ((0, 0), (1, 1)),
    }


def test_a_change_is_relative_to_before_and_a_change_from_nothing_has_no_size(connection: Connection) -> None:
    with shop_of(connection, *WEEKS, as_of="2026-04-01 00:00") as ask:
        rows = by_name(ask("trends", **MONDAYS))
    assert rows["orders"]["change"] == {"difference": 2, "value": 2.0}
    assert rows["carts"]["change"] == {"difference": -1, "value": -1.0}
    assert rows["revenueUSD"]["change"] == {"difference": 5.0, "value": None}
    for unknown in ("aovUSD", "cart_abandonment_rate", "zero_result_rate"):
        assert (rows[unknown]["change"], rows[unknown]["interval"], rows[unknown]["p_value"]) == (None, None, None)
    difference = newcombe_difference(2, 4, 1, 4)
    assert difference is not None
    assert rows["conversion_rate"]["change"] == {"difference": 0.25, "value": 1.0}
    assert rows["conversion_rate"]["interval"] == {"low": difference.low, "high": difference.high}
    assert rows["conversion_rate"]["p_value"] == two_proportion_p_value(2, 4, 1, 4)


@pytest.mark.parametrize("filters", [{}, {"device": "unknown"}])
def test_a_day_half_over_is_compared_with_half_a_day(connection: Connection, filters: JsonDict) -> None:
    """Wednesday noon: cat comes later, in both weeks; ben is back on that day and counts once."""
    with shop_of(connection, *WEEKS, as_of="2026-03-11 12:00") as ask:
        found = ask("trends", since=moment("2026-03-09 00:00"), filters=filters)
    assert (found["now"]["until"], found["before"]["until"]) == ("2026-03-11T12:00:00.000Z", "2026-03-04T12:00:00.000Z")
    assert found["days"] == 3
    rows = by_name(found)
    assert [(rows[name]["now"], rows[name]["before"]) for name in ("sessions", "visitors", "orders")] == [
        (3, 3),
        (2, 2),
        (2, 1),
    ]


@pytest.mark.parametrize(("since", "days", "before"), [("2026-03-09", 3, "2026-03-02"), ("2026-03-04", 8, "2026-02-18")])
def test_the_window_goes_back_by_whole_weeks_and_a_young_shop_knows_no_before(
    connection: Connection, since: str, days: int, before: str
) -> None:
    """The window ends with the day of the last session, 11 March; the shop opened on the 2nd."""
    with shop_of(connection, *WEEKS, as_of="2026-04-01 00:00") as ask:
        found = ask("trends", since=moment(f"{since} 00:00"))
    assert (found["days"], found["now"]["until"]) == (days, "2026-03-12T00:00:00.000Z")
    if before < "2026-03-02":
        assert found["before"] is None
        assert {row["before"] for row in found["rows"]} == {row["change"] for row in found["rows"]} == {None}
    else:
        assert found["before"]["since"] == f"{before}T00:00:00.000Z"


def test_without_a_bound_there_is_no_before_and_without_anything_begun_no_row(connection: Connection) -> None:
    with shop_of(connection, *WEEKS, as_of="2026-04-01 00:00") as ask:
        assert ask("trends")["before"] is None
        future = ask("trends", since=moment("2026-05-01 00:00"), until=moment("2026-05-02 00:00"))
        missed = ask("trends", since=moment("2026-03-20 00:00"), until=moment("2026-03-21 00:00"))
    assert (future["rows"], future["before"], future["now"]) == ([], None, {"since": None, "until": None})
    assert by_name(missed)["sessions"]["now"] == 0
    assert by_name(missed)["conversion_rate"]["now"]["value"] is None


def test_an_empty_shop_has_no_trend(connection: Connection) -> None:
    with shop_of(connection, as_of="2026-04-01 00:00") as ask:
        found = ask("trends")
    assert (found["rows"], found["days"], found["anomalies"]) == ([], 0, {"rows": [], "days_judged": 0, "too_few": 0})


def test_the_same_wall_clock_before_the_change_of_clocks(connection: Connection) -> None:
    """Berlin's clocks went forward on 29 March: a week of 167 hours is compared with one of 168."""
    visits = [visit("ann", "2026-03-16 10:00"), visit("ben", "2026-03-22 22:30"), visit("cat", "2026-03-29 21:30")]
    with shop_of(connection, *visits, as_of="2026-04-01 00:00", time_zone="Europe/Berlin") as ask:
        found = ask("trends", since=moment("2026-03-22 23:00"), until=moment("2026-03-29 22:00"))
    assert found["before"] == {"since": "2026-03-15T23:00:00.000Z", "until": "2026-03-22T23:00:00.000Z"}
    assert (by_name(found)["sessions"]["now"], by_name(found)["sessions"]["before"]) == (1, 2)


# Days far from the usual


USUAL = [2, 4, 4, 4, 5, 5, 7, 9]
"""Mean 5, sum of squared distances 32."""
ROUND = [3, -3, 2, -2, 1, -1, 0, 0]
"""Mean 0, sum of squared distances 28, so that the sample's standard deviation is 2."""


def test_the_doctest_holds() -> None:
    outcome = doctest.testmod(anomalies)
    assert (outcome.failed, outcome.attempted) == (0, 1)


FAR_OUT = [
    ("just under three", 11, USUAL, None),
    ("over three", 12, USUAL, 7 / (32 / 7) ** 0.5),
    ("as far below", -2, USUAL, -7 / (32 / 7) ** 0.5),
    ("exactly three", 6, ROUND, 3.0),
    ("a hair under three", Fraction(5_999_999, 1_000_000), ROUND, None),
    ("no spread", 100, [5] * 8, None),
    ("equal fractions", Fraction(9, 10), [Fraction(1, 3), Fraction(2, 6)] * 4, None),
]


@pytest.mark.parametrize(("label", "value", "past", "z"), FAR_OUT)
def test_a_day_is_far_out_from_three_standard_deviations_on(
    label: str, value: Any, past: list[Any], z: float | None
) -> None:
    found = far_out(value, past)
    assert (found and found[2]) == (z if z is None else pytest.approx(z)), label


def sundays(*sessions: int, buying: int = 0) -> list[list[JsonDict]]:
    """So many sessions on each Sunday from 4 January 2026 on."""
    first = date(2026, 1, 4)
    found = []
    for week, count in enumerate(sessions):
        for n in range(count):
            bought = [buy(f"w{week}n{n}", 10)] if n < buying else []
            found.append(visit(f"w{week}n{n}", f"{first + timedelta(weeks=week)} 10:{n:02}", *bought))
    return found


NINTH = {"since": moment("2026-03-01 00:00"), "until": moment("2026-03-02 00:00")}


def test_a_day_far_from_its_weekday_s_last_eight_is_an_anomaly(connection: Connection) -> None:
    with shop_of(connection, *sundays(*USUAL, 12), as_of="2026-03-02 00:00") as ask:
        found = ask("trends", **NINTH)["anomalies"]
        whole = ask("trends")["anomalies"]
    (row,) = found["rows"]
    assert (row["name"], row["day"], row["value"], row["mean"]) == ("sessions", "2026-03-01", 12.0, 5.0)
    assert (row["sd"], row["z"]) == (pytest.approx((32 / 7) ** 0.5), pytest.approx(7 / (32 / 7) ** 0.5))
    assert (found["days_judged"], found["too_few"]) == (1, 0)
    assert (whole["rows"], whole["days_judged"], whole["too_few"]) == ([row], 1, 56)


NO_ANOMALY = [
    ("seven days before are too few", [0, *USUAL[1:], 60], "2026-03-02 00:00", (0, 1)),
    ("no spread", [*[5] * 8, 50], "2026-03-02 00:00", (1, 0)),
    ("the day is not over", [*USUAL, 12], "2026-03-01 23:59", (0, 0)),
]


@pytest.mark.parametrize(("label", "values", "as_of", "judged"), NO_ANOMALY)
def test_what_is_no_anomaly(
    connection: Connection, label: str, values: list[int], as_of: str, judged: tuple[int, int]
) -> None:
    with shop_of(connection, *sundays(*values), as_of=as_of) as ask:
        found = ask("trends", **NINTH)["anomalies"]
    assert (found["rows"], found["days_judged"], found["too_few"]) == ([], *judged), label


def test_only_whole_days_of_the_window_are_judged(connection: Connection) -> None:
    with shop_of(connection, *sundays(*USUAL, 12), as_of="2026-03-09 00:00") as ask:
        found = ask("trends", since=moment("2026-03-01 01:00"), until=moment("2026-03-03 01:00"))["anomalies"]
    assert (found["rows"], found["days_judged"]) == ([], 1)


def test_revenue_and_conversion_are_judged_too_and_a_day_without_sessions_has_no_conversion_rate(
    connection: Connection,
) -> None:
    """Every Sunday has 4 to 6 sessions of which one buys, but the ninth has none."""
    visits = [*sundays(4, 5, 6, 5, 4, 5, 6, 5, buying=1), visit("x", "2026-03-02 10:00")]
    with shop_of(connection, *visits, as_of="2026-03-03 00:00") as ask:
        found = ask("trends", since=moment("2026-02-22 00:00"))["anomalies"]
    assert [(row["name"], row["day"], row["value"]) for row in found["rows"]] == [("sessions", "2026-03-01", 0.0)]


def test_filters_hold_for_the_days_before_as_well(connection: Connection) -> None:
    noise = [visit(f"n{n}", f"2026-02-{1 + 7 * n:02} 12:00", device="tv") for n in range(4)]
    with shop_of(connection, *sundays(*USUAL, 12), *noise, as_of="2026-03-02 00:00") as ask:
        (row,) = ask("trends", **NINTH, filters={"device": "unknown"})["anomalies"]["rows"]
    assert row["mean"] == 5.0
