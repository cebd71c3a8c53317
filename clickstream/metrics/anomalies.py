"""Anomalies: days far from what their weekday usually brings."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from clickstream.measures import Measures
from clickstream.metrics import sums
from clickstream.metrics.source import Row, Source
from clickstream.metrics.values import revenue_of
from clickstream.money import UNITS
from clickstream.scope import Scope

WEEKS_BEFORE = 8
FAR = 3
"""A day is an anomaly from so many standard deviations on."""

_DAILY = ("sessions", "conversions", "orders")
_INSTANT = timedelta(milliseconds=1)
Exact = int | Fraction


def anomalies_of(source: Source, scope: Scope) -> Row:
    """Days of the window that are over, against the same weekday's eight days before each."""
    reach = source.range(scope.view)
    days = _whole_days(source, scope)
    if reach is None or not days:
        return {"rows": [], "days_judged": 0, "too_few": 0}
    first = source.local.day(reach[0])
    judged = [day for day in days if _weeks_before(day, WEEKS_BEFORE) >= first]
    found = _by_day(source, scope, judged) if judged else {}
    currencies = sorted(revenue_of(sums.total(source, scope, ("orders",)))) if judged else []
    rows = [row for day in judged for row in _strange(day, found, currencies)]
    return {"rows": rows, "days_judged": len(judged), "too_few": len(days) - len(judged)}


def _whole_days(source: Source, scope: Scope) -> list[str]:
    """Local days that lie in the window as a whole and are over by as_of."""
    local, reach = source.local, source.range(scope.view)
    if reach is None:
        return []
    since = scope.since or local.day_start(local.day(reach[0]))
    until = min(scope.until or local.next_day_start(local.day(reach[1])), scope.as_of)
    days = local.days(local.day(since), local.day(until - _INSTANT))
    return [day for day in days if since <= local.day_start(day) and local.next_day_start(day) <= until]


def _by_day(source: Source, scope: Scope, days: Sequence[str]) -> sums.Groups:
    """Sums of these days and of the weeks they are held against."""
    since = source.local.day_start(_weeks_before(days[0], WEEKS_BEFORE))
    return sums.by_day(source, replace(scope, since=since, until=source.local.next_day_start(days[-1])), _DAILY)


def _weeks_before(day: str, weeks: int) -> str:
    return (date.fromisoformat(day) - timedelta(weeks=weeks)).isoformat()


def _strange(day: str, found: sums.Groups, currencies: Sequence[str]) -> Iterator[Row]:
    past = [_values(found, _weeks_before(day, weeks), currencies) for weeks in range(1, WEEKS_BEFORE + 1)]
    for (name, currency), value in _values(found, day, currencies).items():
        usual = [known for values in past if (known := values[name, currency]) is not None]
        if value is not None and len(usual) == WEEKS_BEFORE and (out := far_out(value, usual)):
            scale = UNITS if currency else 1
            row = {"name": name, "day": day, "value": float(value / scale), "mean": out[0] / scale, "sd": out[1] / scale}
            yield {**row, "z": out[2], **({"currency": currency} if currency else {})}


def _values(found: sums.Groups, day: str, currencies: Sequence[str]) -> dict[tuple[str, str], Exact | None]:
    """What is judged of a day, by name and currency; a day without sessions has 0 of everything, and no conversion rate."""
    one = found.get(day) or Measures()
    sessions, conversions = one.counts["sessions"], one.counts["conversions"]
    return {
        **{(name, ""): one.counts[name] for name in _DAILY},
        ("conversion_rate", ""): Fraction(conversions, sessions) if sessions else None,
        **{("revenue", currency): one.money[currency]["revenue"] for currency in currencies},
    }


def far_out(value: Exact, usual: Sequence[Exact]) -> tuple[float, float, float] | None:
    """Mean, sample standard deviation and z, where |z| is at least FAR; decided without rounding.

    >>> far_out(6, [3, -3, 2, -2, 1, -1, 0, 0])
    (0.0, 2.0, 3.0)
    """
    n, total = len(usual), sum(usual)
    spread = n * sum(one * one for one in usual) - total * total  # n (n - 1) x the variance
    distance = n * value - total  # n x the distance
    if not spread or distance * distance * (n - 1) < FAR * FAR * n * spread:
        return None
    sd = math.sqrt(spread / (n * (n - 1)))
    return float(total / n), sd, float(distance / n) / sd
