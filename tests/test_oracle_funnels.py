"""The oracle's funnels against cases worked out by hand."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from oracle_funnels import fits, step_of
from tiny_shop import NOON, shop_of, shop_of_visitors

JsonDict = dict[str, Any]

VIEW, ADD, BUY = "product_view", "add_to_cart", "purchase"


def asked(*steps: object, **options: Any) -> JsonDict:
    return {"steps": json.dumps(steps), **options}


def reached(result: JsonDict) -> list[int]:
    return [step["reached"] for step in result["steps"]]


@pytest.mark.parametrize(
    ("types", "mode", "steps", "expected"),
    [
        ("view add buy", "ordered", "view add buy", [1, 1, 1]),
        ("buy view add", "ordered", "view add buy", [1, 1, 0]),
        ("view engagement add", "strict", "view add", [1, 1]),
        ("view search add", "strict", "view add", [1, 0]),
        ("view search view add", "strict", "view add", [1, 1]),
        ("search view", "strict", "session view", [1, 0]),
        ("engagement view", "strict", "session view", [1, 1]),
        ("buy view add", "any", "view add buy", [1, 1, 1]),
        ("view", "any", "view view", [1, 0]),
        ("view view", "ordered", "view view", [1, 1]),
        ("add", "any", "view add", [0, 0]),
        ("add", "ordered", "session add", [1, 1]),
    ],
)
def test_steps_are_reached(types: str, mode: str, steps: str, expected: list[int]) -> None:
    names = {"view": VIEW, "add": ADD, "buy": BUY}
    shop = shop_of(*((n, names.get(name, name), {}) for n, name in enumerate(types.split())))
    options = asked(*(names.get(name, name) for name in steps.split()), mode=mode)
    assert reached(shop.measure("funnel", as_of=NOON, options=options)) == expected


@pytest.mark.parametrize(
    ("condition", "properties", "holds"),
    [
        ({"property": "color", "op": "is", "value": "RED "}, {"color": " red"}, True),
        ({"property": "size", "op": "is", "value": "5"}, {"size": 5.0}, True),
        ({"property": "size", "op": "is", "value": "5.0"}, {"size": 5}, False),
        ({"property": "gift", "op": "is", "value": "true"}, {"gift": True}, True),
        ({"property": "color", "op": "is", "value": "re*"}, {"color": "Red"}, True),
        ({"property": "color", "op": "is_not", "value": "red"}, {}, True),
        ({"property": "color", "op": "is_not", "value": "red"}, {"color": "RED"}, False),
        ({"property": "color", "op": "contains", "value": "e"}, {"color": "red"}, True),
        ({"property": "color", "op": "contains", "value": "e"}, {}, False),
        ({"property": "color", "op": "is_set"}, {"color": "  "}, False),
        ({"property": "tags", "op": "is_set"}, {"tags": []}, True),
        ({"property": "tags", "op": "is", "value": "a"}, {"tags": ["a"]}, False),
        ({"property": "weight", "op": "at_least", "value": 2}, {"weight": "2.0"}, True),
        ({"property": "weight", "op": "at_most", "value": 2}, {"weight": "two"}, False),
        ({"property": "quantity", "op": "at_most", "value": 1}, {}, False),
    ],
)
def test_conditions_hold(condition: JsonDict, properties: JsonDict, holds: bool) -> None:
    event = {"event_type": VIEW, "page": "", "properties": properties}
    assert fits(event, step_of({"type": VIEW, "where": [condition]})["any"], None) == holds


def test_conditions_on_a_product_must_hold_for_one_line() -> None:
    items = [{"product_id": "p1", "price": 5}, {"product_id": "p2", "price": 50}]
    event = {"event_type": BUY, "page": "", "properties": {"items": items}}
    cheap_p2 = [{"property": "product_id", "op": "is", "value": "p2"}, {"property": "price", "op": "at_most", "value": 9}]
    assert not fits(event, step_of({"type": BUY, "where": cheap_p2})["any"], None)
    assert fits(event, step_of({"type": BUY, "where": cheap_p2[1:]})["any"], "p1")
    assert not fits(event, step_of({"type": BUY, "where": cheap_p2[1:]})["any"], "p2")


def test_a_window_holds_its_last_millisecond_and_no_more() -> None:
    for seconds, expected in ((60, [1, 1]), (60.001, [1, 0])):
        shop = shop_of((0, VIEW, {}), (seconds, BUY, {}))
        options = asked(VIEW, BUY, unit="visitor", window_minutes=1)
        assert reached(shop.measure("funnel", as_of=NOON, options=options)) == expected


@pytest.mark.parametrize(
    ("minutes_later", "until_minutes", "states"),
    [(9, None, (0, 0, 1)), (10, None, (0, 1, 0)), (9, 5, (0, 0, 1)), (60, 5, (0, 0, 1)), (60, 10, (0, 1, 0))],
)
def test_a_visitor_is_in_time_until_the_window_is_over(minutes_later: int, until_minutes: int, states: object) -> None:
    until = NOON + timedelta(minutes=until_minutes) if until_minutes else None
    result = shop_of((0, VIEW, {})).measure(
        "funnel",
        as_of=NOON + timedelta(minutes=minutes_later),
        until=until,
        options=asked(VIEW, BUY, unit="visitor", window_minutes=10),
    )
    assert (result["converted"], result["dropped"], result["in_time"]) == states


def test_an_exclusion_ends_a_funnel_although_the_event_fits_a_step() -> None:
    shop = shop_of((0, VIEW, {}), (1, ADD, {"price": 1}), (2, BUY, {}))
    assert reached(shop.measure("funnel", as_of=NOON, options=asked(VIEW, ADD, BUY))) == [1, 1, 1]
    excluded = asked(VIEW, ADD, BUY, exclude=json.dumps([{"type": ADD, "where": [{"property": "price", "op": "is_set"}]}]))
    assert reached(shop.measure("funnel", as_of=NOON, options=excluded)) == [1, 0, 0]


def test_a_held_product_must_be_the_same_all_the_way() -> None:
    shop = shop_of((0, VIEW, {"product_id": "p1"}), (1, ADD, {"product_id": "p2"}), (2, BUY, {}))
    assert reached(shop.measure("funnel", as_of=NOON, options=asked(VIEW, BUY, hold="product"))) == [1, 1]
    assert reached(shop.measure("funnel", as_of=NOON, options=asked(VIEW, ADD, hold="product"))) == [1, 0]


def test_times_lie_in_the_bar_they_close_and_revenue_in_the_steps_before_it() -> None:
    shop = shop_of((0, VIEW, {}), (10, BUY, {"revenue": 4}), (7200, VIEW, {}), (7210.999, BUY, {}), (9999, BUY, {}))
    result = shop.measure("funnel", as_of=NOON, options=asked(VIEW, BUY))
    assert [bar["units"] for bar in result["time_to_convert"]["histogram"]][:2] == [2, 0]
    assert (result["steps"][1]["seconds_median"], result["outside"]) == (10, 1)
    assert result["steps"][1]["revenue"] == [{"currency": "USD", "amount": 4.0}]


def test_a_visitor_converts_across_sessions_and_counts_where_the_first_step_was() -> None:
    shop = shop_of_visitors(
        ("a", 0, VIEW, {"device": "mobile"}), ("a", 3, BUY, {"device": "desktop", "revenue": 9}), ("b", 1, VIEW, {})
    )
    options = asked(VIEW, BUY, unit="visitor", breakdown="device")
    result = shop.measure("funnel", as_of=NOON + timedelta(days=30), options=options)
    rows = {row["value"]: [step["reached"] for step in row["steps"]] for row in result["breakdown"]["rows"]}
    assert rows == {"mobile": [1, 1], "unknown": [1, 0]}
    assert (result["converted"], result["dropped"], result["conversions"]) == (1, 1, None)
    behind = [shop.behind("funnel", part, "1", as_of=NOON + timedelta(days=30), options=options) for part in PARTS]
    assert [len(sessions) for sessions in behind] == [2, 1]


PARTS = ("reached", "dropped")
