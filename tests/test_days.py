"""Days: what a day's sessions add up to, and the parts it is stored in."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from event_made import made, session

from clickstream.days import FIRST, MAX_NAMES, MAX_VALUES, OTHER, Day, segment_rows
from clickstream.links import Link
from clickstream.measures import COUNTS, MONEY
from clickstream.money import MAX_SUM
from clickstream.sessions import DIMENSIONS, FUNNEL_STEPS, Session

NEW = Link(True, None, None)
BACK = Link(False, "2026-02-27", "2026-02-20")


def day(*sessions: tuple[Session, Link | None]) -> Day:
    return Day.from_sessions("2026-03-02", "clean", sessions)


def visit(name: str, seconds: float = 0, *, types: tuple[str, ...] = ("pageview",), **given: Any) -> Session:
    return session(*(made(one, seconds + 10 * n, session_id=name, **given) for n, one in enumerate(types)))


def buying(name: str, revenue: float, currency: str, **given: Any) -> Session:
    types = ("product_view", "add_to_cart", "checkout", "purchase")
    return visit(name, types=types, order_id=f"o-{name}", revenue=revenue, currency=currency, **given)


def rows(one: Day, dimension: str) -> dict[str, dict[str, Any]]:
    return dict(segment_rows(one.segments[dimension]))


def test_an_empty_day_is_all_nothing() -> None:
    empty = day()
    assert empty.total == {"counts": {}, "money": {}, "order_values": {}}
    assert (empty.hours, empty.durations, empty.event_types, empty.pages) == ([], [], [], [])
    assert [list(rows(empty, name)) for name in (*DIMENSIONS, "visitor")] == [[]] * 5


def test_a_day_is_the_sum_of_its_sessions_and_currencies_are_never_added() -> None:
    one = day(
        (buying("a", 10, "EUR"), NEW), (buying("b", 5.5, "EUR"), BACK), (buying("c", 7, "USD"), BACK), (visit("d"), NEW)
    )
    counts = one.total["counts"]
    assert (counts["sessions"], counts["conversions"], counts["orders"], counts["bounces"]) == (4, 3, 3, 1)
    assert {currency: row["revenue"] for currency, row in one.total["money"].items()} == {"EUR": 155_000, "USD": 70_000}
    assert one.total["order_values"] == {"EUR": [(55_000, 1), (100_000, 1)], "USD": [(70_000, 1)]}


def test_hours_and_every_dimension_s_values_add_up_to_the_day() -> None:
    one = day(
        (visit("a", device="mobile", country="DE"), NEW),
        (visit("b", 3_600, device="mobile", utm={"medium": "cpc"}), BACK),
        (buying("c", 3, "EUR", variant="B"), NEW),
    )
    nine = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert [(hour, measures["counts"]["sessions"]) for hour, measures in one.hours] == [
        (nine, 2),
        (nine.replace(hour=10), 1),
    ]
    for name in (*DIMENSIONS, "visitor"):
        summed: Counter[str] = Counter()
        for measures in rows(one, name).values():
            summed.update(measures["counts"])
        assert +summed == Counter(one.total["counts"]), name
    assert {value: row["counts"]["sessions"] for value, row in rows(one, "visitor").items()} == {"new": 2, "returning": 1}
    assert {value: row["counts"]["sessions"] for value, row in rows(one, "channel").items()} == {"direct": 2, "paid": 1}


def test_loose_and_oversize_groups_count_in_the_total_and_nowhere_else() -> None:
    loose = session(made("refund", 0, order_id="o-404"))
    one = day((loose, None), (visit("a"), NEW))
    assert one.total["counts"]["refunds_unmatched"] == 1
    assert (one.total["counts"]["sessions"], one.total["counts"]["events"]) == (1, 1)
    assert "refunds_unmatched" not in rows(one, "device")["unknown"]["counts"]
    assert one.event_types == [("pageview", 1, 1)]


def test_durations_and_funnel_seconds_are_values_and_counts_in_turn() -> None:
    two = ("pageview", "pageview")
    one = day((visit("a"), NEW), (visit("b", types=two), NEW), (visit("c", types=two), NEW), (buying("d", 1, "EUR"), NEW))
    assert one.durations == [0, 1, 10, 2, 30, 1]
    assert one.funnel_seconds == [[0, 1], [10, 1], [10, 1], [10, 1], [30, 1]]
    assert len(one.funnel_seconds) == len(FUNNEL_STEPS)


def test_days_of_the_sessions_before_make_distinct_visitors_of_any_window() -> None:
    one = day((visit("a"), NEW), (visit("b"), BACK), (buying("c", 1, "EUR"), BACK), (buying("d", 1, "EUR"), NEW))
    assert one.previous_days == {FIRST: 2, "2026-02-27": 2}
    assert one.previous_buying_days == {"2026-02-20": 1, FIRST: 1}


def test_pages_and_types_are_summed_by_name() -> None:
    one = day(
        (session(made("pageview", 0, session_id="a", page="/"), made("pageview", 1, session_id="a", page="/x")), NEW),
        (session(made("pageview", 0, session_id="b", page="/"), made("search", 1, session_id="b")), NEW),
    )
    assert one.pages == [("/", 2, 2, 2, 1), ("/x", 1, 1, 0, 1)]
    assert one.event_types == [("pageview", 3, 2), ("search", 1, 1)]


def test_checkout_steps_keep_their_smallest_number_and_errors_what_their_sessions_did() -> None:
    failed = {"code": "declined", "session_id": "a"}
    one = day(
        (
            session(
                made("checkout", 0, session_id="a"),
                made("checkout_step", 1, session_id="a", step_name="pay", step=3),
                made("payment_error", 2, "p1", **failed),
                made("payment_error", 3, "p2", **failed),
                made("purchase", 3, session_id="a"),
            ),
            NEW,
        ),
        (session(made("checkout_step", 0, session_id="b", step_name="pay", step=2)), NEW),
        (session(made("purchase", 0, session_id="c"), made("payment_error", 1, session_id="c", code="declined")), NEW),
        (session(made("checkout_step", 0, session_id="d", step_name="pay")), NEW),
    )
    assert one.checkout_steps == [("pay", 2, 3, 1)]
    assert one.checkout_errors == [("payment_error", "declined", 3, 2, 1, 2, 1, 1)]


def test_the_values_with_most_sessions_are_kept_and_the_rest_is_summed() -> None:
    many = [(visit(f"s{n}", country=f"c{n:03}"), NEW) for n in range(MAX_VALUES + 50)]
    more = [(visit(f"t{n}", country=f"c{MAX_VALUES + 49}"), NEW) for n in range(3)]
    countries = rows(day(*many, *more), "country")
    assert len(countries) == MAX_VALUES + 1
    assert countries[f"c{MAX_VALUES + 49}"]["counts"]["sessions"] == 4
    assert countries[OTHER]["counts"]["sessions"] == 50
    assert f"c{MAX_VALUES - 2:03}" in countries
    assert f"c{MAX_VALUES - 1:03}" not in countries


def test_names_beyond_the_limit_are_left_to_the_sessions() -> None:
    pages = [(session(made("pageview", 0, session_id=f"s{n}", page=f"/{n}")), NEW) for n in range(MAX_NAMES)]
    assert len(day(*pages).pages or ()) == MAX_NAMES
    one = day(*pages, (session(made("pageview", 0, session_id="one more", page="/one-more")), NEW))
    assert one.pages is None
    assert one.event_types == [("pageview", MAX_NAMES + 1, MAX_NAMES + 1)]


def test_sums_are_held_to_what_the_database_can_store() -> None:
    rich = [(buying(f"s{n}", 100_000_000_000, "EUR"), NEW) for n in range(2)]
    one = day(*rich * 5_000)
    assert one.total["money"]["EUR"]["revenue"] == MAX_SUM


def test_every_part_is_stored_under_its_own_name() -> None:
    names = [name for name, _ in day((visit("a"), NEW)).parts()]
    assert len(set(names)) == len(names)
    assert set(names) == {
        *("total", "hours", "durations", "funnel_seconds", "event_types", "pages", "previous"),
        *("checkout_steps", "checkout_errors"),
        *("device", "country", "channel", "variant", "visitor"),
    }


def test_a_session_counts_nothing_that_has_no_name() -> None:
    """What is summed is named in one place, so that nothing is counted that nobody can read."""
    everything = [
        visit("a", types=("search", "search", "product_view", "add_to_cart", "remove_from_cart"), results_count=0),
        visit("b", types=("add_to_cart", "checkout"), source="simulation", product_id="p", price=3),
        visit(
            "c", types=("search", "product_view", "add_to_cart", "checkout", "purchase", "refund"), order_id="o", revenue=2
        ),
        visit("d", types=("refund",), order_id="nothing"),
    ]
    for one in everything:
        assert one.counts.keys() <= set(COUNTS), one.session_id
        assert {name for row in one.money.values() for name in row} <= set(MONEY), one.session_id
