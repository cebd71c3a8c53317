"""Which events fit a step: conditions on text, numbers, absence, pages and the lines of products."""

from __future__ import annotations

from typing import Any

import pytest
from event_made import made

from clickstream.metrics.funnels.fitting import EXCLUDED, INTERACTIVE, Fitting, holds, text_of
from clickstream.metrics.funnels.steps import Alternative, Condition, Step, read_steps

RED = Condition("colour", "is", "Red ")


HOLDS: list[tuple[str, Any, Any, bool]] = [
    ("is", "red", " RED", True),
    ("is", "STRASSE", "straße", True),
    ("is", "red", "reddish", False),
    ("is", "/p/*", "/P/12/reviews", True),
    ("is", "/p/*", "/c/p/", False),
    ("is", "*", "anything", True),
    ("is", "*", None, False),
    ("is", 5, "5", True),
    ("is", 5, 5.0, True),
    ("is", "7.5", 7.50, True),
    ("is", True, "TRUE", True),
    ("is", "true", True, True),
    ("is", "[1]", [1], False),
    ("is_not", "red", "blue", True),
    ("is_not", "red", "RED", False),
    ("is_not", "red", None, True),
    ("is_not", "red", "  ", True),
    ("is_not", "red", {"red": 1}, True),
    ("contains", "RE", "tired", True),
    ("contains", 5, 150, True),
    ("contains", "x", None, False),
    ("at_least", 5, 5, True),
    ("at_least", 5, "5.00", True),
    ("at_least", 5, 4.999, False),
    ("at_least", "-1", 0, True),
    ("at_most", 5, "5.0001", False),
    ("at_most", 5, " 5 ", True),
    ("at_least", 0, "many", False),
    ("at_least", 0, True, False),
    ("at_least", 0, None, False),
    ("at_most", 0, "NaN", False),
    ("at_least", 0, "Infinity", False),
    ("is_set", None, 0, True),
    ("is_set", None, False, True),
    ("is_set", None, [], True),
    ("is_set", None, " ", False),
    ("is_set", None, None, False),
]


@pytest.mark.parametrize(("op", "wanted", "value", "expected"), HOLDS)
def test_a_condition_holds(op: str, wanted: Any, value: Any, expected: bool) -> None:
    assert holds(Condition("it", op, wanted), value) is expected


@pytest.mark.parametrize(("value", "text"), [(5.0, "5"), (1e22, "1" + "0" * 22), (0.1, "0.1"), (-3, "-3"), (False, "false")])
def test_a_number_reads_as_its_shortest_decimal(value: Any, text: str) -> None:
    assert text_of(value) == text


def fits(condition: dict[str, Any] | list[dict[str, Any]], event_type: str = "add_to_cart", **given: Any) -> bool:
    where = condition if isinstance(condition, list) else [condition]
    (step, _) = read_steps([{"type": event_type, "where": where}, "purchase"])
    return bool(Fitting([step], ()).of_event(made(event_type, **given)) & 1)


def test_conditions_on_a_product_must_hold_of_one_line_together() -> None:
    cheap_shoe = [
        {"property": "category", "op": "is", "value": "shoes"},
        {"property": "price", "op": "at_most", "value": 10},
    ]
    assert fits(cheap_shoe, items=[{"category": "hats", "price": 50}, {"category": "shoes", "price": 9}])
    assert not fits(cheap_shoe, items=[{"category": "hats", "price": 5}, {"category": "shoes", "price": 90}])
    assert fits(cheap_shoe, category="Shoes", price="10.00")


def test_items_stand_for_the_event_where_there_are_any() -> None:
    mug = {"property": "product_id", "op": "is", "value": "mug"}
    assert fits(mug, product_id="mug")
    assert fits(mug, product_id="mug", items=[])
    assert not fits(mug, product_id="mug", items=[{"product_id": "cup"}])
    assert fits(mug, product_id="mug", items="none of ours", event_type="zoom")


def test_an_absent_quantity_is_absent_although_a_cart_takes_it_for_one() -> None:
    assert not fits({"property": "quantity", "op": "at_least", "value": 1}, product_id="mug")


def test_all_conditions_must_hold_and_a_page_is_the_event_s() -> None:
    on_page = {"property": "page", "op": "is", "value": "/sale/*"}
    red = {"property": "colour", "op": "is", "value": "red"}
    assert fits([on_page, red], page="/sale/1", colour="Red")
    assert not fits([on_page, red], page="/sale/1")
    assert not fits([on_page, red], colour="red", **{"page": "/new"})


def test_a_mark_has_a_bit_for_every_step_and_exclusion_that_fits() -> None:
    steps = [Step("", (Alternative("search"), Alternative("zoom", (RED,)))), Step("", (Alternative("zoom"),))]
    fitting = Fitting(steps, [Alternative("zoom", (RED,)), Alternative("engagement")])
    assert fitting.of_event(made("zoom", colour="red")) == 0b11 | EXCLUDED | INTERACTIVE
    assert fitting.of_event(made("zoom", colour="blue")) == 0b10 | INTERACTIVE
    assert fitting.of_type("search") == 0b01 | INTERACTIVE
    assert fitting.of_type("engagement") == EXCLUDED
    assert (fitting.of_type("login"), fitting.conditional) == (INTERACTIVE, frozenset(("zoom",)))


def test_an_event_counts_for_each_product_it_names_by_its_own_lines() -> None:
    dear = Condition("price", "at_least", 10)
    fitting = Fitting([Step("", (Alternative("add_to_cart", (dear,)),))], ())
    items = [{"product_id": "mug", "price": 5}, {"product_id": "cup", "price": 10}, {"price": 99}]
    assert fitting.by_product(made("add_to_cart", items=items)) == {"mug": INTERACTIVE, "cup": INTERACTIVE | 1}
    assert fitting.by_product(made("add_to_cart", price=10)) is None
