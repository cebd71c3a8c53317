"""Sessions as docs/definitions.md has them: where they are cut, what they are called, whose they are, what they count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from event_made import MONDAY, made, session

from clickstream.events import Event
from clickstream.sessions import MAX_BYTES, MAX_DIMENSION, MAX_EVENTS, cut_groups

GAP = timedelta(minutes=30)
MINUTES = 60


def cut(*events: Event) -> list[list[str]]:
    ordered = sorted(events, key=lambda event: event.order)
    return [[event.event_id for event in group] for group in cut_groups(ordered, GAP)]


# Where sessions are cut


@pytest.mark.parametrize(
    ("pause_seconds", "groups"), [(0, 1), (30 * MINUTES, 1), (30 * MINUTES + 0.001, 2), (24 * 60 * MINUTES, 2)]
)
def test_a_client_s_events_are_cut_where_the_pause_is_more_than_half_an_hour(pause_seconds: float, groups: int) -> None:
    assert len(cut(made("pageview"), made("product_view", pause_seconds))) == groups


def test_the_pause_is_from_event_to_event_not_from_the_start() -> None:
    assert len(cut(*(made("pageview", 29 * MINUTES * n) for n in range(50)))) == 1


def test_an_engagement_keeps_a_session_together() -> None:
    assert len(cut(made("pageview"), made("engagement", 20 * MINUTES), made("product_view", 40 * MINUTES))) == 1


def test_midnight_login_and_campaign_cut_nothing() -> None:
    late = 14.9 * 60 * MINUTES
    events = (
        made("pageview", late, client_id="ann"),
        made("pageview", late + 10 * MINUTES, client_id="ann", user_id="u"),
        made("pageview", late + 20 * MINUTES, client_id="ann", utm={"source": "google"}),
    )
    assert len(cut(*events)) == 1
    assert session(*events).day == "2026-03-02"


def test_a_session_the_client_sent_is_one_session_however_long_it_pauses() -> None:
    assert cut(made("pageview", session_id="s", event_id="a"), made("pageview", 999_999, session_id="s", event_id="b")) == [
        ["a", "b"]
    ]


def test_ties_are_told_apart_by_arrival_then_place_in_the_request_then_id() -> None:
    early, late = MONDAY + timedelta(hours=1), MONDAY + timedelta(hours=2)
    events = [
        made("pageview", 0, "d", received_at=late, position=0),
        made("pageview", 0, "c", received_at=early, position=2),
        made("pageview", 0, "b", received_at=early, position=2),
        made("pageview", 0, "e", received_at=early, position=1),
        made("pageview", -1, "z", received_at=late, position=9),
    ]
    assert cut(*events) == [["z", "e", "b", "c", "d"]]


# Names and owners


@pytest.mark.parametrize(
    ("identity", "session_id", "key", "visitor"),
    [
        ({"client_id": "c"}, "c:1772442000000", "c:c", "c:c"),
        ({"user_id": "u"}, "u:1772442000000", "u:u", "u:u"),
        ({"client_id": "c", "user_id": "u"}, "c:1772442000000", "c:c", "u:u"),
        ({"session_id": "s"}, "s", "s:s", "s:s"),
        ({"session_id": "s", "client_id": "c"}, "s", "s:s", "c:c"),
        ({"session_id": "s", "client_id": "c", "user_id": "u"}, "s", "s:s", "u:u"),
    ],
)
def test_a_session_s_id_group_and_visitor(identity: dict[str, str], session_id: str, key: str, visitor: str) -> None:
    found = session(made("pageview", **identity))
    assert (found.session_id, found.key, found.visitor, found.user_id) == (session_id, key, visitor, identity.get("user_id"))


def test_a_session_is_its_first_user_s() -> None:
    found = session(
        made("pageview", 0, session_id="s", client_id="c"),
        made("pageview", 1, session_id="s", user_id="first"),
        made("pageview", 2, session_id="s", user_id="second"),
    )
    assert (found.visitor, found.user_id) == ("u:first", "first")


def test_dimensions_are_the_first_that_say_anything_and_the_channel_is_the_first_event_s() -> None:
    found = session(
        made("pageview", 0, device="", variant="x" * 300),
        made("pageview", 1, device="mobile", utm={"medium": "cpc"}),
        made("pageview", 2, device="desktop"),
    )
    assert (found.device, found.country, found.channel) == ("mobile", "unknown", "direct")
    assert found.variant == "x" * MAX_DIMENSION


def test_day_and_hour_are_those_of_the_start_in_the_shop_s_time_zone() -> None:
    found = session(made("pageview"), made("pageview", 90), time_zone="Asia/Kolkata")
    assert (found.day, found.hour) == ("2026-03-02", datetime(2026, 3, 2, 8, 30, tzinfo=UTC))
    assert session(made("pageview"), time_zone="Pacific/Honolulu").day == "2026-03-01"


# Loose and oversize


@pytest.mark.parametrize(
    ("types", "kind"),
    [
        (["engagement"], "loose"),
        (["refund", "order_cancel", "order_shipped", "engagement"], "loose"),
        (["engagement", "pageview"], "session"),
        (["wishlist"], "session"),
        (["ordering"], "session"),
    ],
)
def test_a_group_of_only_engagement_refund_and_order_events_is_no_session(types: list[str], kind: str) -> None:
    found = session(*(made(name, n) for n, name in enumerate(types)))
    assert found.kind == kind
    assert ("sessions" in found.counts) == (kind == "session")


def test_a_session_the_client_sent_is_one_whatever_its_events() -> None:
    assert session(made("engagement", session_id="s")).kind == "session"


def test_a_loose_group_counts_the_refunds_that_match_nothing_and_nothing_else() -> None:
    sold = made("purchase", client_id="bea", order_id="o1", revenue=5)
    found = session(made("refund", 0, order_id="o1"), made("refund", 1, order_id="o2"), elsewhere=(sold,))
    assert (found.kind, found.counts) == ("loose", {"refunds_unmatched": 1})


def test_ten_thousand_events_are_a_session_and_one_more_is_oversize() -> None:
    events = [made("pageview", n, page="/") for n in range(MAX_EVENTS)]
    whole = session(*events)
    assert (whole.kind, whole.counts["events"], whole.duration) == ("session", MAX_EVENTS, MAX_EVENTS - 1)
    beyond = session(*events, made("purchase", MAX_EVENTS, order_id="o1", revenue=5))
    assert (beyond.kind, beyond.counts, beyond.money, beyond.sales) == ("oversize", {"oversize": 1}, {}, [])
    assert (beyond.start, beyond.end) == (MONDAY, MONDAY + timedelta(seconds=MAX_EVENTS))


def test_a_group_beyond_the_limit_takes_no_more_memory_and_still_ends_where_it_ends() -> None:
    events = (made("pageview", n) for n in range(MAX_EVENTS + 5_000))
    (group,) = cut_groups(events, GAP)
    assert len(group) == MAX_EVENTS + 1
    assert (group[0].timestamp, group[-1].timestamp) == (MONDAY, MONDAY + timedelta(seconds=MAX_EVENTS + 4_999))


def test_after_a_crowd_the_next_session_is_cut_off_as_ever() -> None:
    events = [made("pageview", n) for n in range(MAX_EVENTS + 2)]
    after = made("pageview", MAX_EVENTS + 1 + 31 * MINUTES)
    assert [len(group) for group in cut_groups([*events, after], GAP)] == [MAX_EVENTS + 1, 1]


def test_a_session_too_large_to_be_stored_is_oversize() -> None:
    pages = [made("pageview", n, page=f"/{n}" + "x" * 4_000) for n in range(MAX_BYTES // 4_000 + 2)]
    assert session(*pages).kind == "oversize"
    assert session(*pages[:100]).kind == "session"


# What a session counts


@pytest.mark.parametrize(
    ("events", "bounce", "engaged"),
    [
        ([made("pageview")], True, False),
        ([made("pageview"), made("engagement", 5)], True, False),
        ([made("pageview"), made("engagement", 9.999)], True, False),
        ([made("pageview"), made("engagement", 10)], True, True),
        ([made("pageview"), made("pageview", 1)], False, True),
        ([made("pageview"), made("product_view", 1)], False, True),
        ([made("pageview"), made("scroll", 1)], False, False),
        ([made("search")], True, True),
        ([made("cart_view")], True, True),
        ([made("purchase")], True, True),
        ([made("engagement", session_id="s"), made("engagement", 1, session_id="s")], False, False),
    ],
)
def test_bounced_and_engaged(events: list[Event], bounce: bool, engaged: bool) -> None:
    counts = session(*events).counts
    assert (counts.get("bounces", 0), counts.get("engaged", 0)) == (bounce, engaged)


def test_one_event_lasts_no_time_and_others_whole_seconds() -> None:
    assert session(made("pageview")).duration == 0
    assert session(made("pageview"), made("pageview", 9.999)).duration == 9
    assert session(made("pageview", 0.999), made("pageview", 2)).duration == 1


def test_funnel_steps_are_the_earliest_after_the_step_before_and_take_whole_seconds() -> None:
    found = session(
        made("add_to_cart", 0),
        made("product_view", 10),
        made("product_view", 20),
        made("add_to_cart", 30.9),
        made("checkout", 30.9, position=1),
        made("purchase", 99, order_id="o1", revenue=7),
    )
    assert found.funnel_seconds == [10, 20, 0, 68, 99]
    assert {
        step: found.counts.get(f"reached_{step}", 0) for step in ("product_view", "add_to_cart", "checkout", "purchase")
    } == {
        "product_view": 1,
        "add_to_cart": 1,
        "checkout": 1,
        "purchase": 1,
    }


def test_a_purchase_before_a_step_is_no_revenue_of_that_step() -> None:
    found = session(
        made("product_view", 0),
        made("purchase", 10, order_id="o1", revenue=7),
        made("add_to_cart", 20),
        made("purchase", 30, order_id="o2", revenue=5),
    )
    assert found.money["EUR"] == {"revenue": 120_000, "reached_product_view": 120_000, "reached_add_to_cart": 50_000}
    assert "reached_checkout" not in found.counts


@pytest.mark.parametrize(
    ("events", "counts"),
    [
        ([made("checkout", 0), made("purchase", 5)], {"checkouts": 1, "checkouts_completed": 1}),
        ([made("checkout", 5), made("purchase", 5, position=-1)], {"checkouts": 1, "checkouts_completed": 1}),
        ([made("purchase", 0), made("checkout", 5)], {"checkouts": 1, "checkouts_left": 1}),
        ([made("checkout", 0), made("checkout", 5)], {"checkouts": 1, "checkouts_left": 1}),
        ([made("checkout_step", 0)], {}),
    ],
)
def test_a_checkout_is_completed_by_a_purchase_at_or_after_it(events: list[Event], counts: dict[str, int]) -> None:
    assert {name: n for name, n in session(*events).counts.items() if name.startswith("checkouts")} == counts


def test_pages_count_views_of_named_pages_with_entry_and_exit() -> None:
    found = session(
        made("scroll", 0, page="/never"),
        made("pageview", 1),
        made("pageview", 2, page="/"),
        made("product_view", 3, page="/p/1"),
        made("pageview", 4, page="/"),
        made("search", 5, page="/search"),
    )
    assert found.pages == [("/", 2, 1, 1), ("/p/1", 1, 0, 0)]


def test_noisy_events_are_counted_where_they_are_seen() -> None:
    found = session(made("pageview"), made("pageview", 1, flag={"noisy": True}), made("pageview", 2, source="simulation"))
    assert found.counts["noisy_events"] == 2


@pytest.mark.parametrize(
    ("properties", "flag", "noisy"),
    [
        ({}, None, False),
        ({}, {"noisy": True}, True),
        ({}, {"noisy": False}, False),
        ({"source": "basic_sim"}, None, True),
        ({"source": "seed_demo"}, {"noisy": False}, True),
        ({"source": "realistic_seed"}, None, False),
        ({"source": ["simulation"]}, None, False),
    ],
)
def test_what_is_noisy(properties: dict[str, Any], flag: dict[str, Any] | None, noisy: bool) -> None:
    given = {"flag": flag} if flag else {}
    assert made("pageview", **properties, **given).noisy is noisy
