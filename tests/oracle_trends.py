"""The oracle's trends: a window against the same weekdays before it, and days that fall out of line."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from oracle_carts import cart, checkout
from oracle_maths import newcombe, rate_p_value
from oracle_measures import Scope, overview, revenue_of, total
from oracle_tables import search
from oracle_windows import Window, bounded, day_start, days_in, first_day, local_day, window_before, window_now

JsonDict = dict[str, Any]

COUNTS = ("sessions", "visitors", "pageviews", "conversions", "orders", "carts", "searches")
RATES = (
    "conversion_rate", "bounce_rate", "engagement_rate",
    "cart_abandonment_rate", "checkout_abandonment_rate", "zero_result_rate",
)  # fmt: skip
WEEKS_BEFORE, FAR_OUT = 8, 3


def trends(scope: Scope, _options: JsonDict) -> JsonDict:
    now, before = window_now(scope), window_before(scope)
    if now is None:
        return {"now": {"since": None, "until": None}, "before": None, "days": 0, "rows": [], "anomalies": nothing_judged()}
    after = measures(scope.between(*now))
    earlier = measures(scope.between(*before)) if before else None
    return {
        "now": written(now),
        "before": written(before) if before else None,
        "days": days_in(now, scope.zone),
        "rows": list(rows_of(after, earlier)) if now[0] < now[1] else [],
        "anomalies": anomalies(scope),
    }


def nothing_judged() -> JsonDict:
    return {"rows": [], "days_judged": 0, "too_few": 0}


def written(window: Window) -> JsonDict:
    return {"since": window[0].isoformat(), "until": window[1].isoformat()}


def measures(scope: Scope) -> JsonDict:
    carts, searches = cart(scope, {}), search(scope, {})
    return overview(scope, {}) | {
        "carts": carts["created"],
        "searches": searches["searches"],
        "cart_abandonment_rate": carts["abandonment_rate"],
        "checkout_abandonment_rate": checkout(scope, {})["abandonment_rate"],
        "zero_result_rate": searches["zero_result_rate"],
    }


def rows_of(now: JsonDict, before: JsonDict | None) -> Iterator[JsonDict]:
    for name in COUNTS:
        yield numbers_row(name, "count", now[name], before and before[name])
    for name in RATES:
        yield rate_row(name, now[name], before and before[name])
    for name in ("revenue", "aov"):
        amounts, amounts_before = by_currency(now[name]), before and by_currency(before[name])
        unsold = 0.0 if name == "revenue" else None
        for currency in sorted(amounts.keys() | (amounts_before or {}).keys()):
            was = None if amounts_before is None else amounts_before.get(currency, unsold)
            yield numbers_row(name, "money", amounts.get(currency, unsold), was) | {"currency": currency}
    yield numbers_row("duration_median", "seconds", now["duration_median"], before and before["duration_median"])


def by_currency(amounts: list[JsonDict]) -> dict[str, float]:
    return {row["currency"]: row["amount"] for row in amounts}


def numbers_row(name: str, unit: str, now: float | None, before: float | None) -> JsonDict:
    change = change_of(now, before)
    return {"name": name, "unit": unit, "now": now, "before": before, "change": change, "interval": None, "p_value": None}


def change_of(now: float | None, before: float | None) -> JsonDict | None:
    if now is None or before is None:
        return None
    return {"difference": now - before, "value": (now - before) / before if before else None}


def rate_row(name: str, now: JsonDict, before: JsonDict | None) -> JsonDict:
    row = {"name": name, "unit": "rate", "now": now, "before": before, "change": None, "interval": None, "p_value": None}
    if before is None or not now["denominator"] or not before["denominator"]:
        return row
    table = (now["numerator"], now["denominator"], before["numerator"], before["denominator"])
    _, low, high = newcombe(*table)
    return row | {
        "change": change_of(now["value"], before["value"]),
        "interval": {"low": low, "high": high},
        "p_value": rate_p_value(*table),
    }


# Anomalies


def whole_days(scope: Scope, window: Window) -> list[date]:
    """Local days that lie whole in the window and are over by as_of."""
    day, found = local_day(window[0], scope.zone), []
    while day_start(day, scope.zone) < window[1]:
        end = day_start(day + timedelta(days=1), scope.zone)
        if day_start(day, scope.zone) >= window[0] and end <= min(window[1], scope.as_of):
            found.append(day)
        day += timedelta(days=1)
    return found


def anomalies(scope: Scope) -> JsonDict:
    window, first = bounded(scope), first_day(scope)
    if window is None or first is None:
        return nothing_judged()
    days = whole_days(scope, window)
    judged = [day for day in days if day - timedelta(weeks=WEEKS_BEFORE) >= first]
    on_day: dict[date, list[JsonDict]] = defaultdict(list)
    for session in scope.everything:
        if scope.admits(session):
            on_day[local_day(session["start"], scope.zone)].append(session)
    currencies = sorted(revenue_of(scope.sessions))
    rows = [row for day in judged for row in strange(day, on_day, currencies)]
    return {"rows": rows, "days_judged": len(judged), "too_few": len(days) - len(judged)}


def values_of(sessions: list[JsonDict], currencies: list[str]) -> dict[tuple[str, str], Fraction | None]:
    """What is judged of a day, by (name, currency)."""
    count, conversions = len(sessions), total(sessions, "converted")
    revenue = revenue_of(sessions)
    return {
        ("sessions", ""): Fraction(count),
        ("conversions", ""): Fraction(conversions),
        ("orders", ""): Fraction(sum(len(session["orders"]) for session in sessions)),
        ("conversion_rate", ""): Fraction(conversions, count) if count else None,
        **{("revenue", currency): Fraction(revenue.get(currency, 0), 10_000) for currency in currencies},
    }


def strange(day: date, on_day: dict[date, list[JsonDict]], currencies: list[str]) -> Iterator[JsonDict]:
    before = [values_of(on_day[day - timedelta(weeks=n)], currencies) for n in range(1, WEEKS_BEFORE + 1)]
    for (name, currency), value in values_of(on_day[day], currencies).items():
        known = [values[name, currency] for values in before]
        usual = [one for one in known if one is not None]
        if value is None or len(usual) < WEEKS_BEFORE:
            continue
        mean = sum(usual, Fraction(0)) / len(usual)
        variance = sum(((one - mean) ** 2 for one in usual), Fraction(0)) / (len(usual) - 1)
        if variance and (value - mean) ** 2 >= FAR_OUT**2 * variance:
            sd = math.sqrt(variance)
            row = {"name": name, "day": day.isoformat(), "value": float(value), "mean": float(mean), "sd": sd}
            yield row | {"z": float(value - mean) / sd} | ({"currency": currency} if currency else {})
