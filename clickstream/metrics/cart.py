"""Carts, per session, in states that add up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clickstream.measures import Measures
from clickstream.metrics import sums
from clickstream.metrics.behind import NOBODY, Asked, Found, Matching, Part, counted, holding
from clickstream.metrics.metric import Measured, Metric, Option, Options
from clickstream.metrics.source import Source
from clickstream.metrics.values import identity, money, rate
from clickstream.scope import LIVE, Scope

CART_COUNTS = ("carts", "carts_transacted", "carts_emptied", "carts_left", "carts_value_unknown")


def states(total: Measures, still_open: Measures) -> dict[str, int]:
    """Cart states at as_of: what is still open is neither emptied nor abandoned yet."""
    counts, ongoing = total.counts, still_open.counts
    return {
        "created": counts["carts"],
        "transacted": counts["carts_transacted"],
        "open": ongoing["carts_emptied"] + ongoing["carts_left"],
        "emptied": counts["carts_emptied"] - ongoing["carts_emptied"],
        "abandoned": counts["carts_left"] - ongoing["carts_left"],
    }


def abandonment(found: dict[str, int]) -> dict[str, Any]:
    return rate(found["abandoned"], found["transacted"] + found["abandoned"])


def measure_cart(source: Source, scope: Scope, options: Options) -> Measured:
    """Carts by state; with no cart the rate is None."""
    total = sums.total(source, scope, CART_COUNTS)
    ongoing = sums.of_open(source, scope, CART_COUNTS, amounts=True).get(None, Measures())
    found = states(total, ongoing)
    products = _products_left(source, scope)
    result: dict[str, Any] = {
        **found,
        "abandonment_rate": abandonment(found),
        "value_left": money(_less(total.of_money("left"), ongoing.of_money("left"))),
        "value_unknown": total.counts["carts_value_unknown"] - ongoing.counts["carts_value_unknown"],
        "products_left": products[: options["limit"]],
        "products_left_total": len(products),
    }
    together = sum(n for name, n in found.items() if name != "created")
    return Measured(result, [identity("cart states = created", together, found["created"])])


def _less(all_left: dict[str, int], still_open: dict[str, int]) -> dict[str, int]:
    found = {currency: units - still_open.get(currency, 0) for currency, units in all_left.items()}
    return {currency: units for currency, units in found.items() if units}


def _products_left(source: Source, scope: Scope) -> list[dict[str, Any]]:
    """Products in abandoned carts: net quantity and sessions, most first."""
    stages: list[dict[str, Any]] = [
        {"$unwind": "$products_left"},
        {
            "$group": {
                "_id": {"$arrayElemAt": ["$products_left", 0]},
                "quantity": {"$sum": {"$arrayElemAt": ["$products_left", 1]}},
                "sessions": {"$sum": 1},
            }
        },
    ]
    rows = source.sessions([sums.matching(scope, **abandoned(source, scope)), *stages])
    ranked = sorted(rows, key=lambda row: (-row["quantity"], row["_id"]))
    return [{"product_id": row["_id"], "quantity": row["quantity"], "sessions": row["sessions"]} for row in ranked]


def abandoned(source: Source, scope: Scope) -> dict[str, Any]:
    """A filter on sessions whose cart is abandoned at as_of."""
    return {"counts.carts_left": 1, **sums.ended(source, scope)}


def still_open(*states: str) -> Callable[[Asked], Found]:
    """Live sessions in one of these states that were active less than the session gap ago."""

    def find(asked: Asked) -> Found:
        if asked.scope.dataset != LIVE:
            return NOBODY
        either = [{f"counts.{state}": 1} for state in states]
        return Matching({"$or": either, **sums.ended_after(asked.source, asked.scope)})

    return find


def over(state: str) -> Callable[[Asked], Found]:
    """Sessions in this state that are not open any more."""
    return lambda asked: Matching({f"counts.{state}": 1, **sums.ended(asked.source, asked.scope)})


CART = Metric(
    id="cart",
    title="Carts",
    definition=(
        "Sessions with at least one product added to a cart, by what became of it: transacted (a purchase at or after the "
        "first add), open (live data, active in the last 30 minutes), emptied (nothing left in it), abandoned (the rest)."
    ),
    fields={
        "abandonment_rate": "Abandoned / (transacted + abandoned). Emptied and open carts are in neither.",
        "value_left": "Value of abandoned carts: the last cart value sent, else last prices times quantities left.",
        "value_unknown": "Abandoned carts whose value cannot be known: no cart value and no price was sent.",
        "products_left": "Products in abandoned carts, by quantity.",
    },
    options=(Option("limit", 20, "how many products left to list", largest=1_000),),
    measure=measure_cart,
    parts=(
        Part("created", "sessions with a cart", counted("carts")),
        Part("transacted", "carts bought", counted("carts_transacted")),
        Part("open", "carts still open", still_open("carts_left", "carts_emptied")),
        Part("emptied", "carts emptied", over("carts_emptied")),
        Part("abandoned", "carts abandoned", over("carts_left")),
        Part(
            "product_left",
            "abandoned carts with this product in them",
            lambda asked: Matching({**abandoned(asked.source, asked.scope), **holding("products_left", asked.value)}),
            value=True,
        ),
    ),
)
