"""Spread: the means of sessions and orders, and how far single ones lie from them."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from clickstream.metrics import sums
from clickstream.metrics.metric import Measured, Metric, Options
from clickstream.metrics.source import Row, Source
from clickstream.metrics.statistics import moments, power_sums, t_quantile_975
from clickstream.metrics.values import identity, money_identity, revenue_of
from clickstream.money import UNITS
from clickstream.scope import Scope

_COUNTS = ("sessions", "pageviews", "duration")
Histogram = Mapping[int, int]


def measure(source: Source, scope: Scope, options: Options) -> Measured:
    """A row for every mean; of fewer than two values there is no spread, and of none no row."""
    total = sums.total(source, scope, _COUNTS)
    sessions = total.counts["sessions"]
    durations, pageviews = sums.durations(source, scope), _pageviews(source, scope)
    bought = _revenues(source, scope)
    revenues = {currency: bought[currency] + Counter({0: sessions - bought[currency].total()}) for currency in bought}
    rows = [
        *_rows("duration", "seconds", [(None, durations)]),
        *_rows("pages_per_session", "count", [(None, pageviews)]),
        *_rows("revenue_per_session", "money", sorted(revenues.items())),
        *_rows("aov", "money", sorted(total.order_values.items())),
    ]
    known = revenue_of(total)
    reconciled = [
        identity("seconds of all sessions = duration", power_sums(durations)[1], total.counts["duration"]),
        identity("pageviews of all sessions = pageviews", power_sums(pageviews)[1], total.counts["pageviews"]),
        *(
            money_identity("revenue of all sessions = revenue", currency, power_sums(values)[1], known.get(currency, 0))
            for currency, values in sorted(revenues.items())
        ),
    ]
    return Measured({"rows": rows}, reconciled, sessions)


def _pageviews(source: Source, scope: Scope) -> Counter[int]:
    """Sessions per number of page views."""
    group = {"_id": {"$ifNull": ["$counts.pageviews", 0]}, "n": {"$sum": 1}}
    found = source.sessions([sums.matching(scope, kind="session"), {"$group": group}])
    return Counter({row["_id"]: row["n"] for row in found})


def _revenues(source: Source, scope: Scope) -> dict[str, Counter[int]]:
    """Sessions with an own order of known revenue per what they brought, in 1/10,000 of each currency."""
    known = {"$filter": {"input": "$sales", "as": "sale", "cond": {"$ne": ["$$sale.revenue", None]}}}
    each = {"_id": {"session": "$_id", "currency": "$sales.currency"}, "revenue": {"$sum": "$sales.revenue"}}
    alike = {"_id": {"currency": "$_id.currency", "revenue": "$revenue"}, "n": {"$sum": 1}}
    match = sums.matching(scope, **{"counts.conversions": {"$exists": True}, "sales.0": {"$exists": True}})
    found: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for row in source.sessions(
        [match, {"$project": {"sales": known}}, {"$unwind": "$sales"}, {"$group": each}, {"$group": alike}]
    ):
        found[row["_id"]["currency"]][int(row["_id"]["revenue"])] = row["n"]
    return found


def _rows(measure: str, unit: str, histograms: Iterable[tuple[str | None, Histogram]]) -> Iterator[Row]:
    scale = UNITS if unit == "money" else 1
    for currency, histogram in histograms:
        found = moments(*power_sums(histogram))
        if found.n:
            mean, sd = found.mean / scale, math.sqrt(found.variance) / scale if found.n > 1 else None
            reach = None if sd is None else t_quantile_975(found.n - 1) * sd / math.sqrt(found.n)
            yield {
                "measure": measure,
                "unit": unit,
                "currency": currency,
                "n": found.n,
                "mean": mean,
                "sd": sd,
                "low": None if reach is None else mean - reach,
                "high": None if reach is None else mean + reach,
            }


SPREAD = Metric(
    id="spread",
    title="Means and their spread",
    definition=(
        "The mean length, page views and revenue of a session and the mean order, with how far single ones lie from it: "
        "the standard deviation, and the interval that holds the mean of such sessions with 95 % confidence."
    ),
    fields={
        "n": "Sessions, or orders of known revenue, that the mean is of.",
        "sd": "Sample standard deviation; unknown below two values.",
        "low": "Lower end of the 95 % interval of the mean (Student's t).",
        "high": "Upper end of the 95 % interval of the mean (Student's t).",
        "revenue_per_session": "Revenue of the session's own orders, 0 where it has none, per currency.",
        "aov": "Revenue of an order, of those whose revenue is known, per currency.",
    },
    measure=measure,
)
