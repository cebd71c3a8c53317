"""Properties that metrics read are cleaned or refused; all others are kept as they are."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parsing import BUY, PLAIN, fields_of, parsed

from clickstream.ingest.limits import Refused
from clickstream.money import units
from clickstream.orders import order_revenue


@pytest.mark.parametrize(("device", "expected"), [({"type": "mobile"}, "mobile"), (" tv ", "tv"), (5, "5"), ({}, None)])
def test_a_device_is_text_or_an_object_with_a_type(device: object, expected: str | None) -> None:
    assert parsed({**PLAIN, "device": device}).properties.get("device") == expected


@pytest.mark.parametrize("name", ["device", "country", "variant", "product_id", "order_id", "query", "source"])
@pytest.mark.parametrize("value", [True, 1.5, [1], {"type": {"a": 1}}])
def test_text_a_metric_reads_must_be_text(name: str, value: object) -> None:
    assert fields_of({**PLAIN, "properties": {name: value}}) == {f"properties.{name}"}


@pytest.mark.parametrize("name", ["product_id", "order_id"])
def test_ids_of_things_are_as_short_as_ids_of_people(name: str) -> None:
    assert parsed({**PLAIN, name: " " + "x" * 200}).properties == {name: "x" * 200}
    assert fields_of({**PLAIN, name: "x" * 201}) == {f"properties.{name}"}


AMOUNTS = {
    "product_view": ["price"],
    "add_to_cart": ["price", "cart_value"],
    "remove_from_cart": ["price", "cart_value"],
    "cart_view": ["cart_value"],
    "purchase": ["price", "revenue", "subtotal", "total", "total_amount", "value", "tax", "shipping", "discount"],
    "refund": ["amount"],
    "order_cancel": ["amount"],
}
AMOUNT_FIELDS = [(event_type, name) for event_type, names in AMOUNTS.items() for name in names]


@pytest.mark.parametrize(("event_type", "name"), AMOUNT_FIELDS)
@pytest.mark.parametrize("value", ["much", True, [], {}, -1, "-0.01", 1e12, "1e12", "NaN", "Infinity", "1,5", "1e9999999"])
def test_an_amount_that_cannot_be_added_is_refused(event_type: str, name: str, value: object) -> None:
    assert fields_of({"event_type": event_type, "client_id": "c", name: value}) == {f"properties.{name}"}


@pytest.mark.parametrize(("event_type", "name"), AMOUNT_FIELDS)
@pytest.mark.parametrize("value", [0, 12, 12.5, "12.50", 100_000_000_000, "1e3", "0.00001", " 5 "])
def test_amounts_are_numbers_or_spell_one(event_type: str, name: str, value: object) -> None:
    assert parsed({"event_type": event_type, "client_id": "c", name: value}).properties == {name: value}


@pytest.mark.parametrize(
    ("event_type", "name"),
    [("add_to_cart", "quantity"), ("purchase", "quantity"), ("search", "results_count"), ("search", "page_no")],
)
@pytest.mark.parametrize("value", [-1, 1.5, "2", True, [], 1_000_000_001])
def test_a_count_is_a_whole_number(event_type: str, name: str, value: object) -> None:
    assert fields_of({"event_type": event_type, "client_id": "c", name: value}) == {f"properties.{name}"}


def test_an_empty_number_counts_as_left_out() -> None:
    event = parsed({**BUY, "revenue": "", "quantity": "", "items": [{"product_id": "p1", "price": "", "quantity": ""}]})
    assert event.properties == {"items": [{"product_id": "p1"}]}


@pytest.mark.parametrize("items", ["p1", {}, [1], [["p1"]], [{"product_id": "p1"}, None], True, 0])
def test_items_are_a_list_of_objects(items: object) -> None:
    assert fields_of({**BUY, "items": items}) == {"properties.items"}


def test_each_line_is_checked_and_named() -> None:
    items = [{"product_id": 5}, {"product_id": ["a"]}, {"price": -1}, {"quantity": 1.5}, {"product_id": "x" * 201}]
    assert fields_of({**BUY, "items": items}) == {
        "properties.items[1].product_id",
        "properties.items[2].price",
        "properties.items[3].quantity",
        "properties.items[4].product_id",
    }


def test_lines_are_cleaned() -> None:
    assert parsed({**BUY, "items": [{"product_id": " 7 ", "name": None}]}).properties["items"] == [{"product_id": "7"}]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"price": 1_000_000, "quantity": 100_001}, "properties.quantity"),
        ({"items": [{"price": "6e10"}, {"price": 6e10}]}, "properties.items"),
        ({"items": [{"price": 1, "quantity": 1_000_000_000}] * 101}, "properties.items"),
    ],
)
def test_lines_together_are_worth_no_more_than_one_amount(given: dict[str, Any], name: str) -> None:
    assert fields_of({**BUY, **given}) == {name}
    assert parsed({**PLAIN, **given}).properties == given  # what no metric reads is kept


@pytest.mark.parametrize(("given", "kept"), [("eur", "EUR"), (" usd ", "USD"), ("", None), (None, None)])
def test_a_currency_is_three_letters(given: object, kept: str | None) -> None:
    assert parsed({**BUY, "currency": given}).properties.get("currency") == kept


@pytest.mark.parametrize("value", ["EURO", "€", "E1R", "ÉUR", 978, ["EUR"], True])
def test_what_is_no_currency_is_refused(value: object) -> None:
    assert fields_of({**BUY, "currency": value}) == {"properties.currency"}


@settings(deadline=None)
@given(st.text() | st.integers() | st.floats() | st.sampled_from(["1e9999999", "1e-9999999999", "1_0", "1__0", "٣", "+5"]))
def test_whatever_is_accepted_as_an_amount_can_be_counted(value: object) -> None:
    with contextlib.suppress(Refused):
        kept = parsed({**BUY, "price": value, "quantity": 2}).properties
        if "price" in kept:
            revenue, basis = order_revenue({"price": kept["price"], "quantity": 2})
            assert basis == "items"
            assert revenue is not None
            assert revenue >= 0
            assert abs(revenue - units(kept["price"]) * 2) <= 1
