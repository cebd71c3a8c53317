"""The trail of a session: its events in order, with their times and pages, in a few bytes each."""

from __future__ import annotations

from datetime import timedelta

import pytest
from event_made import made, session

from clickstream.events import ENGAGING_TYPES, REFUND_TYPES, VIEWS
from clickstream.trails import CODES, FIRST_OTHER, FIRST_PAGE, NO_PAGE, offsets_of


def test_every_type_with_a_meaning_has_a_letter_of_its_own() -> None:
    assert VIEWS | ENGAGING_TYPES | REFUND_TYPES | {"engagement"} <= CODES.keys()
    assert len(set(CODES.values())) == len(CODES)
    assert all(len(code) == 1 and ord(code) < FIRST_OTHER for code in CODES.values())


def test_it_has_one_letter_an_event_in_event_order_and_names_other_types() -> None:
    events = (made("zoom", 3), made("pageview", 0), made("add_to_cart", 2), made("aha", 4), made("zoom", 5))
    trail = session(*sorted(events, key=lambda event: event.order)).trail
    assert trail.types == "pa" + chr(FIRST_OTHER + 1) + chr(FIRST_OTHER) + chr(FIRST_OTHER + 1)
    assert trail.names == ["aha", "zoom"]


def test_ties_stand_in_event_order() -> None:
    events = (made("purchase", 1, "b"), made("checkout", 1, "a"), made("search", 1, "c", position=-1))
    assert session(*sorted(events, key=lambda event: event.order)).trail.types == "sbz"


@pytest.mark.parametrize(
    ("last_ms", "width"),
    [(0, 4), (1, 4), (2**32 - 1, 4), (2**32, 8), (int(timedelta(days=36_500) / timedelta(milliseconds=1)), 8)],
)
def test_times_are_milliseconds_since_the_start_however_long_a_session_is(last_ms: int, width: int) -> None:
    trail = session(made("pageview", 0, session_id="s"), made("pageview", last_ms / 1000, session_id="s")).trail
    assert len(trail.ms) == 2 * width
    assert list(offsets_of(trail.ms, 2)) == [0, last_ms]


def test_views_point_at_the_session_s_pages() -> None:
    events = (
        made("pageview", 0, page="/b"),
        made("search", 1, page="/search"),
        made("product_view", 2),
        made("product_view", 3, page="/a"),
        made("pageview", 4, page="/b"),
    )
    found = session(*events)
    assert [row[0] for row in found.pages] == ["/a", "/b"]
    assert found.trail.pages == chr(FIRST_PAGE + 1) + NO_PAGE + chr(FIRST_PAGE) + chr(FIRST_PAGE + 1)


def test_own_orders_say_where_in_the_trail_they_were_placed() -> None:
    events = (
        made("pageview", 0),
        made("purchase", 1, order_id="o1", revenue=5),
        made("purchase", 2, order_id="o1", revenue=5),
        made("purchase", 3, revenue=2),
    )
    assert [sale["position"] for sale in session(*events).sales] == [1, 3]


def test_a_loose_group_leaves_no_trail() -> None:
    assert session(made("engagement"), made("refund", 1)).trail.types == ""
