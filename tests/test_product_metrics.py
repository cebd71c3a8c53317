"""Products, what is bought together, and what stands in the way: worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hand_shop import act, buy, eur, moment, pair, shop_of, visit

from clickstream.errors import InvalidInput
from clickstream.metrics import together
from clickstream.metrics.lift import lift
from clickstream.store.connect import Connection

JsonDict = dict[str, Any]
AS_OF = "2026-03-31 12:00"


def view(product: str) -> Any:
    return act("product_view", product_id=product)


def add(product: str, **properties: Any) -> Any:
    return act("add_to_cart", product_id=product, **properties)


def sold(order_id: str, *products: str, price: float = 10, **properties: Any) -> Any:
    items = [{"product_id": product, "price": price} for product in products]
    return buy(order_id, items=items, **properties)


SHELF = [
    visit("ann", "2026-03-01 10:00", view("mug"), view("mug"), add("mug"), sold("o1", "mug", "lid")),
    visit(
        "ben",
        "2026-03-01 11:00",
        view("mug"),
        add("lid", quantity=0),
        buy("o2", items=[{"product_id": "lid", "quantity": 3}]),
    ),
    visit("cat", "2026-03-01 12:00", add("mug"), sold("o1", "mug"), sold("o3", "pot", price=4, currency="USD")),
    visit("dan", "2026-03-01 13:00", view("pot"), sold("o4", "pot", price=5), sold("o5", "pot", price=6), view("")),
]


def test_products_by_what_sessions_did_with_them(connection: Connection) -> None:
    """cat's o1 was ann's: it buys nothing. A piece of 0 is put into a cart all the same."""
    with shop_of(connection, *SHELF, as_of=AS_OF) as ask:
        found = ask("products")
    rows = {row["product_id"]: row for row in found["products"]}
    assert list(rows) == ["pot", "lid", "mug"]
    assert {name: (row["viewed"], row["added"], row["bought"], row["quantity"]) for name, row in rows.items()} == {
        "pot": (1, 0, 2, 3),
        "lid": (0, 1, 2, 4),
        "mug": (2, 2, 1, 1),
    }
    assert [rows[name]["revenue"] for name in ("lid", "mug")] == [eur(10.0), eur(10.0)]
    assert rows["pot"]["revenue"] == [*eur(11.0), {"currency": "USD", "amount": 4.0}]
    assert {name: pair(row["view_to_cart"]) for name, row in rows.items()} == {"pot": (0, 1), "lid": (1, 1), "mug": (2, 3)}
    assert {name: pair(row["cart_to_buy"]) for name, row in rows.items()} == {"pot": (0, 0), "lid": (1, 1), "mug": (1, 2)}
    assert {name: pair(row["view_to_buy"]) for name, row in rows.items()} == {"pot": (1, 1), "lid": (0, 0), "mug": (1, 2)}
    assert (found["total"], found["quantity"], found["lines_without_price"]) == (3, 8, 1)


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("revenue", ["pot", "lid", "mug"]),
        ("viewed", ["mug", "pot", "lid"]),
        ("added", ["mug", "lid", "pot"]),
        ("bought", ["lid", "pot", "mug"]),
        ("quantity", ["lid", "pot", "mug"]),
    ],
)
def test_products_rank_by_what_they_are_sorted_by_then_by_id(connection: Connection, sort: str, order: list[str]) -> None:
    with shop_of(connection, *SHELF, as_of=AS_OF) as ask:
        for limit in (1, 2, 3):
            found = ask("products", {"sort": sort, "limit": limit})
            assert ([row["product_id"] for row in found["products"]], found["total"]) == (order[:limit], 3)


def test_revenue_ranks_in_the_currency_of_most_orders(connection: Connection) -> None:
    """Two orders in dollars, one in euros: what sold in euros only comes with what sold nothing, by id."""
    visits = [
        visit("a", "2026-03-01 10:00", view("aaa"), view("zzz"), sold("o1", "euro", price=900)),
        visit(
            "b", "2026-03-01 11:00", sold("o2", "low", price=1, currency="USD"), sold("o3", "high", price=2, currency="USD")
        ),
    ]
    with shop_of(connection, *visits, as_of=AS_OF) as ask:
        found = ask("products")
    assert [row["product_id"] for row in found["products"]] == ["high", "low", "aaa", "euro", "zzz"]


@pytest.mark.parametrize("product", ["mug", "$mug", "nothing"])
def test_one_product_leaves_all_others_out(connection: Connection, product: str) -> None:
    visits = [*SHELF, visit("eve", "2026-03-01 14:00", view("$mug"), view("mug"))]
    with shop_of(connection, *visits, as_of=AS_OF) as ask:
        whole, found = ask("products"), ask("products", {"product_id": product})
    assert found["products"] == [row for row in whole["products"] if row["product_id"] == product]
    assert found["total"] == len(found["products"])
    assert found["lines_without_price"] == 0


def test_what_is_viewed_and_not_bought_is_listed_from_twenty_sessions_on(connection: Connection) -> None:
    visits = [
        *(visit(f"v{n}", f"2026-03-02 10:{n:02}", view("often"), *([view("seldom")] if n else [])) for n in range(20)),
        visit("buyer", "2026-03-02 12:00", view("often"), sold("o1", "often")),
        *(visit(f"w{n}", f"2026-03-03 10:{n:02}", view("loved"), sold(f"l{n}", "loved")) for n in range(20)),
    ]
    with shop_of(connection, *visits, as_of=AS_OF) as ask:
        found = ask("products")["viewed_not_bought"]
    assert found["rows"] == [{"product_id": "often", "viewed": 21, "not_bought": 20}]
    assert (found["minimum"], found["hidden"], found["most_views_hidden"]) == (20, 1, 19)


def test_an_empty_scope_has_no_products_and_no_pairs(connection: Connection) -> None:
    nowhere = {"since": moment("2020-01-01 00:00"), "until": moment("2020-02-01 00:00")}
    with shop_of(connection, *SHELF, as_of=AS_OF) as ask:
        found, pairs = ask("products", **nowhere), ask("bought_together", **nowhere)
    assert (found["products"], found["total"], found["viewed_not_bought"]["rows"]) == ([], 0, [])
    assert (pairs["pairs"], pairs["sessions"], pairs["hidden"]) == ([], 0, {"pairs": 0, "largest": 0})


@pytest.mark.parametrize(
    "options", [{"limit": 0}, {"limit": 1001}, {"sort": "price"}, {"product_id": "x" * 201}, {"in": "views"}]
)
def test_what_products_cannot_be_asked(connection: Connection, options: JsonDict) -> None:
    with shop_of(connection, as_of=AS_OF) as ask, pytest.raises(InvalidInput) as refused:
        ask("products", options)
    assert refused.value.fields.keys() == options.keys()


# Together


def baskets(*contents: str) -> list[list[JsonDict]]:
    """Sessions that bought these products, a letter each."""
    return [visit(f"b{n}", f"2026-03-05 10:{n:02}", sold(f"b{n}", *letters)) for n, letters in enumerate(contents)]


def test_a_pair_is_shown_from_five_sessions_on(connection: Connection) -> None:
    visits = baskets("ba", "ab", "abc", "aab", "ab", "ac", "ac", "ac", "a", "d")
    with shop_of(connection, *visits, as_of=AS_OF) as ask:
        found = ask("bought_together")
    (shown,) = found["pairs"]
    assert (shown["a"], shown["b"], shown["n"], pair(shown["support"])) == ("a", "b", 5, (5, 10))
    assert (shown["lift"], shown["low"], shown["high"]) == lift(5, 9, 5, 10)
    assert (found["sessions"], found["total"], found["hidden"]) == (10, 1, {"pairs": 2, "largest": 4})


def test_carts_and_views_have_pairs_of_their_own_and_repeated_orders_none(connection: Connection) -> None:
    visits = [
        event
        for n in range(5)
        for event in (
            visit(f"v{n}", f"2026-03-05 10:{n:02}", view("x"), view("y"), add("y"), add("z")),
            visit(f"w{n}", f"2026-03-05 11:{n:02}", sold("same order", "p", "q")),
        )
    ]
    with shop_of(connection, *visits, as_of=AS_OF) as ask:
        found = {name: ask("bought_together", {"in": name}) for name in ("purchases", "carts", "views")}
    assert {name: [(row["a"], row["b"], row["n"]) for row in one["pairs"]] for name, one in found.items()} == {
        "purchases": [],
        "carts": [("y", "z", 5)],
        "views": [("x", "y", 5)],
    }
    assert found["purchases"]["hidden"] == {"pairs": 1, "largest": 1}


def test_a_session_of_too_many_products_is_left_out_and_counted(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "MOST_PRODUCTS", 3)
    with shop_of(connection, *baskets("abc", "abc", "abc", "abc", "abc", "abcd"), as_of=AS_OF) as ask:
        found = ask("bought_together")
    assert (found["sessions"], found["left_out"]) == (5, 1)
    assert {(row["n"], row["with_a"], row["lift"]) for row in found["pairs"]} == {(5, 5, 1.0)}


# Friction


def test_friction_holds_what_it_touched_against_the_rest(connection: Connection) -> None:
    """Orders of 10, 20 and 60 EUR: AOV 30. Checkouts without `declined`: 2 of 3 buy; sessions it touched: 1 of 3."""
    declined = act("payment_error", code="declined")
    visits = [
        visit("a", "2026-03-01 10:00", act("checkout"), declined),
        visit("b", "2026-03-01 10:10", act("checkout"), declined, declined, buy("b", 10)),
        visit("c", "2026-03-01 10:20", declined),
        visit("d", "2026-03-01 10:30", act("checkout"), buy("d", 20)),
        visit("e", "2026-03-01 10:40", act("checkout"), act("coupon", action="denied", reason="expired"), buy("e", 60)),
        visit("f", "2026-03-01 10:50", act("checkout")),
        visit(
            "g",
            "2026-03-01 11:00",
            act("search", query="Red  MUG", results_count=0),
            act("search", query="mug", results_count=4),
        ),
        visit(
            "h", "2026-03-01 11:10", act("search", query="mug", results_count=4), act("search", query="mug", results_count=0)
        ),
    ]
    with shop_of(connection, *visits, as_of=AS_OF) as ask:
        found = ask("friction")
    rows = [
        (row["kind"], row["name"], row["sessions"], pair(row["conversion"]), pair(row["against"])) for row in found["rows"]
    ]
    assert rows == [
        ("payment_error", "declined", 3, (1, 3), (2, 3)),
        ("coupon_denied", "expired", 1, (1, 1), (2, 4)),
        ("zero_results", "red mug", 1, (0, 1), (0, 0)),
    ]
    assert [row["revenue_at_risk"] for row in found["rows"]] == [eur(30.0), eur(0.0), None]
    assert all(row["assumption"].endswith(".") for row in found["rows"])


def test_friction_lists_as_many_as_wanted_and_counts_all(connection: Connection) -> None:
    visits = [visit(f"v{n}", f"2026-03-01 10:{n:02}", act("payment_error", code=f"e{n}")) for n in range(4)]
    with shop_of(connection, *visits, as_of=AS_OF) as ask:
        found = ask("friction", {"limit": 2})
        assert ask("friction", since=moment("2026-03-02 00:00")) == {"rows": [], "total": 0}
    assert ([row["name"] for row in found["rows"]], found["total"]) == (["e0", "e1"], 4)
    assert {row["against"]["value"] for row in found["rows"]} == {None}


# Checkout


def test_steps_go_by_their_number_and_errors_by_sessions(connection: Connection) -> None:
    step = [act("checkout_step", step=n, step_name=name) for n, name in ((1, "address"), (2, "payment"), (10, "review"))]
    visits = [
        visit("a", "2026-03-01 10:00", act("checkout"), *step, act("checkout_step", step_name="gift"), buy("a", 1)),
        visit(
            "b",
            "2026-03-01 10:10",
            act("checkout"),
            *step[:2],
            act("payment_error", code="x"),
            act("payment_error", code="x"),
        ),
        visit("c", "2026-03-01 10:20", buy("c", 1), step[0], act("coupon", action="denied")),
    ]
    with shop_of(connection, *visits, as_of=AS_OF) as ask:
        found = ask("checkout")
        some = ask("checkout", since=moment("2026-03-01 10:05"))
    assert [(row["name"], row["order"], pair(row["completed"])) for row in found["steps"]] == [
        ("address", 1, (1, 3)),
        ("payment", 2, (1, 2)),
        ("review", 10, (1, 1)),
        ("gift", None, (1, 1)),
    ]
    assert [(row["kind"], row["name"], row["events"], pair(row["completed"])) for row in found["errors"]] == [
        ("coupon_denied", "unknown", 1, (0, 1)),
        ("payment_error", "x", 2, (0, 1)),
    ]
    assert [(row["name"], row["sessions"]) for row in some["steps"]] == [("address", 2), ("payment", 1)]
