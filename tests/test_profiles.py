from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clickstream.store import Store
from clickstream.store.profiles import MOST_SETS, RecommendationSet

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ITEMS: list[dict[str, Any]] = [{"product_id": "$mug", "reason": "Bought in {{n}} sessions.", "evidence": {"n": 3}}]


def append(store: Store, user_id: str | None, analysis_id: str, dataset: str = "live", **other: Any) -> None:
    store.profiles.append(dataset, user_id, analysis_id, ITEMS, **{"source": "computed", "at": NOON, **other})


def test_what_is_appended_comes_back_as_it_was(store: Store) -> None:
    append(store, "ann", "a1", source="llm")

    assert store.profiles.latest("live", "ann") == RecommendationSet("a1", "llm", NOON, ITEMS)


def test_a_shopper_nobody_recommended_anything_to_has_no_set(store: Store) -> None:
    assert store.profiles.latest("live", "ann") is None
    assert store.profiles.sets("live", "ann") == []


def test_the_last_set_is_the_latest_and_earlier_ones_stay(store: Store) -> None:
    append(store, "ann", "a1")
    append(store, "ann", "a2", at=NOON + timedelta(days=1))

    assert [found.analysis_id for found in store.profiles.sets("live", "ann")] == ["a2", "a1"]
    assert [found.analysis_id for found in store.profiles.sets("live", "ann", limit=1)] == ["a2"]


@pytest.mark.parametrize("other", [("live", "bob"), ("live", None), ("upload-1", "ann"), ("live", "a:nn")])
def test_a_profile_is_one_shopper_s_in_one_dataset(store: Store, other: tuple[str, str | None]) -> None:
    append(store, "ann", "a1")
    append(store, other[1], "a2", other[0])

    found = [store.profiles.sets(*who) for who in (("live", "ann"), other)]
    assert [[one.analysis_id for one in sets] for sets in found] == [["a1"], ["a2"]]


def test_a_profile_keeps_the_latest_sets_only(store: Store) -> None:
    for number in range(MOST_SETS + 3):
        append(store, "ann", f"a{number}")

    found = [one.analysis_id for one in store.profiles.sets("live", "ann")]
    assert found == [f"a{number}" for number in range(MOST_SETS + 2, 2, -1)]


def test_an_analysis_that_is_saved_again_replaces_its_set(store: Store) -> None:
    append(store, "ann", "a1")
    append(store, "ann", "a2")
    append(store, "ann", "a1", source="llm")

    assert [(one.analysis_id, one.source) for one in store.profiles.sets("live", "ann")] == [
        ("a1", "llm"),
        ("a2", "computed"),
    ]


def test_names_that_read_like_expressions_are_only_names(store: Store) -> None:
    append(store, "$user_id", "$analysis", dataset="$live", source="$source")

    found = store.profiles.latest("$live", "$user_id")
    assert found is not None
    assert (found.analysis_id, found.source, found.items) == ("$analysis", "$source", ITEMS)


def test_sets_appended_at_the_same_time_are_all_kept(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: append(store, "ann", f"a{number}"), range(16)))

    assert len(store.profiles.sets("live", "ann")) == 16
