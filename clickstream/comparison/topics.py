"""What is compared, topic by topic. A row is there where both sides know it; what does not reconcile is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from clickstream.comparison.rows import (
    CURRENCY,
    SHARED,
    Number,
    Row,
    count_row,
    mean_row,
    rate_row,
    without_comparison,
)
from clickstream.comparison.sides import Side
from clickstream.metrics.values import rate
from clickstream.sessions import DIMENSIONS

MOST_ROWS = 10
"""Of products and of terms."""

OVERVIEW_COUNTS = ("sessions", "visitors", "pageviews", "events")
OVERVIEW_RATES = ("conversion_rate", "bounce_rate", "engagement_rate")
SEARCH_RATES = ("success_rate", "zero_result_rate", "click_through_rate", "refinement_rate", "exit_rate")


def rows_of(a: Side, b: Side, untested: str | None) -> Iterator[Row]:
    failed = a.failed | b.failed
    for needed, rows in TOPICS:
        if failed.isdisjoint(needed):
            yield from rows(_Pair(a, b, untested))


class _Pair:
    """Both sides, asked for the same number."""

    def __init__(self, a: Side, b: Side, untested: str | None) -> None:
        self.a, self.b, self.untested = a, b, untested
        self._days = None if a.lasts_as_long_as(b) else (a.days, b.days)

    def of(self, key: str) -> tuple[Any, Any]:
        return self.a.results[key], self.b.results[key]

    def counts(self, topic: str, key: str, names: Iterable[str]) -> Iterator[Row]:
        a, b = self.of(key)
        for name in names:
            yield count_row(Number(topic, name, "count"), a[name], b[name], self._days)

    def rates(self, topic: str, key: str, names: Iterable[str]) -> Iterator[Row]:
        a, b = self.of(key)
        for name in names:
            yield self.rate(Number(topic, name, "rate"), a[name], b[name])

    def rate(self, number: Number, a: Row, b: Row, untested: str | None = None) -> Row:
        return rate_row(number, a, b, self.untested or untested)

    def mean(self, topic: str, name: str, unit: str, currency: str | None = None) -> Row:
        number = Number(topic, name, unit, currency=currency)
        return mean_row(number, _spread(self.a, name, currency), _spread(self.b, name, currency), self.untested)

    def revenue(self, currency: str) -> Row:
        number = Number("money", "revenue", "money", currency=currency)
        return count_row(number, _revenue(self.a, currency), _revenue(self.b, currency), self._days)


def _spread(side: Side, name: str, currency: str | None) -> Row | None:
    """Sessions of a side that sold nothing brought nothing, in any currency."""
    rows = {(row["measure"], row["currency"]): row for row in side.results["spread"]["rows"]}
    if name == "revenue_per_session" and not side.currencies:
        return {"mean": 0.0, "sd": 0.0, "n": side.results["overview"]["sessions"], "low": 0.0, "high": 0.0}
    return rows.get((name, currency))


def _revenue(side: Side, currency: str) -> float | None:
    """None of a currency that a side does not sell in, while it sells in others."""
    amounts = {row["currency"]: row["amount"] for row in side.results["overview"]["revenue"]}
    return amounts.get(currency, None if amounts else 0.0)


def _overview(pair: _Pair) -> Iterator[Row]:
    yield from pair.counts("overview", "overview", OVERVIEW_COUNTS)
    yield from pair.rates("overview", "overview", OVERVIEW_RATES)
    a, b = pair.of("overview")
    shared = SHARED if pair.a.scope.dataset == pair.b.scope.dataset else None
    yield pair.rate(Number("overview", "buyer_rate", "rate"), a["buyer_rate"], b["buyer_rate"], shared)
    yield pair.mean("overview", "duration", "seconds")
    yield pair.mean("overview", "pages_per_session", "number")


def _money(pair: _Pair) -> Iterator[Row]:
    """Rows of a currency that only one side sells in keep their values and are not compared."""
    yield from pair.counts("money", "overview", ("orders", "conversions"))
    both_sell = bool(pair.a.currencies and pair.b.currencies)
    for currency in sorted(pair.a.currencies | pair.b.currencies):
        rows = [
            pair.revenue(currency),
            pair.mean("money", "aov", "money", currency),
            pair.mean("money", "revenue_per_session", "money", currency),
        ]
        foreign = both_sell and currency not in pair.a.currencies & pair.b.currencies
        yield from (without_comparison(row, CURRENCY) if foreign else row for row in rows)


def _funnel(pair: _Pair) -> Iterator[Row]:
    for one, other in list(zip(*(result["steps"] for result in pair.of("funnel")), strict=True))[1:]:
        number = Number("funnel", "step_rate", "rate", "step", one["name"])
        yield pair.rate(number, one["step_rate"], other["step_rate"])


def _cart(pair: _Pair) -> Iterator[Row]:
    yield from pair.counts("cart", "cart", ("created",))
    yield from pair.rates("cart", "cart", ("abandonment_rate",))


def _checkout(pair: _Pair) -> Iterator[Row]:
    yield from pair.counts("checkout", "checkout", ("sessions",))
    yield from pair.rates("checkout", "checkout", ("abandonment_rate",))


def _search(pair: _Pair) -> Iterator[Row]:
    yield from pair.counts("search", "search", ("searches",))
    yield from pair.rates("search", "search", SEARCH_RATES)


def _terms(pair: _Pair) -> Iterator[Row]:
    for query, one, other in _both(*pair.of("search"), "terms", "query", "searches"):
        number = Number("terms", "success_rate", "rate", "term", query)
        yield pair.rate(number, rate(one["successes"], one["searches"]), rate(other["successes"], other["searches"]))


def _products(pair: _Pair) -> Iterator[Row]:
    for product, one, other in _both(*pair.of("products"), "products", "product_id", "viewed"):
        number = Number("products", "view_to_buy", "rate", "product", product)
        yield pair.rate(number, one["view_to_buy"], other["view_to_buy"])


def _both(a: Row, b: Row, rows: str, name: str, size: str) -> Iterator[tuple[str, Row, Row]]:
    """What both lists have, the largest on both sides together first."""
    own, others = ({row[name]: row for row in one[rows]} for one in (a, b))
    shared = sorted(own.keys() & others.keys(), key=lambda key: (-own[key][size] - others[key][size], key))
    return ((key, own[key], others[key]) for key in shared[:MOST_ROWS])


def _segments(dimension: str) -> Callable[[_Pair], Iterator[Row]]:
    """A dimension that a side is filtered by, or that has one value on both, says nothing about the sides."""

    def rows(pair: _Pair) -> Iterator[Row]:
        if dimension in pair.a.scope.filters or dimension in pair.b.scope.filters:
            return
        for value, one, other in _both(*pair.of(f"segments_{dimension}"), "rows", "value", "sessions"):
            if one["share"]["value"] == other["share"]["value"] == 1:
                continue
            for name in ("share", "conversion_rate"):
                yield pair.rate(Number(f"by_{dimension}", name, "rate", dimension, value), one[name], other[name])

    return rows


TOPICS: tuple[tuple[frozenset[str], Callable[[_Pair], Iterator[Row]]], ...] = (
    (frozenset({"overview", "spread"}), _overview),
    (frozenset({"overview", "spread"}), _money),
    (frozenset({"funnel"}), _funnel),
    (frozenset({"cart"}), _cart),
    (frozenset({"checkout"}), _checkout),
    (frozenset({"search"}), _search),
    (frozenset({"search"}), _terms),
    *((frozenset({f"segments_{name}"}), _segments(name)) for name in (*DIMENSIONS, "visitor")),
    (frozenset({"products"}), _products),
)
"""Metrics that have to reconcile, and the rows made of them."""
