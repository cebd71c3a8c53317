"""The oracle's products: who viewed, added and bought them, what they brought in, and what goes together."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import combinations
from typing import Any

from oracle_events import decimal_of, lines_of, quantity_of, rounded, text_of
from oracle_maths import Z95
from oracle_measures import Scope, money, rate

JsonDict = dict[str, Any]

WHAT = ("viewed", "added", "bought")
FEWEST_VIEWS, FEWEST_TOGETHER, MOST_IN_BASKET = 20, 5, 100


def product_of(line: JsonDict) -> str:
    return text_of(line.get("product_id"))


def lines_in(events: Iterable[JsonDict]) -> list[JsonDict]:
    """The lines of the events that name a product."""
    return [line for event in events for line in lines_of(event["properties"]) if product_of(line)]


def bought_lines(session: JsonDict) -> list[tuple[JsonDict, JsonDict]]:
    """(order, line) of the session's own orders: of the one purchase event each order was made by."""
    events = {event["event_id"]: event for event in session["log"]}
    return [(order, line) for order in session["orders"] for line in lines_in([events[order["event_id"]]])]


def touched(session: JsonDict, what: str) -> set[str]:
    """The products a session viewed, added or bought."""
    if what == "bought":
        return {product_of(line) for _, line in bought_lines(session)}
    event_type = {"viewed": "product_view", "added": "add_to_cart"}[what]
    return {product_of(line) for line in lines_in(e for e in session["log"] if e["event_type"] == event_type)}


class Shelf:
    """Every product's sessions, quantity and revenue."""

    def __init__(self, scope: Scope, only: str = "") -> None:
        self.viewed, self.added, self.bought = Counter[str](), Counter[str](), Counter[str]()
        self.viewed_or_added, self.added_and_bought, self.viewed_and_bought = Counter[str](), Counter[str](), Counter[str]()
        self.quantity = Counter[str]()
        self.revenue: dict[str, Counter[str]] = defaultdict(Counter)
        self.lines_without_price = 0
        for session in scope.sessions:
            viewed, added, bought = (
                {product for product in touched(session, what) if only in ("", product)} for what in WHAT
            )
            self.viewed.update(viewed)
            self.added.update(added)
            self.bought.update(bought)
            self.viewed_or_added.update(viewed | added)
            self.added_and_bought.update(added & bought)
            self.viewed_and_bought.update(viewed & bought)
            for order, line in bought_lines(session):
                if only in ("", product_of(line)):
                    self.sell(order, line)

    def sell(self, order: JsonDict, line: JsonDict) -> None:
        price = decimal_of(line.get("price"))
        self.quantity[product_of(line)] += quantity_of(line)
        if price is None:
            self.lines_without_price += 1
        else:
            self.revenue[product_of(line)][order["currency"]] += rounded(price * quantity_of(line))

    def row(self, product: str) -> JsonDict:
        return {
            "product_id": product,
            "viewed": self.viewed[product],
            "added": self.added[product],
            "bought": self.bought[product],
            "quantity": self.quantity[product],
            "revenue": money(self.revenue[product]),
            "view_to_cart": rate(self.added[product], self.viewed_or_added[product]),
            "cart_to_buy": rate(self.added_and_bought[product], self.added[product]),
            "view_to_buy": rate(self.viewed_and_bought[product], self.viewed[product]),
        }


def main_currency(scope: Scope) -> str:
    """The currency that most of the scope's orders are in."""
    counts = Counter(order["currency"] for session in scope.sessions for order in session["orders"])
    return min(counts, key=lambda currency: (-counts[currency], currency), default="")


def products(scope: Scope, options: JsonDict) -> JsonDict:
    shelf = Shelf(scope, options.get("product_id", ""))
    sort, limit, currency = options.get("sort", "revenue"), options.get("limit", 50), main_currency(scope)
    names = shelf.viewed.keys() | shelf.added.keys() | shelf.bought.keys()

    def rank(product: str) -> int:
        return shelf.revenue[product][currency] if sort == "revenue" else int(shelf.row(product)[sort])

    not_bought = {name: n - shelf.viewed_and_bought[name] for name, n in shelf.viewed.items() if n >= FEWEST_VIEWS}
    wanted = sorted((name for name, n in not_bought.items() if n), key=lambda name: (-not_bought[name], name))
    hidden = [n for n in shelf.viewed.values() if n < FEWEST_VIEWS]
    return {
        "sort": sort,
        "products": [shelf.row(name) for name in sorted(names, key=lambda name: (-rank(name), name))[:limit]],
        "total": len(names),
        "lines_without_price": shelf.lines_without_price,
        "viewed_not_bought": {
            "minimum": FEWEST_VIEWS,
            "rows": [
                {"product_id": name, "viewed": shelf.viewed[name], "not_bought": not_bought[name]} for name in wanted[:limit]
            ],
            "hidden": len(hidden),
            "most_views_hidden": max(hidden, default=0),
        },
    }


def behind_product(what: str, scope: Scope, value: str) -> list[JsonDict]:
    if what == "not_bought":
        return [s for s in scope.sessions if value in touched(s, "viewed") - touched(s, "bought")]
    return [session for session in scope.sessions if value in touched(session, what)]


# Bought together


def baskets(scope: Scope, options: JsonDict) -> list[tuple[JsonDict, set[str]]]:
    """Sessions with the products they bought (added, viewed), the largest left out."""
    return [(session, basket) for session, basket in all_baskets(scope, options) if len(basket) <= MOST_IN_BASKET]


def all_baskets(scope: Scope, options: JsonDict) -> list[tuple[JsonDict, set[str]]]:
    what = {"purchases": "bought", "carts": "added", "views": "viewed"}[options.get("in", "purchases")]
    return [(session, basket) for session in scope.sessions if (basket := touched(session, what))]


def lift_of(both: int, a: int, b: int, count: int) -> tuple[float, float, float]:
    """Lift with its 95 % interval (delta method on its logarithm)."""
    lift = both * count / (a * b)
    spread = Z95 * math.sqrt(max(0.0, 1 / both - 1 / a - 1 / b + 2 * both / (a * b) - 1 / count))
    return lift, lift * math.exp(-spread), lift * math.exp(spread)


def bought_together(scope: Scope, options: JsonDict) -> JsonDict:
    found = [basket for _, basket in baskets(scope, options)]
    single = Counter(product for basket in found for product in basket)
    pairs = Counter(pair for basket in found for pair in combinations(sorted(basket), 2))
    shown = sorted((pair for pair, n in pairs.items() if n >= FEWEST_TOGETHER), key=lambda pair: (-pairs[pair], pair))
    below = [n for n in pairs.values() if n < FEWEST_TOGETHER]
    rows = []
    for a, b in shown[: options.get("limit", 50)]:
        lift, low, high = lift_of(pairs[a, b], single[a], single[b], len(found))
        support = rate(pairs[a, b], len(found))
        rows.append({"a": a, "b": b, "n": pairs[a, b], "support": support, "lift": lift, "low": low, "high": high})
    return {
        "in": options.get("in", "purchases"),
        "sessions": len(found),
        "left_out": len(all_baskets(scope, options)) - len(found),
        "minimum": FEWEST_TOGETHER,
        "pairs": rows,
        "total": len(shown),
        "hidden": {"pairs": len(below), "largest": max(below, default=0)},
    }


def behind_pair(scope: Scope, options: JsonDict, value: str) -> list[JsonDict]:
    pair = set(json.loads(value))
    return [session for session, basket in baskets(scope, options) if pair <= basket]
