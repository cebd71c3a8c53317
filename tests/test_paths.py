"""Paths: nodes, links and sequences, worked out by hand; nothing gets lost between steps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from shop_check import Shop, empty_shop

from clickstream import metrics
from clickstream.errors import InvalidInput
from clickstream.metrics.nodes import group_page
from clickstream.scope import Scope
from clickstream.store.connect import Connection

Json = dict[str, Any]
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
TYPES = {"v": "product_view", "p": "pageview", "s": "search", "a": "add_to_cart", "b": "purchase", "e": "engagement"}


@pytest.fixture
def shop(connection: Connection) -> Iterator[Shop]:
    with empty_shop(connection, NOON) as found:
        yield found


def visits(shop: Shop, *trails: str, hours: float = 2) -> None:
    """A session for each trail: a letter an event, a second apart."""
    start = NOON - timedelta(hours=hours)
    shop.receive([
        {
            "event_type": TYPES.get(letter, letter),
            "timestamp": (start + timedelta(seconds=n)).isoformat(),
            "session_id": f"{trail}{number}",
        }
        for number, trail in enumerate(trails)
        for n, letter in enumerate(trail)
    ])  # fmt: skip
    shop.catch_up()


def measured(shop: Shop, **options: Any) -> Json:
    answer = metrics.measure(shop.store, "paths", Scope(as_of=NOON), options)
    assert all(line["holds"] for line in answer.reconciliation)
    return answer.result  # type: ignore[no-any-return]


def nodes(result: Json, step: int) -> list[tuple[str, int, int, int, int]]:
    rows = result["steps"][step - 1]["nodes"]
    return [(row["name"], row["sessions"], row["ends"], row["continues"], row["conversions"]) for row in rows]


def links(result: Json) -> list[tuple[int, str, str, int]]:
    return [(row["step"], row["from"], row["to"], row["sessions"]) for row in result["links"]]


def behind(shop: Shop, of: str, value: str, **options: Any) -> int:
    found = metrics.sessions_behind(shop.store, Scope(as_of=NOON), metrics.Wanted("paths", of, value, options), limit=100)
    assert found.total == len(found.sessions)
    return found.total


def test_what_goes_into_a_node_comes_out_of_it(shop: Shop) -> None:
    visits(shop, "sva", "svvab", "sv", "p", "pe")
    result = measured(shop, steps=3)
    assert (result["sessions"], result["left_out"]) == (5, 0)
    assert nodes(result, 1) == [("search", 3, 0, 0, 1), ("pageview", 2, 2, 0, 0)]
    assert nodes(result, 2) == [("product_view", 3, 1, 0, 1)]
    assert nodes(result, 3) == [("add_to_cart", 2, 1, 1, 1)]
    assert links(result) == [(1, "search", "product_view", 3), (2, "product_view", "add_to_cart", 2)]
    assert [(row["nodes"], row["sessions"]) for row in result["sequences"]] == [
        (["pageview"], 2),
        (["search", "product_view"], 1),
        (["search", "product_view", "add_to_cart"], 1),
        (["search", "product_view", "add_to_cart", "purchase"], 1),
    ]


def test_repeats_are_one_node_also_across_an_engagement(shop: Shop) -> None:
    visits(shop, "vevvsv", "e")
    result = measured(shop)
    assert result["sequences"][0]["nodes"] == ["product_view", "search", "product_view"]
    assert (result["sessions"], result["left_out"]) == (1, 1)


def test_from_a_start_and_back_from_an_end(shop: Shop) -> None:
    visits(shop, "psvsva", "psa", "pp")
    forward = measured(shop, start="search", steps=2)
    assert (forward["sessions"], forward["left_out"]) == (2, 1)
    assert nodes(forward, 1) == [("search", 2, 0, 0, 0)]
    assert nodes(forward, 2) == [("add_to_cart", 1, 1, 0, 0), ("product_view", 1, 0, 1, 0)]
    back = measured(shop, end="search", steps=3)
    assert nodes(back, 2) == [("pageview", 1, 1, 0, 0), ("product_view", 1, 0, 0, 0)]
    assert nodes(back, 3) == [("search", 1, 0, 1, 0)]
    assert [row["nodes"] for row in back["sequences"]] == [
        ["pageview", "search"],
        ["pageview", "search", "product_view", "search"],
    ]
    assert measured(shop, start="nothing such")["steps"] == []


def test_sequences_have_six_nodes_those_before_an_end_the_last_six(shop: Shop) -> None:
    visits(shop, "psvapsvab")
    names = [TYPES[letter] for letter in "psvapsvab"]
    assert measured(shop)["sequences"][0]["nodes"] == names[:6]
    assert measured(shop, end="purchase")["sequences"][0]["nodes"] == names[-6:]


def test_beyond_ten_nodes_a_step_has_the_rest_as_one(shop: Shop) -> None:
    visits(shop, *(f"s{letter}" for letter in "ABCDEFGHIJKLL"))
    result = measured(shop, steps=2)
    names = [row["name"] for row in result["steps"][1]["nodes"]]
    assert names == ["L", *"ABCDEFGHI", "(other)"]
    assert links(result)[:2] == [(1, "search", "(other)", 2), (1, "search", "L", 2)]
    assert behind(shop, "node", "2:(other)") == 2
    assert behind(shop, "node", "2:J") == 0  # it is among the others


def test_buyers_and_abandoners_go_their_own_ways(shop: Shop) -> None:
    visits(shop, "vab", "va", "v", "sb")
    assert [measured(shop, who=who)["sessions"] for who in ("all", "buyers", "abandoners")] == [4, 2, 1]


def test_pages_are_grouped(shop: Shop) -> None:
    pages = [
        ("pageview", "/c/shoes/2"),
        ("product_view", "/p/red-boot"),
        ("product_view", "/p/blue-boot"),
        ("pageview", "/p/a"),
    ]
    shop.receive([
        {"event_type": name, "page": page, "timestamp": (NOON - timedelta(seconds=60 - n)).isoformat(), "session_id": "s"}
        for n, (name, page) in enumerate([*pages, ("search", "/search"), ("pageview", None)])
    ])  # fmt: skip
    shop.catch_up()
    assert measured(shop, over="page")["sequences"][0]["nodes"] == ["/c/shoes/*", "/p/*", "/p/a"]


@pytest.mark.parametrize(
    ("page", "is_product", "expected"),
    [
        ("/", False, "/"),
        ("/", True, "/"),
        ("", True, ""),
        ("/p/123", False, "/p/*"),
        ("/p/abc", False, "/p/abc"),
        ("/p/abc", True, "/p/*"),
        ("/p/abc/", True, "/p/*/"),
        ("/p//abc", True, "/p//*"),
        ("/v2/p/a1/b", False, "/*/p/*/b"),
        ("shop", True, "*"),
        ("/p/٣", False, "/p/٣"),
    ],
)
def test_a_part_with_a_digit_and_a_product_s_last_part_are_a_star(page: str, is_product: bool, expected: str) -> None:
    assert group_page(page, is_product) == expected


def test_the_sessions_of_nodes_and_sequences_are_listed(shop: Shop) -> None:
    visits(shop, "sva", "svvab", "sv", "p")
    assert behind(shop, "node", "2:product_view") == 3
    assert behind(shop, "node", "2:product_view", who="buyers") == 1
    assert behind(shop, "sequence", json.dumps(["search", "product_view"])) == 1
    assert behind(shop, "sequence", "[]") == 0


@pytest.mark.parametrize("value", ["2", "0:search", "6:search", "x:search", "2:", "123:x"])
def test_a_node_is_a_step_and_a_name(shop: Shop, value: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        behind(shop, "node", value)
    assert set(caught.value.fields) == {"value"}


@pytest.mark.parametrize("value", ["search", '{"a": 1}', "[1]", "[" * 5_000])
def test_a_sequence_is_a_json_list_of_names(shop: Shop, value: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        behind(shop, "sequence", value)
    assert set(caught.value.fields) == {"value"}


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"start": "search", "end": "purchase"}, {"end"}),
        ({"steps": 0}, {"steps"}),
        ({"steps": 11}, {"steps"}),
        ({"over": "events"}, {"over"}),
        ({"who": "nobody"}, {"who"}),
        ({"start": "x" * 2_000}, {"start"}),
    ],
)
def test_what_cannot_be_asked_is_named(shop: Shop, options: Json, named: set[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        measured(shop, **options)
    assert (caught.value.code, set(caught.value.fields)) == ("invalid_option", named)
