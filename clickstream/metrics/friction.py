"""Friction: what stood in the way of buying, by how many sessions it touched."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from clickstream.checkouts import COUPON_DENIED, PAYMENT_ERROR
from clickstream.measures import Measures
from clickstream.metrics import sums
from clickstream.metrics.behind import Asked, Matching, Part, holding
from clickstream.metrics.checkout import Errors, error_named, errors_of, errors_reconciled
from clickstream.metrics.metric import Measured, Metric, Option, Options
from clickstream.metrics.source import Row, Source
from clickstream.metrics.values import Value, rate
from clickstream.money import amount
from clickstream.scope import Scope
from clickstream.searches import normalised

ZERO_RESULTS = "zero_results"
ASSUMPTIONS = {
    PAYMENT_ERROR: "Assumes that these sessions would have bought as often as checkouts without this error.",
    COUPON_DENIED: "Assumes that these sessions would have bought as often as checkouts without this denial.",
    ZERO_RESULTS: "Assumes that these sessions would have bought as often as those whose search found something.",
}
_COUNTS = ("checkouts", "checkout_conversions", "success_sessions", "success_conversions", "zero_sessions")


def measure(source: Source, scope: Scope, options: Options) -> Measured:
    """Errors, denied coupons and terms without results, most sessions first; without any the list is empty."""
    total = sums.total(source, scope, _COUNTS)
    errors = errors_of(source, scope)
    rows = [*_errors(errors, total), *_terms(source, scope, total)]
    rows.sort(key=lambda row: (-row["sessions"], row["kind"], row["name"]))
    return Measured({"rows": rows[: options["limit"]], "total": len(rows)}, [errors_reconciled(source, scope, errors)])


_FRUITLESS: dict[str, Any] = {"counts.zero_sessions": {"$gte": 1}}


def _errors(errors: Errors, total: Measures) -> Iterator[Row]:
    counts = total.counts
    for (kind, name), one in errors.items():
        against = rate(
            counts["checkout_conversions"] - one["checked_out_converted"], counts["checkouts"] - one["checked_out"]
        )
        yield _row(kind, name, rate(one["converted"], one["sessions"]), against, total)


def _terms(source: Source, scope: Scope, total: Measures) -> Iterator[Row]:
    """Terms whose first search in a session found nothing, against the sessions with a successful search."""
    against = rate(total.counts["success_conversions"], total.counts["success_sessions"])
    bought = {"$cond": [{"$gt": ["$counts.conversions", 0]}, 1, 0]}
    group = {"_id": {"$arrayElemAt": ["$terms", 0]}, "sessions": {"$sum": 1}, "converted": {"$sum": bought}}
    rows = source.sessions(
        [
            sums.matching(scope, **_FRUITLESS),
            {"$project": {"_id": 0, "terms": 1, "counts.conversions": 1}},
            {"$unwind": "$terms"},
            {"$match": {"terms.1": 1}},
            {"$group": group},
        ]
    )
    for row in rows:
        yield _row(ZERO_RESULTS, row["_id"], rate(row["converted"], row["sessions"]), against, total)


def _row(kind: str, name: str, conversion: Value, against: Value, total: Measures) -> Row:
    return {
        "kind": kind,
        "name": name,
        "sessions": conversion["denominator"],
        "conversion": conversion,
        "against": against,
        "revenue_at_risk": _at_risk(conversion, against, total),
        "assumption": ASSUMPTIONS[kind],
    }


def _at_risk(conversion: Value, against: Value, total: Measures) -> list[Value] | None:
    """Sessions touched x what they lack in conversion x AOV, per currency; None where nothing can be compared."""
    if not conversion["denominator"] or not against["denominator"]:
        return None
    own, other = (Fraction(one["numerator"], one["denominator"]) for one in (conversion, against))
    lost = conversion["denominator"] * max(Fraction(0), other - own)
    return [
        {"currency": currency, "amount": amount(float(lost * Fraction(_sum(values), sum(values.values()))))}
        for currency, values in sorted(total.order_values.items())
    ]


def _sum(values: dict[int, int]) -> int:
    return sum(value * n for value, n in values.items())


def _touched(asked: Asked) -> Matching:
    kind, _, name = asked.value.partition(":")
    if kind == ZERO_RESULTS:
        return Matching(holding("terms", normalised(name), at_1=1))
    if kind not in ASSUMPTIONS:
        raise asked.refuse(f"must be kind:name, the kind one of {', '.join(ASSUMPTIONS)}")
    return error_named(asked)


FRICTION = Metric(
    id="friction",
    title="Friction",
    definition=(
        "What stood in the way: payment errors, denied coupons and searches without results, by the sessions they touched. "
        "The conversion of these sessions is held against that of checkout sessions without the error, or of sessions with "
        "a successful search."
    ),
    fields={
        "conversion": "Sessions touched that bought / sessions touched.",
        "against": "The same of the sessions they are held against.",
        "revenue_at_risk": (
            "Sessions touched x (conversion of the others - their own, at least 0) x AOV, per currency; unknown where "
            "there are no others. `assumption` says what it takes for granted."
        ),
    },
    options=(Option("limit", 50, "how many to list", largest=1_000),),
    measure=measure,
    parts=(Part("row", "sessions it touched (kind:name)", _touched, value=True),),
)
