from __future__ import annotations

from typing import Any

import pytest

from clickstream.catalog import Product
from clickstream.simulate import sample_products
from clickstream.simulate.shelf import Shelf
from clickstream.store import Store
from clickstream.store.products import SORTS, Place, Sort, Upserted, Wanted


def product(product_id: str, **values: Any) -> Product:
    given = {"name": f"Product {product_id}", "category": "Kitchen", "price": 10.0, "currency": "EUR", "stock": 5, **values}
    return Product(product_id=product_id, **given)


def ids(products: list[Product]) -> list[str]:
    return [product.product_id for product in products]


def test_a_stored_product_comes_back_as_it_was(store: Store) -> None:
    mug = product("m1", tags=["gift", "blue"], brand="Oakmere", price=0.0001, description="Größe M")
    store.products.upsert([mug])

    assert store.products.all() == store.products.get(["m1", "unknown"]) == [mug]


def test_upserting_says_how_many_are_new_changed_and_unchanged(store: Store) -> None:
    assert store.products.upsert([product("a"), product("b")]) == Upserted(2, 0, 0)
    assert store.products.upsert([product("a"), product("b", price=11.0), product("c")]) == Upserted(1, 1, 1)
    assert store.products.upsert([]) == Upserted(0, 0, 0)
    assert [found.price for found in store.products.all()] == [10.0, 11.0, 10.0]


def test_products_that_are_not_handed_over_stay(store: Store) -> None:
    store.products.upsert([product("own")])
    store.products.upsert([product("a")])

    assert ids(store.products.all()) == ["a", "own"]
    assert store.products.count() == 2


def test_a_dry_run_counts_and_stores_nothing(store: Store) -> None:
    store.products.upsert([product("a")])

    assert store.products.upsert([product("a", stock=0), product("b")], dry_run=True) == Upserted(1, 1, 0)
    assert store.products.all() == [product("a")]


def test_conditions_apply_all_at_once(store: Store) -> None:
    store.products.upsert(
        [
            product("a", name="Blue mug", stock=0),
            product("b", name="Red mug", tags=["Gift"]),
            product("c", name="Red tent", category="Outdoor"),
            product("d", name="100% (pure) cotton"),
        ]
    )
    rows = {
        "category": (Wanted(category="Outdoor"), ["c"]),
        "in stock": (Wanted(in_stock=True), ["b", "c", "d"]),
        "sold out": (Wanted(in_stock=False), ["a"]),
        "one word, any case": (Wanted(query="MUG"), ["a", "b"]),
        "all words": (Wanted(query="gift mug"), ["b"]),
        "signs are taken literally": (Wanted(query="100% (pure)"), ["d"]),
        "no pattern": (Wanted(query=".*"), []),
        "together": (Wanted(category="Kitchen", in_stock=True, query="red"), ["b"]),
        "unknown category": (Wanted(category="kitchen"), []),
    }
    for label, (wanted, expected) in rows.items():
        assert ids(store.products.page(wanted, limit=10)) == expected, label


@pytest.mark.parametrize("sort", SORTS)
def test_pages_follow_each_other_without_gap_or_repeat_even_through_ties(store: Store, sort: Sort) -> None:
    products = [product(f"p{place:02d}", price=place % 3, stock=place % 4, name=f"N{place % 5}") for place in range(23)]
    store.products.upsert(products)
    field = sort.removeprefix("-")
    expected = sorted(products, key=lambda each: (getattr(each, field), each.product_id), reverse=sort.startswith("-"))

    seen: list[Product] = []
    after = None
    while page := store.products.page(Wanted(), sort=sort, limit=4, after=after):
        seen += page
        after = Place(getattr(page[-1], field), page[-1].product_id)

    assert ids(seen) == ids(expected)


def test_a_query_finds_what_the_simulated_shop_s_search_finds(store: Store) -> None:
    products = sample_products("EUR")
    store.products.upsert(products)
    shelf = Shelf(products)

    for query in ("linen shirt", "WOOL", "usb-c", "bath", "women's", "yoga mat", "air fryer", "gift kids"):
        found = store.products.page(Wanted(query=query), limit=200)
        assert ids(found) == sorted(shelf.products[index].product_id for index in shelf.find(query)), query
