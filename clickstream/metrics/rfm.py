"""RFM: buyers by how recently and how often they bought, and for how much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from clickstream.metrics import sums
from clickstream.metrics.behind import Asked, Found, Listed, Part, place_of
from clickstream.metrics.metric import Measured, Metric, Options
from clickstream.metrics.source import Row, Source
from clickstream.metrics.statistics import median
from clickstream.metrics.values import identity, money, money_identity, rate, revenue_of
from clickstream.scope import Scope

SCORES = range(1, 6)
SEGMENTS = ("champions", "loyal", "recent", "promising", "at_risk", "hibernating")
_INSTANT = timedelta(milliseconds=1)

Cell = tuple[int, int]
"""Recency in days and number of orders of some buyers."""


def segment_of(recency: int, frequency: int) -> str:
    """The segment of a recency and a frequency score.

    >>> segment_of(5, 5), segment_of(3, 3), segment_of(5, 1), segment_of(3, 2), segment_of(2, 3), segment_of(1, 1)
    ('champions', 'loyal', 'recent', 'promising', 'at_risk', 'hibernating')
    """
    if recency >= 4 and frequency >= 4:
        return "champions"
    if recency >= 3 and frequency >= 3:
        return "loyal"
    if recency >= 4:
        return "recent"
    if recency == 3:
        return "promising"
    return "at_risk" if frequency >= 3 else "hibernating"


def scores(histogram: Mapping[int, int]) -> dict[int, int]:
    """1 + floor(5 x how many are strictly lower / how many there are), per value: ties share a score.

    >>> scores({10: 3, 20: 1, 30: 1})
    {10: 1, 20: 4, 30: 5}
    """
    total, lower, found = sum(histogram.values()), 0, {}
    for value in sorted(histogram):
        found[value] = 1 + 5 * lower // total
        lower += histogram[value]
    return found


def measure(source: Source, scope: Scope, options: Options) -> Measured:
    """All six segments and all 25 cells of the grid, also where nobody is; without buyers every share is None."""
    reference = _reference(source, scope)
    buyers = _buyers(source, scope, reference)
    recency, frequency = _scores(buyers)
    scored = {cell: (recency[cell[0]], frequency[cell[1]]) for cell in buyers}
    revenue = _revenue(source, scope, reference)
    total = sum(buyers.values())
    grid = Counter[Cell]()
    for cell, n in buyers.items():
        grid[scored[cell]] += n
    rows = [
        _segment(name, {cell for cell in buyers if segment_of(*scored[cell]) == name}, buyers, revenue) for name in SEGMENTS
    ]
    currency = _only_currency(source, scope)
    result = {
        "reference_day": reference,
        "buyers": total,
        "currency": currency,
        "segments": [{**row, "share": rate(row["visitors"], total)} for row in rows],
        "grid": [{"r": r, "f": f, "visitors": grid[r, f]} for r in SCORES for f in SCORES],
        "monetary": _monetary(source, scope, currency, total) if currency else None,
    }
    return Measured(result, _reconciled(source, scope, rows, revenue))


def _reference(source: Source, scope: Scope) -> str:
    return source.local.day(min(scope.as_of, scope.until - _INSTANT if scope.until else scope.as_of))


def _scores(buyers: Mapping[Cell, int]) -> tuple[dict[int, int], dict[int, int]]:
    """Scores by days since the last order, the longer ago the worse, and by number of orders."""
    days, orders = Counter[int](), Counter[int]()
    for (recency, frequency), n in buyers.items():
        days[-recency] += n
        orders[frequency] += n
    return {-negative: score for negative, score in scores(days).items()}, scores(orders)


def _segment(name: str, cells: Iterable[Cell], buyers: Mapping[Cell, int], revenue: Mapping[Cell, Counter[str]]) -> Row:
    days, orders, earned = Counter[int](), Counter[int](), Counter[str]()
    for recency, frequency in cells:
        n = buyers[recency, frequency]
        days[recency] += n
        orders[frequency] += n
        earned.update(revenue.get((recency, frequency), {}))
    return {
        "segment": name,
        "visitors": days.total(),
        "orders": sum(frequency * n for frequency, n in orders.items()),
        "revenue": money(earned),
        "recency_median": median(days),
        "frequency_median": median(orders),
    }


def _reconciled(source: Source, scope: Scope, rows: list[Row], revenue: Mapping[Cell, Counter[str]]) -> list[Row]:
    total = sums.total(source, scope, ("orders",))
    found = source.sessions([_ordering(scope), {"$group": {"_id": "$visitor"}}, {"$count": "n"}])
    earned = sum(revenue.values(), Counter[str]())
    return [
        identity("visitors of all segments = buyers", sum(row["visitors"] for row in rows), found[0]["n"] if found else 0),
        identity("orders of all segments = orders", sum(row["orders"] for row in rows), total.counts["orders"]),
        *(
            money_identity("revenue of all segments = revenue", currency, earned[currency], units)
            for currency, units in sorted(revenue_of(total).items())
        ),
    ]


def _ordering(scope: Scope) -> dict[str, Any]:
    """The stage that selects sessions with an own order, through the index of buying ones."""
    return sums.matching(scope, **{"counts.conversions": {"$exists": True}, "counts.orders": {"$gte": 1}})


def _per_visitor(scope: Scope, **more: Any) -> list[dict[str, Any]]:
    both = {"last": {"$max": "$day"}, "orders": {"$sum": "$counts.orders"}}
    return [_ordering(scope), {"$group": {"_id": "$visitor", **both, **more}}]


def _buyers(source: Source, scope: Scope, reference: str) -> Counter[Cell]:
    group = {"_id": {"last": "$last", "orders": "$orders"}, "n": {"$sum": 1}}
    found: Counter[Cell] = Counter()
    for row in source.sessions([*_per_visitor(scope), {"$group": group}]):
        found[_cell(row["_id"], reference)] += row["n"]
    return found


def _revenue(source: Source, scope: Scope, reference: str) -> dict[Cell, Counter[str]]:
    """Gross revenue in 1/10,000 per currency of the buyers of each cell."""
    group = {
        "_id": {"last": "$last", "orders": "$orders", "currency": "$money.k"},
        "units": {"$sum": "$money.v.revenue"},
    }
    stages = [
        *_per_visitor(scope, money={"$push": {"$objectToArray": "$money"}}),
        {"$unwind": "$money"},
        {"$unwind": "$money"},
        {"$match": {"money.v.revenue": {"$exists": True}}},
        {"$group": group},
    ]
    found: dict[Cell, Counter[str]] = {}
    for row in source.sessions(stages):
        found.setdefault(_cell(row["_id"], reference), Counter())[row["_id"]["currency"]] += row["units"]
    return found


def _cell(row: Row, reference: str) -> Cell:
    since = date.fromisoformat(reference) - date.fromisoformat(row["last"])
    return max(0, since.days), row["orders"]


def _only_currency(source: Source, scope: Scope) -> str | None:
    """The currency of all the scope's orders; None where there are several, or none."""
    found = source.sessions([_ordering(scope), {"$unwind": "$sales"}, {"$group": {"_id": "$sales.currency"}}, {"$limit": 2}])
    return found[0]["_id"] if len(found) == 1 else None


def _monetary(source: Source, scope: Scope, currency: str, buyers: int) -> list[Row]:
    """Buyers and their revenue per monetary score, 5 the highest: a rank is 1 + the number of those strictly lower."""
    score = {"$add": [1, {"$floor": {"$divide": [{"$multiply": [5, {"$subtract": ["$rank", 1]}]}, buyers]}}]}
    ranked = {"sortBy": {"units": 1}, "output": {"rank": {"$rank": {}}}}
    rows = source.sessions(
        [
            *_per_visitor(scope, units={"$sum": f"$money.{currency}.revenue"}),
            {"$setWindowFields": ranked},
            {"$group": {"_id": {"$toInt": score}, "visitors": {"$sum": 1}, "units": {"$sum": "$units"}}},
        ]
    )
    found = {row["_id"]: row for row in rows}
    return [
        {
            "m": m,
            "visitors": found[m]["visitors"] if m in found else 0,
            "revenue": money({currency: found[m]["units"]} if m in found else {}),
        }
        for m in SCORES
    ]


def _of_segment(asked: Asked) -> Found:
    """The sessions with the orders of this segment's buyers."""
    if asked.value not in SEGMENTS:
        raise asked.refuse(f"must be one of {', '.join(SEGMENTS)}")
    source, scope = asked.source, asked.scope
    reference = _reference(source, scope)
    recency, frequency = _scores(_buyers(source, scope, reference))
    place = {"start": "$start", "session_id": "$session_id", "key": "$key"}
    found = []
    for row in source.stream(_per_visitor(scope, places={"$push": place})):
        days, orders = _cell(row, reference)
        if days in recency and orders in frequency and segment_of(recency[days], frequency[orders]) == asked.value:
            found += [place_of(one) for one in row["places"]]
    return Listed(found)


RFM = Metric(
    id="rfm",
    title="Buyers by recency and frequency",
    definition=(
        "Visitors with an order in the window, scored from 1 to 5 by how recently they bought (recency), how often "
        "(frequency) and for how much (monetary, where all orders are in one currency). A score is 1 + the fifths of all "
        "buyers who do strictly worse, so that equals share a score. Segments go by recency R and frequency F: champions "
        "(R and F 4 or more), loyal (both 3 or more), recent (R 4 or more), promising (R 3), at risk (R at most 2, F 3 or "
        "more), hibernating (the rest)."
    ),
    fields={
        "reference_day": "The day recency is counted to: that of the end of the window, or of asking where that is earlier.",
        "buyers": "Visitors with at least one order of their own.",
        "share": "Visitors of the segment / buyers.",
        "recency_median": "Local days since the last session with an order, the middle buyer.",
        "frequency_median": "Orders, the middle buyer.",
        "grid": "Buyers per recency score r and frequency score f.",
        "monetary": "Buyers and their revenue per monetary score m; unknown where orders are in several currencies.",
    },
    measure=measure,
    parts=(Part("segment", "sessions with the orders of this segment's buyers", _of_segment, value=True),),
)
