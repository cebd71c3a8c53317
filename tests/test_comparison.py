"""Two scopes side by side, against the oracle, and the laws that hold of any two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from agreement import same
from oracle import Oracle
from oracle_comparison import comparison
from shop_check import ZONES, Shop, empty_shop
from shops import last_moment, random_shop

from clickstream.analysis.measuring import compare
from clickstream.errors import InvalidInput
from clickstream.scope import Scope
from clickstream.store.connect import Connection

JsonDict = dict[str, Any]
Key = tuple[str, str, str | None, str | None]
FIELDS = ("difference", "low", "high", "p_value", "p_adjusted", "untested")


@pytest.fixture(scope="module", params=range(2))
def shop(request: pytest.FixtureRequest, connection: Connection) -> Iterator[Shop]:
    events = random_shop(Random(request.param), 330, buying=100 if request.param else 12)
    with empty_shop(connection, last_moment(events) + timedelta(minutes=5), ZONES[request.param]) as shop:
        shop.receive(events)
        shop.catch_up()
        yield shop


@pytest.fixture(scope="module")
def oracle(shop: Shop) -> Oracle:
    return shop.oracle()


@pytest.fixture(scope="module")
def middle(oracle: Oracle) -> datetime:
    """The local midnight nearest to the shop's middle session."""
    sessions = oracle.sessions()
    local = sessions[len(sessions) // 2]["start"].astimezone(oracle.zone)
    midnight: datetime = datetime(local.year, local.month, local.day, tzinfo=oracle.zone)
    return midnight


PAIRS: dict[str, tuple[JsonDict, JsonDict, str | None]] = {
    "two halves": ({"until": 0}, {"since": 0}, None),
    "two days": ({"since": -1, "until": 0}, {"since": 0, "until": 1}, None),
    "two devices": ({"filters": {"device": "mobile"}}, {"filters": {"device": "desktop"}}, None),
    "new and returning in halves": (
        {"filters": {"visitor": "new"}, "since": 0},
        {"filters": {"visitor": "returning"}, "since": 0},
        None,
    ),
    "a segment against everything": ({}, {"filters": {"device": "mobile"}}, "overlap"),
    "a day of the week": ({}, {"since": 0, "until": 1}, "overlap"),
    "with noise and without": ({}, {"view": "all"}, "overlap"),
    "one filter and another": ({"filters": {"device": "mobile"}}, {"filters": {"country": "DE"}}, "overlap"),
}


def dated(scope: JsonDict, middle: datetime) -> JsonDict:
    """With its days from the middle as instants."""
    return {name: middle + timedelta(days=value) if isinstance(value, int) else value for name, value in scope.items()}


def rows_by_key(results: JsonDict) -> dict[Key, JsonDict]:
    rows = [row for topic in results["comparison"]["topics"] for row in topic["rows"]]
    return {(row["topic"], row["name"], row["value"], row["currency"]): row for row in rows}


def compared(shop: Shop, a: JsonDict, b: JsonDict) -> JsonDict:
    scopes = (Scope(as_of=shop.clock(), **fields) for fields in (a, b))
    return compare(shop.store, *scopes)


@pytest.mark.parametrize("label", PAIRS)
def test_every_row_agrees_with_the_oracle(shop: Shop, oracle: Oracle, middle: datetime, label: str) -> None:
    *given, untested = PAIRS[label]
    a, b = (dated(fields, middle) for fields in given)
    found = rows_by_key(compared(shop, a, b))
    scopes = (oracle.scope(as_of=shop.clock(), **fields) for fields in (a, b))
    filtered = {*a.get("filters", {}), *b.get("filters", {})}
    expected = comparison(*scopes, untested, filtered)
    assert found.keys() == expected.keys()
    wrong = [
        f"{key} {name}: {actual!r}, should be {wanted!r}"
        for key, row in expected.items()
        for name, actual, wanted in (
            *((side, found[key][side]["value"], row[side]) for side in "ab"),
            *((name, found[key][name], row[name]) for name in FIELDS),
        )
        if not same(actual, wanted, "p_value" if name in ("p_value", "p_adjusted", "low", "high") else name)
    ]
    assert not wrong, "\n".join(wrong[:20])


def test_the_other_way_round_every_difference_has_the_other_sign(shop: Shop, middle: datetime) -> None:
    sides = ({"until": middle}, {"since": middle})
    there, back = (rows_by_key(compared(shop, *pair)) for pair in (sides, sides[::-1]))
    assert there.keys() == back.keys()
    for key, row in there.items():
        other = back[key]
        assert row["untested"] == other["untested"], key
        for name, mirrored in (("difference", "difference"), ("low", "high"), ("high", "low")):
            negated = None if other[mirrored] is None else -other[mirrored]
            assert row[name] == pytest.approx(negated, abs=1e-9), (key, name)
        assert same(row["p_adjusted"], other["p_adjusted"], "p_adjusted"), key


def test_only_tested_rows_have_a_p_value_and_the_correction_makes_none_smaller(shop: Shop, middle: datetime) -> None:
    results = compared(shop, {"until": middle}, {"since": middle})
    rows = rows_by_key(results).values()
    assert sum(row["p_value"] is not None for row in rows) == results["comparison"]["tested"] > 5
    for row in rows:
        tested = row["untested"] is None
        assert [row[name] is not None for name in ("low", "high", "p_value", "p_adjusted")] == [tested] * 4
        assert not tested or (row["p_value"] <= row["p_adjusted"] <= 1 and row["low"] <= row["difference"] <= row["high"])


def test_one_selection_given_twice_is_refused(shop: Shop) -> None:
    scope = Scope(as_of=shop.clock(), filters={"device": "mobile"})
    with pytest.raises(InvalidInput) as refused:
        compare(shop.store, scope, replace(scope, as_of=shop.clock() + timedelta(days=1)))
    assert refused.value.code == "same_scope"


def test_days_are_numbered_from_the_first_of_either_window(shop: Shop, middle: datetime) -> None:
    day = timedelta(days=1)
    found = compared(shop, {"since": middle - day, "until": middle}, {"since": middle, "until": middle + 2 * day})
    series = found["comparison_series"]
    assert [point["number"] for point in series["a"]] == [1]
    assert [point["number"] for point in series["b"]] == [1, 2]
    rows = rows_by_key(found)
    sessions = rows["overview", "sessions", None, None]
    assert sessions["per_day"]
    assert sessions["b"]["total"] == sum(point["sessions"] for point in series["b"])
