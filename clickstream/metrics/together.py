"""Bought together: products that share a session, against how often chance would have it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from clickstream.metrics import sums
from clickstream.metrics.behind import Asked, Found, Matching, Part
from clickstream.metrics.lift import SMALLEST_SUPPORT, lift
from clickstream.metrics.metric import Measured, Metric, Option, Options
from clickstream.metrics.source import Row, Source
from clickstream.metrics.values import identity, rate
from clickstream.scope import Scope

MOST_PRODUCTS = 100
"""A session of more is left out: a crawler's, or a reseller's, whose pairs would be most of all pairs."""

Stages = list[dict[str, Any]]

_ACTS: dict[str, tuple[int, dict[str, Any]]] = {
    "purchases": (3, {"counts.conversions": {"$exists": True}}),
    "carts": (2, {"counts.carts": {"$exists": True}}),
    "views": (1, {"products.0": {"$exists": True}}),
}
"""Column of a session's products, and which sessions can have any."""


def measure(source: Source, scope: Scope, options: Options) -> Measured:
    """The pairs of most sessions, SMALLEST_SUPPORT or more; without any the list is empty and `hidden` says why."""
    baskets = _baskets(scope, options["in"])
    found = _pairs(source, baskets, options["limit"])
    names = {row["_id"][side] for row in found["shown"] for side in "ab"}
    sizes = _sizes(source, baskets, sorted(names))
    every = _one(sizes["sessions"], {"sessions": 0, "pairs": 0})
    of = {row["_id"]: row["n"] for row in sizes["of"]}
    hidden = _one(found["hidden"], {"pairs": 0, "largest": 0})
    result = {
        "in": options["in"],
        "sessions": every["sessions"],
        "left_out": _one(sizes["left_out"], {"n": 0})["n"],
        "minimum": SMALLEST_SUPPORT,
        "pairs": [_shown(row["_id"]["a"], row["_id"]["b"], row["n"], of, every["sessions"]) for row in found["shown"]],
        "total": _one(found["total"], {"n": 0})["n"],
        "hidden": {"pairs": hidden["pairs"], "largest": hidden["largest"]},
    }
    seen = _one(found["seen"], {"n": 0})["n"]
    return Measured(result, [identity("sessions of all pairs = pairs of all sessions", seen, int(every["pairs"]))])


def _baskets(scope: Scope, act: str) -> Stages:
    """The scope's sessions with the ids of the products they bought (added, viewed), sorted and each once, and how many."""
    column, wanted = _ACTS[act]
    named = {"$map": {"input": _used(column), "in": {"$arrayElemAt": ["$$this", 0]}}}
    return [
        sums.matching(scope, **wanted),
        {"$project": {"_id": 0, "ids": named}},
        {"$match": {"ids.0": {"$exists": True}}},
        {"$set": {"size": {"$size": "$ids"}}},
    ]


def _used(column: int) -> dict[str, Any]:
    did = {"$gt": [{"$arrayElemAt": ["$$this", column]}, 0]}
    return {"$filter": {"input": "$products", "as": "this", "cond": did}}


def _pairs(source: Source, baskets: Stages, limit: int) -> Row:
    later = {"$slice": ["$ids", {"$add": ["$place", 1]}, MOST_PRODUCTS]}
    often: Stages = [{"$match": {"n": {"$gte": SMALLEST_SUPPORT}}}]
    seldom: Stages = [{"$match": {"n": {"$lt": SMALLEST_SUPPORT}}}]
    lists = {
        "shown": [*often, {"$sort": {"n": -1, "_id.a": 1, "_id.b": 1}}, {"$limit": limit}],
        "total": [*often, {"$count": "n"}],
        "hidden": [*seldom, {"$group": {"_id": None, "pairs": {"$sum": 1}, "largest": {"$max": "$n"}}}],
        "seen": [{"$group": {"_id": None, "n": {"$sum": "$n"}}}],
    }
    found = source.sessions(
        [
            *baskets,
            {"$match": {"size": {"$gt": 1, "$lte": MOST_PRODUCTS}}},
            {"$project": {"ids": 1, "a": "$ids"}},
            {"$unwind": {"path": "$a", "includeArrayIndex": "place"}},
            {"$project": {"a": 1, "b": later}},
            {"$unwind": "$b"},
            {"$group": {"_id": {"a": "$a", "b": "$b"}, "n": {"$sum": 1}}},
            {"$facet": lists},
        ]
    )
    return found[0] if found else {name: [] for name in lists}


def _sizes(source: Source, baskets: Stages, product_ids: list[str]) -> Row:
    """Sessions in all, those of these products, and the pairs that all sessions make."""
    counted: dict[str, Any] = {"$match": {"size": {"$lte": MOST_PRODUCTS}}}
    made = {"$divide": [{"$multiply": ["$size", {"$subtract": ["$size", 1]}]}, 2]}
    each: Stages = [{"$unwind": "$ids"}, {"$match": {"ids": {"$in": product_ids}}}]
    lists = {
        "sessions": [counted, {"$group": {"_id": None, "sessions": {"$sum": 1}, "pairs": {"$sum": {"$toLong": made}}}}],
        "of": [counted, *each, {"$group": {"_id": "$ids", "n": {"$sum": 1}}}],
        "left_out": [{"$match": {"size": {"$gt": MOST_PRODUCTS}}}, {"$count": "n"}],
    }
    found = source.sessions([*baskets, {"$facet": lists}])
    return found[0] if found else {name: [] for name in lists}


def _one(rows: Sequence[Row], otherwise: Row) -> Row:
    return rows[0] if rows else otherwise


def _shown(a: str, b: str, both: int, of: dict[str, int], sessions: int) -> Row:
    found = lift(both, of[a], of[b], sessions)
    return {
        "a": a,
        "b": b,
        "n": both,
        "with_a": of[a],
        "with_b": of[b],
        "support": rate(both, sessions),
        "lift": found.value,
        "low": found.low,
        "high": found.high,
    }


def _pair(asked: Asked) -> Found:
    """Sessions with both products, those of too many products aside."""
    try:
        pair = msgspec.json.decode(asked.value, type=tuple[str, str])
    except msgspec.DecodeError as error:
        raise asked.refuse('must be two product ids, such as ["a","b"]') from error
    column, wanted = _ACTS[asked.options["in"]]
    both = [{"products": {"$elemMatch": {"0": {"$eq": product}, str(column): {"$gt": 0}}}} for product in pair]
    few = {"$expr": {"$lte": [{"$size": _used(column)}, MOST_PRODUCTS]}}
    return Matching({"$and": [wanted, *both, few]})


BOUGHT_TOGETHER = Metric(
    id="bought_together",
    title="Bought together",
    definition=(
        "Pairs of products in the orders (or carts, or product views) of one session, with how much more often they come "
        f"together than chance would have it, among the sessions that bought (added, viewed) any product. From "
        f"{SMALLEST_SUPPORT} sessions on."
    ),
    fields={
        "n": "Sessions with both.",
        "support": "Sessions with both / sessions that bought (added, viewed) any product.",
        "lift": "P(both) / (P(the one) x P(the other)): above 1 they come together more often than by chance.",
        "low": "Low end of lift's 95 % interval (delta method); above 1 chance is no good explanation.",
        "high": "High end of the interval.",
        "hidden": f"Pairs with fewer than {SMALLEST_SUPPORT} sessions, and the most sessions any of them has.",
        "left_out": f"Sessions with more than {MOST_PRODUCTS} such products, which say nothing about what goes together.",
    },
    options=(
        Option("in", "purchases", "where products come together", choices=tuple(_ACTS)),
        Option("limit", 50, "how many pairs to list", largest=1_000),
    ),
    measure=measure,
    parts=(Part("pair", 'sessions with both products (["a","b"])', _pair, value=True),),
)
