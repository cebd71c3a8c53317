from __future__ import annotations

import doctest
from collections import Counter
from typing import Any

import pytest

from clickstream import catalog
from clickstream.catalog import Product, parse_product, parse_products, query_words, searchable_text
from clickstream.errors import InvalidInput
from clickstream.simulate import sample_products, shelf

GOOD: dict[str, Any] = {"product_id": "MUG-1", "name": "Blue mug", "category": "Kitchen", "price": 12.5}


def test_a_product_needs_four_fields_and_gets_defaults_for_the_rest() -> None:
    product = parse_product(GOOD, "EUR")

    assert product == Product(product_id="MUG-1", name="Blue mug", category="Kitchen", price=12.5, currency="EUR")
    assert (product.brand, product.tags, product.stock, product.description) == ("", [], 0, "")
    assert not product.in_stock


def test_a_null_field_counts_as_absent_and_texts_are_trimmed() -> None:
    product = parse_product({**GOOD, "name": "  Blue mug ", "brand": None, "currency": "USD", "stock": 3}, "EUR")

    assert (product.name, product.brand, product.currency, product.in_stock) == ("Blue mug", "", "USD", True)


@pytest.mark.parametrize("price", [0, 1, 9.99, 0.0001, 1e9, 1e-4])
def test_prices_have_at_most_four_decimals_and_may_be_zero(price: float) -> None:
    assert parse_product({**GOOD, "price": price}, "EUR").price == price


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price", -0.01),
        ("price", 0.00001),
        ("price", 12.34567),
        ("price", "12.50"),
        ("price", True),
        ("price", float("nan")),
        ("price", float("inf")),
        ("price", 10**400),
        ("stock", -1),
        ("stock", 1.5),
        ("stock", True),
        ("currency", "eur"),
        ("currency", "EURO"),
        ("product_id", ""),
        ("product_id", "   "),
        ("product_id", "a/b"),
        ("product_id", "x" * 101),
        ("product_id", 7),
        ("product_id", {"$gt": ""}),
        ("name", ""),
        ("name", "x" * 201),
        ("name", "null \x00 byte"),
        ("category", "lone \ud800 surrogate"),
        ("tags", "mug"),
        ("tags", ["mug", 3]),
        ("tags", ["x"] * 51),
        ("tags", ["nul\x00"]),
        ("description", "x" * 5001),
    ],
)
def test_it_refuses_a_bad_value_naming_the_field(field: str, value: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_product({**GOOD, field: value}, "EUR")

    assert list(caught.value.fields) == [field]
    assert caught.value.code == "invalid_product"
    assert field in caught.value.message


def test_it_names_everything_that_is_wrong_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_product({"name": "", "price": -1, "prize": 3}, "EUR")

    assert set(caught.value.fields) == {"product_id", "category", "name", "price", "prize"}
    assert caught.value.fields["prize"] == "is not a product field"


@pytest.mark.parametrize("raw", [None, 3, "mug", [GOOD]])
def test_something_that_is_no_object_is_no_product(raw: object) -> None:
    with pytest.raises(InvalidInput):
        parse_product(raw, "EUR")


def test_good_products_are_kept_when_others_are_refused() -> None:
    products, rejected = parse_products([GOOD, {**GOOD, "price": "?"}, {**GOOD, "product_id": "MUG-2"}], "EUR")

    assert [product.product_id for product in products] == ["MUG-1", "MUG-2"]
    assert [(refused.index, refused.code) for refused in rejected] == [(1, "invalid_product")]
    assert list(rejected[0].fields) == ["price"]


def test_of_two_products_with_one_id_the_last_counts() -> None:
    products, _ = parse_products([GOOD, {**GOOD, "price": 1}], "EUR")

    assert [product.price for product in products] == [1]


def test_a_query_looks_in_every_text_of_a_product_without_regard_to_case() -> None:
    product = parse_product({**GOOD, "brand": "Oakmere", "tags": ["Gift"], "description": "Größe M"}, "EUR")
    text = searchable_text(product)

    for query in ("blue MUG", "kitchen", "oakmere gift", "GRÖSSE"):
        assert all(word in text for word in query_words(query)), query
    assert not all(word in text for word in query_words("red mug"))


def test_the_sample_assortment_is_a_real_shop_s_size_and_spread() -> None:
    products = sample_products("EUR")
    sizes = Counter(product.category for product in products)
    prices = sorted(product.price for product in products)
    sold_out = [product for product in products if not product.in_stock]

    assert len(products) >= 120
    assert len(sizes) >= 10
    assert min(sizes.values()) >= 8
    assert len({product.product_id for product in products}) == len({product.name for product in products}) == len(products)
    assert prices[0] < 10 < prices[len(prices) // 2] < 100 < prices[-1]
    assert 5 <= len(sold_out) <= len(products) // 8
    assert {product.currency for product in products} == {"EUR"}
    assert all(product.tags and product.description and product.brand for product in products)


@pytest.mark.parametrize("module", [catalog, shelf])
def test_the_examples_in_the_docstrings_are_true(module: Any) -> None:
    outcome = doctest.testmod(module)

    assert outcome.attempted > 0
    assert outcome.failed == 0
