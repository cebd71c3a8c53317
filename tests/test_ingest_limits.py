"""What the database or a reader could not bear is refused with the path where it stands."""

from __future__ import annotations

import json
from collections import OrderedDict
from datetime import UTC, datetime
from typing import Any

import bson
import pytest
from parsing import PLAIN, fields_of, parsed, refused

from clickstream.ingest import limits
from clickstream.store.events import document_of


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 10**100])
def test_integers_beyond_8_bytes_are_refused_by_name(value: int) -> None:
    assert refused({**PLAIN, "properties": {"a": {"b": [0, value]}}}).fields == {"properties.a.b[1]": "must fit in 8 bytes"}


def test_the_largest_integers_are_accepted() -> None:
    given = {"most": 2**63 - 1, "least": -(2**63)}
    assert parsed({**PLAIN, **given}).properties == given


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_are_none_are_refused(value: float) -> None:
    assert fields_of({**PLAIN, "x": value}) == {"x"}


@pytest.mark.parametrize("value", ["a\0b", "\ud800", "x\udfff", "x" * 4_097])
def test_text_that_cannot_be_stored_is_refused_wherever_it_stands(value: str) -> None:
    assert fields_of({**PLAIN, "title": value}) == {"title"}
    assert fields_of({**PLAIN, "properties": {"a": [[{"b": value}]]}}) == {"properties.a[0][0].b"}
    assert fields_of({**PLAIN, "client_id": value}) == {"client_id"}


@pytest.mark.parametrize("name", ["$gt", "a.b", "a\0b", "", "x" * 129, "\udcff", "$"])
def test_names_that_cannot_be_stored_are_refused_wherever_they_stand(name: str) -> None:
    for raw in ({**PLAIN, name: 1}, {**PLAIN, "properties": {name: 1}}, {**PLAIN, "properties": {"a": [{name: 1}]}}):
        assert refused(raw).code == "invalid_event"
        (path,) = refused(raw).fields
        json.dumps(path).encode()  # a path can always be told


@pytest.mark.parametrize("name", [1, None, True, 1.5, ("a",)])
def test_a_name_that_is_no_text_is_refused(name: object) -> None:
    assert refused({**PLAIN, "properties": {name: 1}}).fields == {f"properties.{name}": "a name must be text"}
    assert refused({**PLAIN, name: 1}).code == "invalid_event"


@pytest.mark.parametrize("name", ["a$b", "price €", "Größe", "a b", "x" * 128, "__proto__", "_id"])
def test_other_names_are_kept(name: str) -> None:
    assert parsed({**PLAIN, name: 1}).properties == {name: 1}


@pytest.mark.parametrize("value", [datetime(2026, 1, 1, tzinfo=UTC), b"x", {1}, (1,), object(), OrderedDict(a=1)])
def test_what_json_does_not_know_is_refused(value: object) -> None:
    assert fields_of({**PLAIN, "x": value}) == {"x"}


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def test_events_are_twelve_levels_deep_at_most() -> None:
    assert parsed({**PLAIN, "x": nested(limits.MAX_DEPTH)})
    assert refused({**PLAIN, "x": nested(limits.MAX_DEPTH + 1)}).code == "too_large"


def test_a_hundred_thousand_levels_are_refused_like_thirteen() -> None:
    assert refused({**PLAIN, "x": nested(100_000)}).code == "too_large"


def test_an_event_that_holds_itself_is_refused() -> None:
    raw: dict[str, Any] = dict(PLAIN)
    raw["self"] = raw
    assert refused(raw).code == "too_large"


def test_an_event_holds_two_thousand_values_at_most() -> None:
    assert parsed({**PLAIN, "x": [0] * 1_997})
    for value in ([0] * 1_998, [[0] * 999, [0] * 999], {str(n): 0 for n in range(1_998)}):
        assert refused({**PLAIN, "x": value}).code == "too_large"


def test_long_texts_count_as_many_values() -> None:
    assert parsed({**PLAIN, "x": ["y" * 4_000] * 90})
    for value in (["y" * 4_000] * 100, {"a": {"b": ["😀" * 4_000] * 100}}):
        assert refused({**PLAIN, "x": value}).code == "too_large"


def test_the_largest_event_fits_in_a_document() -> None:
    largest = {**PLAIN, "x": ["😀" * 199] * 1_990}
    assert len(bson.encode(document_of("live", parsed(largest)))) < 2_000_000


def test_as_many_new_names_as_one_likes_are_still_looked_at() -> None:
    for start in range(0, 12_000, 1_000):
        parsed({**PLAIN, "properties": {f"name{start + n}": n for n in range(1_000)}})
    assert len(limits._SOUND_NAMES) <= limits._MOST_SOUND_NAMES
    assert refused({**PLAIN, "properties": {"$new": 1}}).code == "invalid_event"
