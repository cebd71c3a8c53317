"""Trends: a window against the same weekdays before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from clickstream.clock import iso
from clickstream.measures import Measures
from clickstream.metrics import sums
from clickstream.metrics.anomalies import anomalies_of
from clickstream.metrics.cart import CART_COUNTS, abandonment, states
from clickstream.metrics.metric import Measured, Metric, Options
from clickstream.metrics.source import Row, Source
from clickstream.metrics.statistics import median, newcombe_difference, two_proportion_p_value
from clickstream.metrics.values import Value, average_orders, identity, money, rate, revenue_of
from clickstream.scope import Scope, windows

_CHECKOUT_COUNTS = ("checkouts_completed", "checkouts_left")
_COUNTS = (
    "sessions", "pageviews", "conversions", "orders", "bounces", "engaged", "searches", "searches_known", "searches_zero",
    *CART_COUNTS, *_CHECKOUT_COUNTS,
)  # fmt: skip


@dataclass(frozen=True)
class Compared:
    """What is compared of a window."""

    counts: dict[str, int]
    rates: dict[str, Value]
    amounts: dict[str, dict[str, float]]
    seconds: float | None


def measure(source: Source, scope: Scope, options: Options) -> Measured:
    """A row for everything compared; `before` and `change` are None where unknown, no rows where nothing has begun."""
    compared = windows(scope, source.local, source.range(scope.view))
    anomalies = anomalies_of(source, scope)
    if compared is None:
        nowhere = {"since": None, "until": None}
        return Measured({"now": nowhere, "before": None, "days": 0, "rows": [], "anomalies": anomalies}, [])
    now = _compared(source, compared.now)
    before = _compared(source, compared.before) if compared.before else None
    result = {
        "now": _window(compared.now),
        "before": _window(compared.before) if compared.before else None,
        "days": compared.days,
        "rows": list(_rows(now, before)),
        "anomalies": anomalies,
    }
    return Measured(result, [_reconciled(source, compared.now, now)])


def _window(scope: Scope) -> Row:
    return {"since": scope.since and iso(scope.since), "until": scope.until and iso(scope.until)}


def _reconciled(source: Source, scope: Scope, now: Compared) -> Row:
    devices = sums.by_dimension(source, scope, "device", (), amounts=False).values()
    sessions = sum(one.counts["sessions"] for one in devices)
    return identity("sessions over all devices = sessions", sessions, now.counts["sessions"])


def _compared(source: Source, scope: Scope) -> Compared:
    total, seconds = Measures(), Counter[int]()
    for piece in _pieces(source, scope):
        total.merge(sums.total(source, piece, _COUNTS).document())
        seconds.update(sums.durations(source, piece))
    ongoing = sums.of_open(source, scope, (*CART_COUNTS, *_CHECKOUT_COUNTS)).get(None, Measures())
    counts = total.counts
    carts = states(total, ongoing)
    left = counts["checkouts_left"] - ongoing.counts["checkouts_left"]
    return Compared(
        counts={
            "sessions": counts["sessions"],
            "visitors": _visitors(source, scope),
            "pageviews": counts["pageviews"],
            "conversions": counts["conversions"],
            "orders": counts["orders"],
            "carts": carts["created"],
            "searches": counts["searches"],
        },
        rates={
            "conversion_rate": rate(counts["conversions"], counts["sessions"]),
            "bounce_rate": rate(counts["bounces"], counts["sessions"]),
            "engagement_rate": rate(counts["engaged"], counts["sessions"]),
            "cart_abandonment_rate": abandonment(carts),
            "checkout_abandonment_rate": rate(left, counts["checkouts_completed"] + left),
            "zero_result_rate": rate(counts["searches_zero"], counts["searches_known"]),
        },
        amounts={"revenue": _amounts(money(revenue_of(total))), "aov": _amounts(average_orders(total))},
        seconds=median(seconds),
    )


def _pieces(source: Source, scope: Scope) -> list[Scope]:
    """The window as whole days, which are summed already, and the day that has only begun."""
    assert scope.since and scope.until
    midnight = source.local.day_start(source.local.day(scope.until))
    if midnight in (scope.since, scope.until) or midnight < scope.since:
        return [scope]
    return [replace(scope, until=midnight), replace(scope, since=midnight)]


def _visitors(source: Source, scope: Scope) -> int:
    """Distinct visitors: those of the whole days, and of the day that has begun those who were not among them."""
    pieces = _pieces(source, scope)
    if len(pieces) == 1 or sums.unfiltered_days(source, pieces[0]) is None:
        return sums.visitors_and_buyers(source, scope)[0]
    days, begun = pieces
    assert days.since
    return sums.visitors_and_buyers(source, days)[0] + sums.visitors_not_since(source, begun, source.local.day(days.since))


def _amounts(rows: Sequence[Value]) -> dict[str, float]:
    return {row["currency"]: row["amount"] for row in rows}


def _rows(now: Compared, before: Compared | None) -> Iterator[Row]:
    for name, n in now.counts.items():
        yield _row(name, "count", n, before.counts[name] if before else None)
    for name, one in now.rates.items():
        yield _rate_row(name, one, before.rates[name] if before else None)
    for name, unsold in (("revenue", 0.0), ("aov", None)):
        amounts, earlier = now.amounts[name], before.amounts[name] if before else {}
        for currency in sorted(amounts.keys() | earlier.keys()):
            past = earlier.get(currency, unsold) if before else None
            yield {**_row(name, "money", amounts.get(currency, unsold), past), "currency": currency}
    yield _row("duration_median", "seconds", now.seconds, before.seconds if before else None)


def _row(name: str, unit: str, now: float | None, before: float | None) -> Row:
    change = _change(now, before)
    return {"name": name, "unit": unit, "now": now, "before": before, "change": change, "interval": None, "p_value": None}


def _change(now: float | None, before: float | None) -> Row | None:
    """None where a side is unknown; the relative change is None where there was nothing before."""
    if now is None or before is None:
        return None
    return {"difference": now - before, "value": (now - before) / before if before else None}


def _rate_row(name: str, now: Value, before: Value | None) -> Row:
    row: Row = {"name": name, "unit": "rate", "now": now, "before": before}
    if before is None or now["value"] is None or before["value"] is None:
        return {**row, "change": None, "interval": None, "p_value": None}
    table = now["numerator"], now["denominator"], before["numerator"], before["denominator"]
    found = newcombe_difference(*table)
    assert found
    interval = {"low": found.low, "high": found.high}
    change = _change(now["value"], before["value"])
    return {**row, "change": change, "interval": interval, "p_value": two_proportion_p_value(*table)}


TRENDS = Metric(
    id="trends",
    title="Trends",
    definition=(
        "The window as far as it has begun, against the same local times as many whole weeks before as it takes to get past "
        "it, so that weekdays meet weekdays. A day is an anomaly where it lies three or more standard deviations from the "
        "same weekday's eight days before it."
    ),
    fields={
        "now": "The value in the window.",
        "before": "The value in the window before; unknown where the data begins later than that.",
        "change": "`difference` = now - before; `value` = (now - before) / before.",
        "interval": "95 % interval of the difference of a rate (Newcombe).",
        "p_value": "Chance of a difference of rates at least this large were there none.",
        "anomalies": (
            "Days whose sessions, conversions, orders, conversion rate or revenue are far out: the value, the `mean` and "
            "standard deviation `sd` of the eight days before, and z = (value - mean) / sd. `too_few` days have less than "
            "eight."
        ),
    },
    measure=measure,
)
