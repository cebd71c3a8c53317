"""Funnels measured: what trails and events tell together, states, breakdowns, and the window before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from shop_check import Shop, empty_shop
from shops import last_moment, random_shop

from clickstream import metrics
from clickstream.scope import Scope
from clickstream.store.connect import Connection

Json = dict[str, Any]
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
VIEW, ADD, BUY = "product_view", "add_to_cart", "purchase"


@pytest.fixture
def shop(connection: Connection) -> Iterator[Shop]:
    with empty_shop(connection, NOON, "Europe/Berlin") as found:
        yield found


def event(
    event_type: str, minutes: float, session: str = "s", *, before: timedelta = timedelta(hours=2), **more: Any
) -> Json:
    envelope = {name: more.pop(name) for name in ("user_id", "page") if name in more}
    moment = (NOON - before + timedelta(minutes=minutes)).isoformat()
    return {"event_type": event_type, "timestamp": moment, "session_id": session, **envelope, "properties": more}


def measured(shop: Shop, scope: Json | None = None, **options: Any) -> Json:
    shop.catch_up()
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in options.items()}
    answer = metrics.measure(shop.store, "funnel", Scope(**{"as_of": NOON, **(scope or {})}), texts)
    assert all(line["holds"] for line in answer.reconciliation)
    return answer.result  # type: ignore[no-any-return]


def reached(result: Json) -> list[int]:
    return [step["reached"] for step in result["steps"]]


def sessions(shop: Shop, of: str, step: int, **options: Any) -> list[str]:
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in options.items()}
    wanted = metrics.Wanted("funnel", of, str(step), texts)
    found = metrics.sessions_behind(shop.store, Scope(as_of=NOON), wanted, limit=100)
    assert found.total == len(found.sessions)
    return sorted(one.session.session_id for one in found.sessions)


@pytest.mark.parametrize("seed", [1, 2])
def test_days_and_trails_tell_the_default_funnel_alike(connection: Connection, seed: int) -> None:
    events = random_shop(Random(seed), 40)
    with empty_shop(connection, last_moment(events) + timedelta(minutes=5)) as shop:
        shop.receive(events)
        scope = {"as_of": shop.clock()}
        by_days, by_trails = measured(shop, scope), measured(shop, scope, breakdown="device")
    assert by_trails.pop("breakdown")["rows"]
    by_days.pop("breakdown")
    by_days["steps"][0]["revenue"] = [row for row in by_days["steps"][0]["revenue"] if row["amount"]]
    assert by_trails == by_days


def test_times_and_revenue_are_those_from_the_step_on(shop: Shop) -> None:
    shop.receive([
        event(BUY, 0, order_id="o1", revenue=5),
        event(VIEW, 1), event(ADD, 1 + 30 / 60), event(BUY, 2, order_id="o2", revenue=7),
        event(BUY, 3, order_id="o3", revenue=11),
    ])  # fmt: skip
    result = measured(shop, steps=[VIEW, ADD, BUY])
    amounts = [step["revenue"][0]["amount"] for step in result["steps"]]
    assert (reached(result), amounts) == ([1, 1, 1], [18, 18, 18])
    assert [step["seconds_median"] for step in result["steps"]] == [None, 30, 30]
    assert (result["conversions"], result["outside"], result["in_time"]) == (1, 0, None)
    bars = {bar["to_seconds"]: bar["units"] for bar in result["time_to_convert"]["histogram"]}
    assert (bars[30], bars[60], bars[180], sum(bars.values())) == (0, 1, 0, 1)


def test_revenue_at_the_last_step_leaves_out_what_was_bought_before_it(shop: Shop) -> None:
    shop.receive([event(BUY, 0, order_id="o1", revenue=5), event("search", 1), event(BUY, 2, order_id="o2", revenue=7)])
    result = measured(shop, steps=["session", "search"])
    assert [step["revenue"][0]["amount"] for step in result["steps"]] == [12, 7]
    assert (result["conversions"], result["outside"]) == (None, None)


def test_a_product_is_held_through_items_and_events_that_name_none(shop: Shop) -> None:
    shop.receive([
        event(VIEW, 0, product_id="mug"), event(VIEW, 1, product_id="cup"),
        event("checkout", 2),
        event(BUY, 3, items=[{"product_id": "cup", "price": 1}, {"product_id": "pan", "price": 2}]),
        event(VIEW, 0, "t", product_id="mug"), event("checkout", 1, "t"), event(BUY, 2, "t", product_id="cup"),
    ])  # fmt: skip
    steps = [VIEW, "checkout", BUY]
    assert reached(measured(shop, steps=steps)) == [2, 2, 2]
    held = measured(shop, steps=steps, hold="product")
    assert reached(held) == [2, 2, 1]
    assert held["steps"][1]["seconds_median"] == 60  # from the cup's view: the cup got furthest
    assert sessions(shop, "dropped", 2, steps=steps, hold="product") == ["t"]


def test_a_held_product_counts_with_its_own_lines_only(shop: Shop) -> None:
    dear = {"type": ADD, "where": [{"property": "price", "op": "at_least", "value": 10}]}
    shop.receive([
        event(VIEW, 0, product_id="mug"),
        event(ADD, 1, items=[{"product_id": "mug", "price": 5}, {"product_id": "cup", "price": 20}]),
    ])  # fmt: skip
    assert reached(measured(shop, steps=[VIEW, dear])) == [1, 1]
    assert reached(measured(shop, steps=[VIEW, dear], hold="product")) == [1, 0]


def test_an_exclusion_with_a_condition_ends_only_what_it_names(shop: Shop) -> None:
    shop.receive([event(VIEW, 0), event("coupon", 1, action="denied"), event(BUY, 2)])
    shop.receive([event(VIEW, 0, "t"), event("coupon", 1, "t", action="applied"), event(BUY, 2, "t")])
    denied = [{"type": "coupon", "where": [{"property": "action", "op": "is", "value": "denied"}]}]
    assert reached(measured(shop, steps=[VIEW, BUY], exclude=["coupon"])) == [2, 0]
    assert reached(measured(shop, steps=[VIEW, BUY], exclude=denied)) == [2, 1]


def test_equal_times_keep_the_order_in_which_events_came(shop: Shop) -> None:
    shop.receive([event(BUY, 0, price=1), event(VIEW, 0, price=20), event(VIEW, 0, price=1)])
    cheap = {"type": VIEW, "where": [{"property": "price", "op": "is", "value": 1}]}
    dear = {"type": VIEW, "where": [{"property": "price", "op": "is", "value": 20}]}
    assert reached(measured(shop, steps=[dear, cheap])) == [1, 1]
    assert reached(measured(shop, steps=[cheap, dear])) == [1, 0]
    assert reached(measured(shop, steps=[BUY, VIEW])) == [1, 1]


WEEK, DAY = timedelta(days=7), timedelta(days=1)


def test_visitors_convert_across_sessions_are_in_time_or_dropped(shop: Shop) -> None:
    late = timedelta(days=6, hours=23)
    for name, before in (("converts", late), ("waits", late), ("left", WEEK), ("stopped", late)):
        shop.receive([event(VIEW, 0, f"{name}1", before=before, user_id=name, device="tv")])
    shop.receive([event(BUY, 0, "converts2", before=DAY, user_id="converts", device="phone")])
    shop.receive([event("zoom", 0, "stopped2", before=DAY, user_id="stopped")])
    asked: Json = {"steps": [VIEW, BUY], "unit": "visitor", "exclude": ["zoom"]}
    result = measured(shop, **asked, breakdown="device")
    assert reached(result) == [4, 1]
    assert (result["converted"], result["in_time"], result["dropped"]) == (1, 1, 2)
    assert [row["value"] for row in result["breakdown"]["rows"]] == ["tv"]
    assert sessions(shop, "reached", 2, **asked) == ["converts2"]
    assert sessions(shop, "dropped", 1, **asked) == ["left1", "stopped1"]
    hour_later = measured(shop, {"as_of": NOON + timedelta(hours=1)}, **asked)
    assert (hour_later["in_time"], hour_later["dropped"]) == (0, 3)


@pytest.mark.parametrize(("later", "expected"), [(0, [1, 1]), (0.001, [1, 0])])
def test_a_window_holds_an_event_at_its_very_end(shop: Shop, later: float, expected: list[int]) -> None:
    shop.receive([event(VIEW, 0, "a", user_id="u"), event(BUY, 30 + later / 60, "b", user_id="u")])
    assert reached(measured(shop, steps=[VIEW, BUY], unit="visitor", window_minutes="30")) == expected


def test_beyond_twenty_values_the_rest_is_one_row(shop: Shop) -> None:
    shop.receive([event(VIEW, 0, f"s{n}", country=f"c{n:02}") for n in range(23)] + [event(VIEW, 0, "x", country="c22")])
    breakdown = measured(shop, breakdown="country")["breakdown"]
    values = [row["value"] for row in breakdown["rows"]]
    assert values == ["c22", *(f"c{n:02}" for n in range(19)), "(other)"]
    assert breakdown["rows"][-1]["steps"][0]["reached"] == breakdown["other"] == 3


def test_the_window_before_is_a_week_of_local_days_back_also_where_clocks_change(shop: Shop) -> None:
    """The week from Monday 30 March 2026 in Berlin begins at 22:00 UTC, the one before at 23:00."""
    monday = datetime(2026, 3, 29, 22, tzinfo=UTC)
    back = timedelta(days=7) - timedelta(hours=1)
    for name, moment in (("first", monday - back), ("early", monday - back - timedelta(milliseconds=1)), ("now", monday)):
        shop.clock.now = max(shop.clock(), moment)
        shop.receive([{"event_type": VIEW, "timestamp": moment.isoformat(), "session_id": name}])
    scope = {"since": monday, "until": monday + timedelta(days=7), "as_of": monday + timedelta(days=30)}
    for options in ({}, {"steps": ["session", VIEW]}):
        result = measured(shop, scope, compare="previous", **options)
        assert reached(result)[:2] == [1, 1]
        assert reached(result["previous"])[:2] == [1, 1]
        assert result["previous"]["scope"] == {"since": "2026-03-22T23:00:00.000Z", "until": "2026-03-29T22:00:00.000Z"}


def test_without_data_before_the_window_before_is_unknown(shop: Shop) -> None:
    shop.receive([event(VIEW, 0)])
    scope = {"since": NOON - timedelta(hours=12), "until": NOON}
    assert measured(shop, scope, compare="previous")["previous"] is None


def test_a_shop_without_sessions_is_explicitly_empty(shop: Shop) -> None:
    result = measured(shop, steps=[VIEW, {"type": BUY, "where": [{"property": "x", "op": "is_set"}]}], unit="visitor")
    assert reached(result) == [0, 0]
    assert result["steps"][0]["step_rate"]["value"] is None
    assert (result["time_to_convert"], result["in_time"], result["converted"]) == (None, 0, 0)


def test_events_the_sessions_do_not_know_yet_do_not_count(shop: Shop) -> None:
    shop.receive([event(VIEW, 0, colour="red"), event(ADD, 1)])
    shop.catch_up()
    shop.receive([event(VIEW, 0.5, colour="blue")])
    blue = {"type": VIEW, "where": [{"property": "colour", "op": "is", "value": "blue"}]}
    answer = metrics.measure(shop.store, "funnel", Scope(as_of=NOON), {"steps": [blue, ADD]})
    assert reached(answer.result) == [0, 0]
    assert reached(measured(shop, steps=[blue, ADD])) == [1, 1]
