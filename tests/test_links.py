"""Links: which sessions are new, and when their visitor was here before; in each view on its own."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from event_made import MONDAY

from clickstream.links import Link, Visit, link


def visit(name: str, day: int, *, buys: bool = False, views: tuple[str, ...] = ("clean", "all"), key: str = "") -> Visit:
    start = MONDAY + timedelta(days=day)
    return Visit(
        id=name,
        visitor="u:ann",
        session_id=name,
        key=key or f"s:{name}",
        start=start,
        day=start.date().isoformat(),
        buys=buys,
        views=list(views),
    )


def test_the_first_session_is_new_and_each_knows_the_one_before() -> None:
    found = link([visit("a", 0), visit("b", 2), visit("c", 3)])
    assert found == {
        "a": {view: Link(True, None, None) for view in ("clean", "all")},
        "b": {view: Link(False, "2026-03-02", None) for view in ("clean", "all")},
        "c": {view: Link(False, "2026-03-04", None) for view in ("clean", "all")},
    }


def test_the_previous_buying_day_is_that_of_the_last_session_that_bought() -> None:
    found = link(
        [visit("a", 0, buys=True), visit("b", 1), visit("c", 2, buys=True), visit("d", 2, buys=True), visit("e", 9)]
    )
    assert {name: links["all"].previous_buying_day for name, links in found.items()} == {
        "a": None,
        "b": "2026-03-02",
        "c": "2026-03-02",
        "d": "2026-03-04",
        "e": "2026-03-04",
    }


def test_each_view_links_its_own_sessions() -> None:
    found = link(
        [visit("noisy", 0, views=("all",), buys=True), visit("a", 1), visit("cut", 2, views=("clean",)), visit("b", 3)]
    )
    assert found == {
        "noisy": {"all": Link(True, None, None)},
        "a": {"clean": Link(True, None, None), "all": Link(False, "2026-03-02", "2026-03-02")},
        "cut": {"clean": Link(False, "2026-03-03", None)},
        "b": {"clean": Link(False, "2026-03-04", None), "all": Link(False, "2026-03-03", "2026-03-02")},
    }


def test_sessions_that_start_together_follow_by_id_then_group_compared_as_text() -> None:
    together = [visit("é", 0), visit("b", 0), visit("a", 0), visit("Z", 0)]
    found = link(together)
    assert [name for name, links in found.items() if links["all"].new] == ["Z"]
    twins = [visit("x", 0, key="u:x"), visit("x", 0, key="c:x")]
    twins = [
        Visit(f"{n}", "u:ann", one.session_id, one.key, one.start, one.day, False, one.views) for n, one in enumerate(twins)
    ]
    assert [name for name, links in link(twins).items() if links["all"].new] == ["1"]


def test_the_order_they_are_given_in_does_not_matter() -> None:
    visits = [visit(f"v{n}", n // 2, buys=n % 3 == 0, views=("clean", "all") if n % 4 else ("all",)) for n in range(12)]
    expected = link(visits)
    rng = Random(1)
    for _ in range(5):
        rng.shuffle(visits)
        assert link(visits) == expected


def test_nobody_has_no_links() -> None:
    assert link([]) == {}
