"""Who comes back, week by week: worked out by hand."""

from __future__ import annotations

import doctest
from typing import Any

import pytest
from hand_shop import buy, eur, moment, pair, shop_of, visit

from clickstream.errors import InvalidInput
from clickstream.metrics import weeks
from clickstream.store.connect import Connection

JsonDict = dict[str, Any]

MARCH = [
    # ann: weeks 10, 11, 13; ben: 10, 12; cat: 11 only; dan: 12, and again later in the same week
    visit("ann", "2026-03-02 10:00", buy("a1", 10)),
    visit("ann", "2026-03-09 10:00", buy("a2", 5), buy("a3", 7, currency="USD")),
    visit("ann", "2026-03-29 23:59", buy("a4")),
    visit("ben", "2026-03-08 23:59"),
    visit("ben", "2026-03-16 00:00", buy("b1", 20)),
    visit("cat", "2026-03-09 00:00"),
    visit("dan", "2026-03-17 10:00", buy("d1", 1)),
    visit("dan", "2026-03-18 10:00", buy("d2", 2)),
]


def cells(cohort: JsonDict) -> list[tuple[int, int, bool]]:
    return [(cell["back"]["numerator"], cell["back"]["denominator"], cell["immature"]) for cell in cohort["cells"]]


def test_weeks_are_named_as_iso_names_them() -> None:
    assert doctest.testmod(weeks).failed == 0
    assert doctest.testmod(weeks).attempted > 0


def test_unbounded_counts_whoever_is_back_in_that_week_or_later(connection: Connection) -> None:
    with shop_of(connection, *MARCH, as_of="2026-03-30 00:00") as ask:
        found = ask("retention")
    assert [(one["week"], one["start"], one["size"], cells(one)) for one in found["cohorts"]] == [
        ("2026-W10", "2026-03-02", 2, [(2, 2, False), (2, 2, False), (1, 2, False), (0, 2, True)]),
        ("2026-W11", "2026-03-09", 1, [(0, 1, False), (0, 1, False), (0, 1, True)]),
        ("2026-W12", "2026-03-16", 1, [(0, 1, False), (0, 1, True)]),
    ]
    assert [(mean["week"], *pair(mean["back"]), mean["cohorts"]) for mean in found["means"]] == [
        (1, 2, 4, 3),
        (2, 2, 3, 2),
        (3, 1, 2, 1),
    ]


def test_n_week_counts_whoever_is_back_in_that_very_week(connection: Connection) -> None:
    with shop_of(connection, *MARCH, as_of="2026-03-30 00:00") as ask:
        found = ask("retention", {"mode": "n_week", "weeks": 3})
    assert cells(found["cohorts"][0]) == [(1, 2, False), (1, 2, False), (1, 2, False)]


@pytest.mark.parametrize(
    ("as_of", "last"),
    [("2026-03-15 23:59", (1, 2, True)), ("2026-03-16 00:00", (0, 2, True)), ("2026-03-16 00:01", (1, 2, True))],
)
def test_a_week_is_mature_at_its_very_end(connection: Connection, as_of: str, last: tuple[int, int, bool]) -> None:
    """At the end of week 11 a new week has begun, in which nobody can be back yet; ben is back with its first instant."""
    with shop_of(connection, *MARCH, as_of=as_of) as ask:
        found = cells(ask("retention")["cohorts"][0])
    assert found[-1] == last
    assert [immature for _, _, immature in found[:-1]] == [False] * (len(found) - 1)


def test_a_first_purchase_places_buyers_and_only_purchases_bring_them_back(connection: Connection) -> None:
    with shop_of(connection, *MARCH, as_of="2026-04-10 00:00") as ask:
        found = ask("retention", {"first": "purchase", "weeks": 3})
    assert [(one["week"], one["size"], pair(one["repeat"]), cells(one)) for one in found["cohorts"]] == [
        ("2026-W10", 1, (1, 1), [(1, 1, False), (1, 1, False), (1, 1, False)]),
        ("2026-W12", 2, (1, 2), [(0, 2, False), (0, 2, False), (0, 2, True)]),
    ]


def test_revenue_is_that_of_the_very_week_per_currency(connection: Connection) -> None:
    """ann's last order is of unknown revenue."""
    with shop_of(connection, *MARCH, as_of="2026-04-10 00:00") as ask:
        found = ask("retention")["cohorts"]
    assert [one["revenue_first_week"] for one in found] == [eur(10.0), [], eur(3.0)]
    assert [cell["revenue"] for cell in found[0]["cells"][:3]] == [
        [{"currency": "EUR", "amount": 5.0}, {"currency": "USD", "amount": 7.0}],
        eur(20.0),
        [],
    ]


def test_who_was_here_before_the_window_is_in_no_cohort_and_what_comes_after_it_counts(connection: Connection) -> None:
    with shop_of(connection, *MARCH, as_of="2026-03-30 00:00") as ask:
        window = {"since": moment("2026-03-03 00:00"), "until": moment("2026-03-10 00:00")}
        found = ask("retention", **window)["cohorts"]
    assert [(one["week"], one["size"]) for one in found] == [("2026-W10", 1), ("2026-W11", 1)]
    assert cells(found[0]) == [(1, 1, False), (1, 1, False), (0, 1, False), (0, 1, True)]


def test_filters_choose_first_sessions_only_whatever_they_say(connection: Connection) -> None:
    """A dollar begins no path."""
    visits = [
        visit("ann", "2026-03-02 10:00", device="$tv"),
        visit("ann", "2026-03-09 10:00", device="phone"),
        visit("ben", "2026-03-02 10:00", device="phone"),
        visit("ben", "2026-03-09 10:00", device="$tv"),
    ]
    with shop_of(connection, *visits, as_of="2026-03-16 00:00") as ask:
        found = ask("retention", filters={"device": "$tv"})["cohorts"]
        assert [(one["size"], cells(one)) for one in found] == [(1, [(1, 1, False), (0, 1, True)])]
        assert ask("retention", filters={"visitor": "returning"})["cohorts"] == []


def test_weeks_around_new_year_and_the_change_of_clocks_are_local(connection: Connection) -> None:
    """Berlin's Monday begins at 23:00 UTC in winter and at 22:00 in summer; 2026 has a week 53."""
    visits = [
        visit("ann", "2026-01-04 22:59"),  # still Sunday of 2026-W01
        visit("ann", "2026-01-04 23:00"),  # Monday of W02
        visit("ben", "2026-03-29 21:59"),  # Sunday of W13, the day of 23 hours
        visit("ben", "2026-03-29 22:00"),  # Monday of W14
        visit("cat", "2027-01-03 12:00"),  # Sunday of 2026-W53
        visit("cat", "2027-01-04 12:00"),
    ]
    with shop_of(connection, *visits, as_of="2027-02-01 00:00", time_zone="Europe/Berlin") as ask:
        found = ask("retention", {"mode": "n_week", "weeks": 1})["cohorts"]
    assert [(one["week"], one["start"], *cells(one), one["cells"][0]["ends"]) for one in found] == [
        ("2026-W01", "2025-12-29", (1, 1, False), "2026-01-11T23:00:00.000Z"),
        ("2026-W13", "2026-03-23", (1, 1, False), "2026-04-05T22:00:00.000Z"),
        ("2026-W53", "2026-12-28", (1, 1, False), "2027-01-10T23:00:00.000Z"),
    ]


def test_an_empty_scope_has_no_cohort_and_no_mean(connection: Connection) -> None:
    with shop_of(connection, *MARCH, as_of="2026-03-30 00:00") as ask:
        found = ask("retention", since=moment("2020-01-01 00:00"), until=moment("2020-02-01 00:00"))
    assert (found["cohorts"], found["means"]) == ([], [])


@pytest.mark.parametrize("options", [{"weeks": 0}, {"weeks": 53}, {"weeks": "x"}, {"mode": "rolling"}, {"first": "visit"}])
def test_what_retention_cannot_be_asked(connection: Connection, options: JsonDict) -> None:
    with shop_of(connection, as_of="2026-03-30 00:00") as ask, pytest.raises(InvalidInput) as refused:
        ask("retention", options)
    assert refused.value.fields.keys() == options.keys()
