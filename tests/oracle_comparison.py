"""The oracle's comparison: two scopes side by side, every mean and rate from the sessions themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from oracle_carts import cart, checkout
from oracle_funnel_results import funnel
from oracle_maths import benjamini_hochberg, newcombe, rate_p_value, welch
from oracle_measures import Scope, order_values, overview, series
from oracle_products import products
from oracle_tables import search, segments

JsonDict = dict[str, Any]
Key = tuple[str, str, str | None, str | None]
"""Topic, name, value of a dimension, currency."""

FEWEST = 30
DIMENSIONS = ("device", "country", "channel", "variant", "visitor")


def days_of(scope: Scope) -> float:
    """Length of the window as far as it has begun, by the wall clock."""
    days = [row["day"] for row in series(scope, {})]
    since = scope.since or midnight(scope, days[0])
    until = scope.until or midnight(scope, days[-1], later=1)
    if since < scope.as_of < until:
        until = scope.as_of
    walls = [moment.astimezone(scope.zone).replace(tzinfo=None, fold=0) for moment in (since, until)]
    return (walls[1] - walls[0]) / timedelta(days=1)


def midnight(scope: Scope, day: str, later: int = 0) -> datetime:
    return (datetime.fromisoformat(day) + timedelta(days=later)).replace(tzinfo=scope.zone)


def comparison(a: Scope, b: Scope, untested: str | None, filtered: set[str]) -> dict[Key, JsonDict]:
    """Every row; `filtered` are the dimensions that a side is filtered by."""
    rows = {**dict(count_rows(a, b)), **dict(rate_rows(a, b, untested, filtered)), **dict(mean_rows(a, b, untested))}
    sold = [set(order_values(scope.sessions)) for scope in (a, b)]
    for (_, _, _, currency), row in rows.items():
        if currency and all(sold) and currency not in sold[0] & sold[1]:
            row.update(dict.fromkeys(("difference", "low", "high", "p_value")) | {"untested": "currency"})
    tested = [row for row in rows.values() if row["p_value"] is not None]
    for row, adjusted in zip(tested, benjamini_hochberg([row["p_value"] for row in tested]), strict=True):
        row["p_adjusted"] = adjusted
    return rows


def row_of(a: Any, b: Any, untested: str | None, test: Callable[[], Any] | None = None) -> JsonDict:
    row: JsonDict = dict.fromkeys(("low", "high", "p_value", "p_adjusted")) | {"untested": untested}
    row |= {side: None if value is None else float(value) for side, value in (("a", a), ("b", b))}
    if a is None or b is None:
        return row | {"difference": None, "untested": "unknown"}
    row["difference"] = float(b) - float(a)
    if untested is None and test:
        found = test()
        row |= dict(zip(("low", "high", "p_value"), found[1:], strict=True)) if found else {"untested": "alike"}
    return row


def count_rows(a: Scope, b: Scope) -> Iterator[tuple[Key, JsonDict]]:
    days = (days_of(a), days_of(b))
    lengths = (1.0, 1.0) if abs(days[0] - days[1]) < 1e-6 else days
    counted = (
        ("overview", overview, ("sessions", "visitors", "pageviews", "events")),
        ("money", overview, ("orders", "conversions")),
        ("cart", cart, ("created",)),
        ("checkout", checkout, ("sessions",)),
        ("search", search, ("searches",)),
    )
    for topic, metric, names in counted:
        one, other = metric(a, {}), metric(b, {})
        for name in names:
            yield (topic, name, None, None), row_of(one[name] / lengths[0], other[name] / lengths[1], "counted")
    revenue = [{c: sum(v) / 10_000 for c, v in order_values(scope.sessions).items()} for scope in (a, b)]
    for currency in revenue[0].keys() | revenue[1].keys():
        known = (own.get(currency, None if own else 0.0) for own in revenue)
        sides = [None if amount is None else amount / days for amount, days in zip(known, lengths, strict=True)]
        yield ("money", "revenue", None, currency), row_of(sides[0], sides[1], "counted")


def rate_rows(a: Scope, b: Scope, untested: str | None, filtered: set[str]) -> Iterator[tuple[Key, JsonDict]]:
    for key, one, other in rates(a, b, filtered):
        why = "shared_visitors" if key[1] == "buyer_rate" and untested != "versions" else None
        few = "too_few" if min(one["denominator"], other["denominator"]) < FEWEST else None
        table = (other["numerator"], other["denominator"], one["numerator"], one["denominator"])
        yield (
            key,
            row_of(one["value"], other["value"], untested or why or few, lambda t=table: (*newcombe(*t), rate_p_value(*t))),
        )


def rates(a: Scope, b: Scope, filtered: set[str]) -> Iterator[tuple[Key, JsonDict, JsonDict]]:
    of_search = ("success_rate", "zero_result_rate", "click_through_rate", "refinement_rate", "exit_rate")
    plain = (
        ("overview", overview, ("conversion_rate", "bounce_rate", "engagement_rate", "buyer_rate")),
        ("cart", cart, ("abandonment_rate",)),
        ("checkout", checkout, ("abandonment_rate",)),
        ("search", search, of_search),
    )
    for topic, metric, names in plain:
        one, other = metric(a, {}), metric(b, {})
        for name in names:
            yield (topic, name, None, None), one[name], other[name]
    steps = zip(funnel(a, {})["steps"], funnel(b, {})["steps"], strict=True)
    for one, other in list(steps)[1:]:
        yield ("funnel", "step_rate", one["name"], None), one["step_rate"], other["step_rate"]
    for query, one, other in of_both(search(a, {"limit": 200}), search(b, {"limit": 200}), "terms", "query", "searches"):
        sides = [
            {"numerator": row["successes"], "denominator": row["searches"], "value": row["successes"] / row["searches"]}
            for row in (one, other)
        ]
        yield ("terms", "success_rate", query, None), sides[0], sides[1]
    for dimension in set(DIMENSIONS) - filtered:
        tables = (segments(scope, {"dimension": dimension}) for scope in (a, b))
        for value, one, other in of_both(*tables, "rows", "value", "sessions"):
            if {one["share"]["value"], other["share"]["value"]} != {1}:
                for name in ("share", "conversion_rate"):
                    yield (f"by_{dimension}", name, value, None), one[name], other[name]
    viewed = (products(scope, {"limit": 200, "sort": "viewed"}) for scope in (a, b))
    for product, one, other in of_both(*viewed, "products", "product_id", "viewed"):
        yield ("products", "view_to_buy", product, None), one["view_to_buy"], other["view_to_buy"]


def of_both(a: JsonDict, b: JsonDict, rows: str, name: str, size: str) -> list[tuple[str, JsonDict, JsonDict]]:
    own, others = ({row[name]: row for row in table[rows]} for table in (a, b))
    sizes = Counter({key: own[key][size] + others[key][size] for key in own if key in others})
    ranked = sorted(sizes, key=lambda key: (-sizes[key], key))
    return [(key, own[key], others[key]) for key in ranked[:10]]


def mean_rows(a: Scope, b: Scope, untested: str | None) -> Iterator[tuple[Key, JsonDict]]:
    for key, values, others in samples(a, b):
        few = "too_few" if min(len(values), len(others)) < FEWEST else None
        means = [sum(sample) / len(sample) if sample else None for sample in (values, others)]
        yield key, row_of(means[0], means[1], untested or few, lambda v=values, o=others: welch(o, v))


def samples(a: Scope, b: Scope) -> Iterator[tuple[Key, list[Fraction], list[Fraction]]]:
    for name, field in (("duration", "duration"), ("pages_per_session", "pageviews")):
        values = [[Fraction(session[field]) for session in scope.sessions] for scope in (a, b)]
        yield ("overview", name, None, None), values[0], values[1]
    orders = [order_values(scope.sessions) for scope in (a, b)]
    for currency in orders[0].keys() | orders[1].keys():
        values = [[Fraction(value, 10_000) for value in own.get(currency, [])] for own in orders]
        yield ("money", "aov", None, currency), values[0], values[1]
        brought = [per_session(scope, currency, own) for scope, own in zip((a, b), orders, strict=True)]
        yield ("money", "revenue_per_session", None, currency), brought[0], brought[1]


def per_session(scope: Scope, currency: str, own: dict[str, list[int]]) -> list[Fraction]:
    """Nothing where the side sells, but not in this currency."""
    if own and currency not in own:
        return []
    return [Fraction(sum(order_values([session]).get(currency, [])), 10_000) for session in scope.sessions]
