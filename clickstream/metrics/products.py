"""Products: who looked at them, put them into a cart and bought them, and for how much."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from clickstream.metrics import sums
from clickstream.metrics.behind import Asked, Found, Matching, Part
from clickstream.metrics.metric import Measured, Metric, Option, Options
from clickstream.metrics.source import Row, Source
from clickstream.metrics.values import identity, money, rate
from clickstream.scope import Scope

FEWEST_VIEWS = 20
"""A product that fewer sessions viewed is not listed as viewed and not bought."""

SORTS = ("revenue", "viewed", "added", "bought", "quantity")
_SOLD = ("revenue", "quantity")
Stages = list[dict[str, Any]]


def measure(source: Source, scope: Scope, options: Options) -> Measured:
    """The first `limit` products by `sort`, and those viewed most without being bought. Without any, lists are empty."""
    product_id, limit, sort = options["product_id"], options["limit"], options["sort"]
    first = _best_sold(source, scope, product_id, sort, limit) if sort in _SOLD else None
    found = _uses(source, scope, product_id, _lists(sort, limit, first))
    rows = found["top"] if first is None else [*_in_order(first, found["top"]), *found["rest"]]
    sold = _sold(source, scope, [row["_id"] for row in rows])
    quantity, lines_without_price = _all_sold(source, scope, product_id)
    result = {
        "sort": sort,
        "products": [_shown(row, sold.get(row["_id"], [])) for row in rows],
        "total": _one(found["total"], {"products": 0})["products"],
        "quantity": quantity,
        "lines_without_price": lines_without_price,
        "viewed_not_bought": {
            "minimum": FEWEST_VIEWS,
            "rows": [_left(row) for row in found["left"]],
            "total": _one(found["left_total"], {"products": 0})["products"],
            "hidden": _one(found["hidden"], {"products": 0})["products"],
            "most_views_hidden": _one(found["hidden"], {"most": 0})["most"],
        },
    }
    return Measured(result, [] if product_id else _reconciled(source, scope, quantity, lines_without_price))


def _reconciled(source: Source, scope: Scope, quantity: int, lines_without_price: int) -> list[Row]:
    counts = sums.total(source, scope, ("units_sold", "lines_without_price"), amounts=False).counts
    return [
        identity("quantity of all products = units sold", quantity, counts["units_sold"]),
        identity("lines without price = those of all days", lines_without_price, counts["lines_without_price"]),
    ]


def _uses(source: Source, scope: Scope, product_id: str, lists: Mapping[str, Stages]) -> Row:
    """Sessions per product by what they did with it, as the lists asked for."""
    acts = {name: {"$gt": [{"$arrayElemAt": ["$products", column]}, 0]} for name, column in _COLUMNS.items()}
    each = {"_id": {"product": {"$arrayElemAt": ["$products", 0]}, **acts}, "n": {"$sum": 1}}
    per_product = {"_id": "$_id.product", **{name: {"$sum": {"$cond": [did, "$n", 0]}} for name, did in _MEASURES.items()}}
    one: Stages = [{"$match": {"products.0": product_id}}] if product_id else []
    found = source.sessions(
        [
            sums.matching(scope, **{"products.0": {"$exists": True}}),
            {"$project": {"_id": 0, "products": 1}},
            {"$unwind": "$products"},
            *one,
            {"$group": each},
            {"$group": per_product},
            {"$facet": dict(lists)},
        ]
    )
    return found[0] if found else {name: [] for name in lists}


_COLUMNS = {"viewed": 1, "added": 2, "bought": 3}
_MEASURES: dict[str, Any] = {
    **{name: f"$_id.{name}" for name in _COLUMNS},
    "looked": {"$or": ["$_id.viewed", "$_id.added"]},
    "added_bought": {"$and": ["$_id.added", "$_id.bought"]},
    "viewed_bought": {"$and": ["$_id.viewed", "$_id.bought"]},
}


def _lists(sort: str, limit: int, first: Sequence[str] | None) -> dict[str, Stages]:
    """`first`: the products that come before all others, where what they are sorted by is not among the uses."""
    not_bought: dict[str, Any] = {"$set": {"left": {"$subtract": ["$viewed", "$viewed_bought"]}}}
    often: Stages = [{"$match": {"viewed": {"$gte": FEWEST_VIEWS}}}, not_bought, {"$match": {"left": {"$gt": 0}}}]
    seldom: dict[str, Any] = {"$match": {"viewed": {"$gt": 0, "$lt": FEWEST_VIEWS}}}
    lists: dict[str, Stages] = {
        "total": [{"$count": "products"}],
        "left": [*often, {"$sort": {"left": -1, "_id": 1}}, {"$limit": limit}],
        "left_total": [*often, {"$count": "products"}],
        "hidden": [seldom, {"$group": {"_id": None, "products": {"$sum": 1}, "most": {"$max": "$viewed"}}}],
    }
    if first is None:
        return {**lists, "top": [{"$sort": {sort: -1, "_id": 1}}, {"$limit": limit}]}
    others: Stages = [{"$match": {"_id": {"$nin": list(first)}}}, {"$sort": {"_id": 1}}]
    rest: Stages = [*others, {"$limit": limit - len(first)}] if len(first) < limit else [{"$match": {"_id": None}}]
    return {**lists, "top": [{"$match": {"_id": {"$in": list(first)}}}], "rest": rest}


def _best_sold(source: Source, scope: Scope, product_id: str, sort: str, limit: int) -> list[str]:
    """The products with most revenue (in the main currency) or quantity, those with any."""
    amount: Any = _column(2)
    if sort == "revenue":
        amount = {"$cond": [{"$eq": [_column(1), {"$literal": _main_currency(source, scope)}]}, _column(3), 0]}
    stages: Stages = [
        {"$group": {"_id": _column(0), "n": {"$sum": amount}}},
        {"$match": {"n": {"$gt": 0}}},
        {"$sort": {"n": -1, "_id": 1}},
        {"$limit": limit},
    ]
    return [row["_id"] for row in source.sessions([*_sold_lines(scope, product_id), *stages])]


def _main_currency(source: Source, scope: Scope) -> str:
    """The currency of most of the scope's orders, the first by code on a tie; empty without orders."""
    group = {"_id": "$sales.currency", "n": {"$sum": 1}}
    found = source.sessions([_buying(scope, "sales.0"), {"$unwind": "$sales"}, {"$group": group}])
    return min(((-row["n"], row["_id"]) for row in found), default=(0, ""))[1]


def _sold(source: Source, scope: Scope, product_ids: Sequence[str]) -> dict[str, list[Row]]:
    """What own orders sold of these products: a row a currency."""
    if not product_ids:
        return {}
    group = {
        "_id": {"product": _column(0), "currency": _column(1)},
        **{name: {"$sum": _column(column)} for name, column in (("quantity", 2), ("revenue", 3), ("unpriced", 4))},
    }
    wanted = {"$match": {"sold.0": {"$in": list(product_ids)}}}
    found: dict[str, list[Row]] = {}
    for row in source.sessions([*_sold_lines(scope, ""), wanted, {"$group": group}]):
        found.setdefault(row["_id"]["product"], []).append({**row, "currency": row["_id"]["currency"]})
    return found


def _all_sold(source: Source, scope: Scope, product_id: str) -> tuple[int, int]:
    """Quantity and lines without a price of all products, or of the one."""
    group = {"_id": None, "quantity": {"$sum": _column(2)}, "unpriced": {"$sum": _column(4)}}
    found = source.sessions([*_sold_lines(scope, product_id), {"$group": group}])
    return (int(found[0]["quantity"]), int(found[0]["unpriced"])) if found else (0, 0)


def _sold_lines(scope: Scope, product_id: str) -> Stages:
    one: Stages = [{"$match": {"sold.0": product_id}}] if product_id else []
    return [_buying(scope, "sold.0"), {"$project": {"_id": 0, "sold": 1}}, {"$unwind": "$sold"}, *one]


def _buying(scope: Scope, holding: str) -> dict[str, Any]:
    """The stage that selects buying sessions, through their index."""
    return sums.matching(scope, **{"counts.conversions": {"$exists": True}, holding: {"$exists": True}})


def _column(n: int) -> dict[str, Any]:
    return {"$arrayElemAt": ["$sold", n]}


def _in_order(product_ids: Iterable[str], rows: Iterable[Row]) -> list[Row]:
    by_id = {row["_id"]: row for row in rows}
    return [by_id[product_id] for product_id in product_ids if product_id in by_id]


def _one(rows: Sequence[Row], otherwise: Row) -> Row:
    return rows[0] if rows else otherwise


def _left(row: Row) -> Row:
    return {"product_id": row["_id"], "viewed": row["viewed"], "not_bought": row["left"]}


def _shown(row: Row, sold: Sequence[Row]) -> Row:
    return {
        "product_id": row["_id"],
        "viewed": row["viewed"],
        "added": row["added"],
        "bought": row["bought"],
        "quantity": sum(one["quantity"] for one in sold),
        "revenue": money({one["currency"]: one["revenue"] for one in sold}),
        "lines_without_price": sum(one["unpriced"] for one in sold),
        "view_to_cart": rate(row["added"], row["looked"]),
        "cart_to_buy": rate(row["added_bought"], row["added"]),
        "view_to_buy": rate(row["viewed_bought"], row["viewed"]),
    }


def _did(**columns: Any) -> Callable[[Asked], Found]:
    """Sessions with the product named where these columns of its use hold."""
    wanted = {str(_COLUMNS[name]): condition for name, condition in columns.items()}
    return lambda asked: Matching({"products": {"$elemMatch": {"0": {"$eq": asked.value}, **wanted}}})


_SOME = {"$gt": 0}

PRODUCTS = Metric(
    id="products",
    title="Products",
    definition=(
        "Products by what sessions did with them: viewed, put into a cart, bought. Bought means a line of one of the "
        "session's own orders; an order reported twice is bought once. Quantity and revenue are those lines': what was "
        "charged a line, before what an order adds or takes off, so that they need not add up to the shop's revenue."
    ),
    fields={
        "viewed": "Sessions with a product view of it.",
        "added": "Sessions that put it into a cart.",
        "bought": "Sessions with an own order that names it.",
        "quantity": "Pieces in the lines of these orders.",
        "revenue": "Price x quantity of these lines, per currency. Sorted by revenue means: in the currency of most orders.",
        "lines_without_price": "Order lines that name a product and no price: counted in quantity, not in revenue.",
        "view_to_cart": "Sessions that added it / sessions that viewed or added it.",
        "cart_to_buy": "Sessions that added and bought it / sessions that added it.",
        "view_to_buy": "Sessions that viewed and bought it / sessions that viewed it.",
        "viewed_not_bought": (
            f"Products by sessions that viewed and did not buy them, from {FEWEST_VIEWS} viewing sessions on; `hidden` "
            "counts those below, `most_views_hidden` is the most viewing sessions any of them has."
        ),
    },
    options=(
        Option("limit", 50, "how many products to list", largest=1_000),
        Option("sort", "revenue", "what the products are ranked by", choices=SORTS),
        Option("product_id", "", "only this product", longest=200),
    ),
    measure=measure,
    parts=(
        Part("viewed", "sessions that viewed this product", _did(viewed=_SOME), value=True),
        Part("added", "sessions that put it into a cart", _did(added=_SOME), value=True),
        Part("bought", "sessions with an own order of it", _did(bought=_SOME), value=True),
        Part("not_bought", "sessions that viewed and did not buy it", _did(viewed=_SOME, bought=0), value=True),
    ),
)
