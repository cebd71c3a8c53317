"""Searches: what follows them, what they found, and the terms they were for."""

from __future__ import annotations

from typing import Any

import pytest
from event_made import made

from clickstream.events import Event
from clickstream.searches import normalised, search_counts


def search(seconds: float = 0, query: str = "shoes", **given: Any) -> Event:
    return made("search", seconds, query=query, **given)


def counted(*events: Event) -> dict[str, int]:
    return search_counts(list(events))[0]


@pytest.mark.parametrize(
    ("query", "normal"),
    [
        ("Shoes", "shoes"),
        ("  red \t shoes\n", "red shoes"),
        ("ＳＨＯＥＳ", "shoes"),
        ("Straße", "strasse"),
        ("ﬁne", "fine"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_queries_are_spelt_one_way(query: str, normal: str) -> None:
    assert normalised(query) == normal


def test_result_pages_are_no_searches() -> None:
    assert counted(search(page_no=2), search(1, page_no=3)) == {}
    assert counted(search(), search(1, page_no=1), search(2, page_no=2))["searches"] == 2


def test_known_and_zero_results() -> None:
    counts = counted(search(0, results_count=0), search(1, results_count=7), search(2))
    assert (counts["searches"], counts["searches_known"], counts["searches_zero"]) == (3, 2, 1)
    assert (counts["search_sessions"], counts["zero_sessions"]) == (1, 1)


@pytest.mark.parametrize(
    ("following", "success", "click", "refined", "exit_"),
    [
        ([], 0, 0, 0, 1),
        (["product_view"], 1, 1, 0, 0),
        (["search_click"], 1, 1, 0, 0),
        (["add_to_cart"], 1, 0, 0, 0),
        (["purchase"], 1, 0, 0, 0),
        (["pageview"], 0, 0, 0, 0),
        (["pageview", "product_view"], 1, 0, 0, 0),
        (["engagement", "list_filter", "product_view"], 1, 1, 0, 0),
        (["engagement"], 0, 0, 0, 1),
        (["list_filter"], 0, 0, 0, 0),
        (["wishlist_add", "search_click"], 1, 0, 0, 0),
    ],
)
def test_what_follows_a_search(following: list[str], success: int, click: int, refined: int, exit_: int) -> None:
    counts = counted(search(), *(made(name, n + 1) for n, name in enumerate(following)))
    names = ("search_successes", "search_clicks", "search_refinements", "search_exits")
    assert tuple(counts.get(name, 0) for name in names) == (success, click, refined, exit_)


@pytest.mark.parametrize(
    ("page", "click"), [("/search", 1), ("/search?q=a", 1), ("/searching", 1), ("/s", 0), (None, 0), ("/en/search", 0)]
)
def test_a_pageview_of_the_results_is_skipped(page: str | None, click: int) -> None:
    given = {"page": page} if page else {}
    assert counted(search(), made("pageview", 1, **given), made("product_view", 2)).get("search_clicks", 0) == click


def test_success_ends_at_the_next_search_but_not_at_a_result_page() -> None:
    counts = counted(search(0, "a"), search(1, "a", page_no=2), search(2, "b"), made("product_view", 3))
    assert (counts["search_successes"], counts["success_sessions"]) == (1, 1)
    counts = counted(search(0, "a"), search(1, "a", page_no=2), made("product_view", 2))
    assert counts["search_successes"] == 1
    assert "search_clicks" not in counts, "the result page comes next"


@pytest.mark.parametrize(("query", "refined"), [("boots", 1), ("SHOES ", 0), ("", 1)])
def test_a_refinement_is_another_query(query: str, refined: int) -> None:
    assert counted(search(0, "shoes"), made("engagement", 1), search(2, query)).get("search_refinements", 0) == refined


def test_a_term_is_the_session_s_first_search_of_a_query() -> None:
    _, terms = search_counts(
        [
            search(0, "Shoes", results_count=0),
            search(1, "shoes", results_count=5),
            made("product_view", 2),
            search(3, " "),
            made("search", 4),
            search(5, "boots", results_count=3),
            made("search_click", 6),
            search(7, "boots", results_count=0),
        ]
    )
    assert terms == [("shoes", 1, 0), ("boots", 0, 1)]


def test_a_session_without_a_search_counts_none() -> None:
    assert search_counts([made("pageview"), made("product_view", 1)]) == ({}, [])
