"""Facts of products: what sells, what is looked at in vain, what is bought together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from clickstream.facts.fact import Fact, Result, count, led, money, name, ratio
from clickstream.facts.labels import clean_label

SHOWN_PRODUCTS = 5
SHOWN_LEFT = 5
SHOWN_PAIRS = 5

Names = Mapping[str, str]
"""Product names by product id, of those that the catalogue knows."""

COUNTS = (
    ("viewed", "Sessions that viewed it", "Sessions with a product view of it"),
    ("added", "Sessions that put it into a cart", "Sessions that put it into a cart"),
    ("bought", "Sessions that bought it", "Sessions with an own order that names it"),
    ("quantity", "Pieces sold of it", "Pieces in the lines of own orders"),
)
RATES = (
    ("view_to_cart", "View to cart", "sessions that added it / sessions that viewed or added it"),
    ("cart_to_buy", "Cart to purchase", "sessions that added and bought it / sessions that added it"),
    ("view_to_buy", "View to purchase", "sessions that viewed and bought it / sessions that viewed it"),
)
REVENUE = "Price x quantity of the order lines that name it"
LIFT = (
    ("lift", "Lift", "How often the pair comes together / how often it would by chance"),
    ("low", "Low end of the lift", "Low end of the 95 % interval of the lift"),
)
TOGETHER = {"purchases": "bought", "carts": "put into a cart", "views": "viewed"}


def product_facts(result: Result, names: Names) -> Iterator[Fact]:
    """`products.1.name`, `products.1.revenue.eur`, ... in the order asked for, and `products.left.1` viewed in vain."""
    yield count("products.total", "Products seen", result["total"], None, "Products viewed, added or bought")
    yield count("products.quantity", "Pieces sold", result["quantity"], None, "Pieces in the lines of all own orders")
    whole = len(result["products"]) == result["total"]
    for key, label, definition in COUNTS:
        yield from _counts(result["products"], key, label, definition, leads=whole or key == result["sort"])
    yield from _revenue(result["products"], leads=whole or result["sort"] == "revenue")
    for i, row in enumerate(result["products"][:SHOWN_PRODUCTS], 1):
        label = label_of(row["product_id"], names)
        yield from name(f"products.{i}.name", "Product", label, row["viewed"], "Name of the product")
        for key, label, definition in RATES:
            yield from ratio(f"products.{i}.{key}", label, row[key], definition)
    yield from _left(result["viewed_not_bought"], names)


def label_of(product_id: str, names: Names) -> str:
    return clean_label(names.get(product_id, product_id))


def _counts(rows: Sequence[Result], key: str, label: str, definition: str, *, leads: bool) -> Iterator[Fact]:
    """`leads`: whether no product beyond these rows can have more."""
    sample = "bought" if key == "quantity" else key
    facts = [count(f"products.{i}.{key}", label, row[key], row[sample], definition) for i, row in enumerate(rows, 1)]
    yield from (led(facts) if leads else facts)[:SHOWN_PRODUCTS]


def _revenue(rows: Sequence[Result], *, leads: bool) -> Iterator[Fact]:
    """A leader by revenue only where all was sold in a single currency."""
    earned = [
        list(money(f"products.{i}.revenue", "Revenue of it", row["revenue"], row["bought"], REVENUE))
        for i, row in enumerate(rows, 1)
    ]
    facts = [fact for of_product in earned for fact in of_product]
    if leads and len({fact.unit for fact in facts}) == 1:
        facts = led(facts)
    yield from facts[: sum(len(of_product) for of_product in earned[:SHOWN_PRODUCTS])]


def _left(result: Result, names: Names) -> Iterator[Fact]:
    least = result["minimum"]
    in_vain = f"Products that at least {least} sessions viewed, by the sessions that did not buy them"
    rarely = f"Products that fewer than {least} sessions viewed"
    yield count("products.left.total", "Products viewed and not bought", result["total"], None, in_vain)
    yield count("products.left.hidden", "Products viewed too rarely to tell", result["hidden"], None, rarely)
    rows = result["rows"]
    for i, row in enumerate(rows[:SHOWN_LEFT], 1):
        label, viewed = label_of(row["product_id"], names), row["viewed"]
        yield from name(f"products.left.{i}.name", "Product", label, viewed, "Name of the product")
        yield count(f"products.left.{i}.viewed", "Sessions that viewed it", viewed, viewed, in_vain)
    missed = [
        count(f"products.left.{i}.not_bought", "Sessions that viewed it in vain", row["not_bought"], row["viewed"], in_vain)
        for i, row in enumerate(rows, 1)
    ]
    yield from led(missed)[:SHOWN_LEFT]


def together_facts(result: Result, names: Names) -> Iterator[Fact]:
    """`bought_together.1.a`, `.b`, `.n`, `.lift`, the pairs of most sessions first."""
    did, sessions, hidden = TOGETHER[result["in"]], result["sessions"], result["hidden"]
    of_any, rare = f"Sessions that {did} any product", f"Pairs {did} in fewer sessions"
    for key, label, value, n, definition in (
        ("sessions", f"Sessions that {did} a product", sessions, sessions, of_any),
        ("total", "Pairs found", result["total"], sessions, f"Pairs {did} in enough sessions to tell"),
        ("minimum", "Least sessions of a pair", result["minimum"], None, "Fewest sessions a pair needs to be shown"),
        ("hidden", "Pairs too rare to show", hidden["pairs"], sessions, rare),
        ("hidden_largest", "Sessions of the commonest rare pair", hidden["largest"], sessions, rare),
    ):
        yield count(f"bought_together.{key}", label, value, n, definition)
    both = [
        count(f"bought_together.{i}.n", f"Sessions that {did} both", row["n"], sessions, f"Sessions that {did} both")
        for i, row in enumerate(result["pairs"], 1)
    ]
    yield from led(both)[:SHOWN_PAIRS]
    for i, row in enumerate(result["pairs"][:SHOWN_PAIRS], 1):
        yield from _pair(f"bought_together.{i}", row, names, f"sessions that {did} both / sessions that {did} any product")


def _pair(prefix: str, row: Result, names: Names, share_of: str) -> Iterator[Fact]:
    for side in ("a", "b"):
        label = label_of(row[side], names)
        yield from name(f"{prefix}.{side}", "Product of the pair", label, row[f"with_{side}"], "Name of the product")
    yield from ratio(f"{prefix}.support", "Share of sessions", row["support"], share_of)
    for key, label, definition in LIFT:
        if row[key] is not None:
            yield Fact(f"{prefix}.{key}", label, row[key], "number", row["n"], definition)


def ids_of_products(result: Result) -> Iterator[str]:
    for row in (*result["products"][:SHOWN_PRODUCTS], *result["viewed_not_bought"]["rows"][:SHOWN_LEFT]):
        yield row["product_id"]


def ids_of_pairs(result: Result) -> Iterator[str]:
    for row in result["pairs"][:SHOWN_PAIRS]:
        yield from (row["a"], row["b"])
