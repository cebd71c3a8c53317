"""A row of a comparison: one number of both sides, their difference, and whether it is more than chance.

`untested` says by a code of REASONS why a row has no interval and no p-value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clickstream.comparison.labels import NOTES
from clickstream.metrics.statistics import is_significant, newcombe_difference, two_proportion_p_value, welch, wilson

Row = dict[str, Any]

MINIMUM = 30
"""Sessions (or carts, searches, orders) that a rate or mean must rest on, on either side."""

COUNTED, TOO_FEW, UNKNOWN, ALIKE, CURRENCY, SHARED = "counted", "too_few", "unknown", "alike", "currency", "shared_visitors"
REASONS = {
    COUNTED: (
        "A number of things is exact for its window and follows from how many visits came; whether visits behave "
        "differently is said by the rates and means."
    ),
    TOO_FEW: f"Fewer than {MINIMUM} on one side: too few for a verdict.",
    UNKNOWN: "One side has no value.",
    ALIKE: "Neither side varies.",
    CURRENCY: "The other side does not sell in this currency, and currencies are never converted.",
    SHARED: "The same visitor may be on both sides.",
    "overlap": NOTES["overlap"],
    "versions": NOTES["versions"],
}


@dataclass(frozen=True)
class Number:
    """What a row is about."""

    topic: str
    name: str
    unit: str
    dimension: str | None = None
    value: str | None = None
    currency: str | None = None


def significant(row: Mapping[str, Any]) -> bool:
    return is_significant(row["p_adjusted"])


def rate_row(number: Number, a: Row, b: Row, untested: str | None) -> Row:
    """Of two rates {"numerator", "denominator", "value"}: Newcombe's interval; pooled z, or Fisher's exact test."""
    table = b["numerator"], b["denominator"], a["numerator"], a["denominator"]
    row = _row(number, _rate(a), _rate(b), untested or _too_few(a["denominator"], b["denominator"]))
    if row["untested"] is None:
        found = newcombe_difference(*table)
        assert found
        row |= {"low": found.low, "high": found.high, "p_value": two_proportion_p_value(*table)}
    return row


def mean_row(number: Number, a: Row | None, b: Row | None, untested: str | None) -> Row:
    """Of two rows of the metric `spread`, None where a side has none: Welch's interval and test."""
    few = _too_few(a["n"] if a else 0, b["n"] if b else 0)
    row = _row(number, _mean(a), _mean(b), untested or few)
    if row["untested"] is None and a and b:
        found = welch(b["mean"], b["sd"] ** 2, b["n"], a["mean"], a["sd"] ** 2, a["n"])
        tested = {"low": found.low, "high": found.high, "p_value": found.p_value} if found else {"untested": ALIKE}
        row |= tested
    return row


def count_row(number: Number, a: float | None, b: float | None, days: tuple[float, float] | None) -> Row:
    """Of two numbers of things; per day where the windows are not equally long, whose `days` are given then."""
    lengths = days or (1.0, 1.0)
    row = _row(number, _counted(a, lengths[0]), _counted(b, lengths[1]), COUNTED)
    return row | {"per_day": days is not None}


def _too_few(n: int, m: int) -> str | None:
    return TOO_FEW if min(n, m) < MINIMUM else None


def _counted(total: float | None, days: float) -> Row:
    return {"value": total if total is None or days == 1 else total / days, "n": None, "total": total}


def _rate(one: Row) -> Row:
    interval = wilson(one["numerator"], one["denominator"])
    low, high = interval or (None, None)
    return {**one, "n": one["denominator"], "low": low, "high": high}


def _mean(one: Row | None) -> Row:
    if one is None:
        return {"value": None, "n": 0, "low": None, "high": None}
    return {"value": one["mean"], "n": one["n"], "low": one["low"], "high": one["high"]}


def _row(number: Number, a: Row, b: Row, untested: str | None) -> Row:
    known = a["value"] is not None and b["value"] is not None
    difference = b["value"] - a["value"] if known else None
    return {
        **vars(number),
        "per_day": False,
        "a": a,
        "b": b,
        "difference": difference,
        "change": difference / a["value"] if difference is not None and a["value"] else None,
        "low": None,
        "high": None,
        "p_value": None,
        "p_adjusted": None,
        "untested": untested if known else UNKNOWN,
    }


def without_comparison(row: Row, why: str) -> Row:
    """The same two numbers, which must not be subtracted."""
    return row | dict.fromkeys(("difference", "change", "low", "high", "p_value")) | {"untested": why}
