"""Segments: every value of one dimension against the rest of the scope."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from clickstream.measures import Measures
from clickstream.metrics import sums
from clickstream.metrics.behind import Asked, Matching, Part
from clickstream.metrics.cart import CART_COUNTS, abandonment, states
from clickstream.metrics.compared import Sample, adjust, money_difference, rate_difference
from clickstream.metrics.metric import Measured, Metric, Option, Options
from clickstream.metrics.source import Source
from clickstream.metrics.values import average_orders, identity, money, rate, revenue_of
from clickstream.scope import FILTERS, VISITORS, Scope

FEWEST_SESSIONS = 30
MOST_VALUES = 200
_COUNTS = ("sessions", "conversions", "orders", *CART_COUNTS)

Row = dict[str, Any]
Orders = dict[str, Sample]
"""Order values per currency."""


def measure(source: Source, scope: Scope, options: Options) -> Measured:
    """Rows of at least FEWEST_SESSIONS sessions, most sessions first; p-values are corrected over the rows shown."""
    dimension = options["dimension"]
    sums.ahead(source, (scope, "total", sums.fields(_COUNTS, amounts=False)), (scope, dimension, sums.columns(_COUNTS)))
    groups = sums.by_dimension(source, scope, dimension, _COUNTS)
    ongoing = sums.of_open(source, scope, CART_COUNTS, dimension)
    total = sums.total(source, scope, _COUNTS, amounts=False)
    ranked = sorted(groups.items(), key=lambda item: (-item[1].counts["sessions"], item[0]))
    shown = [(value, one) for value, one in ranked if one.counts["sessions"] >= FEWEST_SESSIONS]
    orders = {value: _orders_of(one) for value, one in groups.items()}
    everything = _together(orders.values())
    rows = [
        _row(value, one, total, ongoing.get(value, Measures())) | {"aov_difference": _differences(orders[value], everything)}
        for value, one in shown
    ]
    adjust(row["conversion_difference"] for row in rows)
    adjust(difference for row in rows for difference in row["aov_difference"])
    few = [one for _, one in ranked[len(shown) :]]
    hidden = {"minimum": FEWEST_SESSIONS, "rows": len(few), "sessions": sum(one.counts["sessions"] for one in few)}
    result = {"dimension": dimension, "rows": rows, "hidden": hidden, "values": [value for value, _ in ranked[:MOST_VALUES]]}
    return Measured(result, _reconciled(groups, total), total.counts["sessions"])


def _row(value: str, one: Measures, total: Measures, ongoing: Measures) -> Row:
    counts = one.counts
    return {
        "value": value,
        "sessions": counts["sessions"],
        "share": rate(counts["sessions"], total.counts["sessions"]),
        "conversion_rate": rate(counts["conversions"], counts["sessions"]),
        "orders": counts["orders"],
        "revenue": money(revenue_of(one)),
        "aov": average_orders(one),
        "cart_abandonment_rate": abandonment(states(one, ongoing)),
        "conversion_difference": _conversion_difference(one, total),
    }


def _conversion_difference(one: Measures, total: Measures) -> Row | None:
    """Conversion of the row less that of the rest; None where there is no rest."""
    a, n = one.counts["conversions"], one.counts["sessions"]
    return rate_difference(a, n, total.counts["conversions"] - a, total.counts["sessions"] - n)


def _orders_of(one: Measures) -> Orders:
    return {currency: Sample.of(values) for currency, values in one.order_values.items()}


def _together(orders: Iterable[Orders]) -> Orders:
    together: Orders = {}
    for one in orders:
        for currency, sample in one.items():
            together[currency] = together.get(currency, Sample()).with_other(sample)
    return together


def _differences(own: Orders, everything: Orders) -> list[Row]:
    """Average order of the row less that of the rest, per currency; none below two orders on either side."""
    rest = {currency: everything[currency].without(sample) for currency, sample in own.items()}
    found = (money_difference(currency, own[currency], rest[currency]) for currency in sorted(own))
    return [one for one in found if one]


def _reconciled(groups: sums.Groups, total: Measures) -> list[Row]:
    return [
        identity(f"{name} over all values = {name}", sum(one.counts[name] for one in groups.values()), total.counts[name])
        for name in ("sessions", "orders")
    ]


def _of_value(asked: Asked) -> Matching:
    dimension = asked.options["dimension"]
    if dimension == "visitor" and asked.value not in VISITORS:
        raise asked.refuse(f"must be one of {', '.join(VISITORS)}")
    return Matching(Scope(as_of=asked.scope.as_of, view=asked.scope.view, filters={dimension: asked.value}).match())


SEGMENTS = Metric(
    id="segments",
    title="Segments",
    definition=(
        "Each value of a dimension, compared with all other sessions of the window. A difference comes with a 95 % interval "
        "(Newcombe for conversion, Welch for AOV) and a p-value corrected for the rows shown (Benjamini-Hochberg). Values "
        f"with fewer than {FEWEST_SESSIONS} sessions are hidden and counted."
    ),
    fields={
        "share": "Sessions of this value / sessions.",
        "values": f"The first {MOST_VALUES} values by sessions, those that are too small for a row included.",
        "conversion_difference": "Conversion rate of this value less that of all other sessions.",
        "aov_difference": "Average order of this value less that of all other sessions, per currency.",
        "p_adjusted": "Chance of a difference at least this large were there none, corrected for the number of rows.",
        "cart_abandonment_rate": "Abandoned carts / (transacted + abandoned carts) of these sessions.",
    },
    options=(Option("dimension", "device", "what to compare", choices=FILTERS),),
    measure=measure,
    parts=(Part("value", "sessions of this value", _of_value, value=True),),
)
