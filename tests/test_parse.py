"""One raw event becomes one Event, or is refused by the names of its fields; nothing else ever happens."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any

import bson
import pytest
from bson.codec_options import CodecOptions
from hypothesis import given, settings
from hypothesis import strategies as st
from parsing import BUY, NOW, PLAIN, fields_of, parsed, refused

from clickstream.events import PROPERTY_ALIASES, TYPE_ALIASES, Event
from clickstream.ingest.limits import Refused
from clickstream.ingest.parse import Occurrences
from clickstream.store.events import document_of


def test_an_event_keeps_what_it_was_sent_with() -> None:
    event = parsed(
        {
            "event_id": "e1",
            "event_type": "product_view",
            "timestamp": "2026-03-01T11:00:00Z",
            "client_id": "c1",
            "user_id": "u1",
            "session_id": "s1",
            "page": "/p/1",
            "properties": {"product_id": "p1", "price": 9.5},
        }
    )
    assert event == Event(
        event_id="e1",
        event_type="product_view",
        timestamp=datetime(2026, 3, 1, 11, tzinfo=UTC),
        received_at=NOW,
        position=7,
        key="s:s1",
        client_id="c1",
        user_id="u1",
        session_id="s1",
        page="/p/1",
        properties={"product_id": "p1", "price": 9.5},
    )


@pytest.mark.parametrize("raw", [None, True, 5, 1.5, "event", [], [PLAIN], (), b"{}"])
def test_what_is_no_object_is_no_event(raw: object) -> None:
    assert refused(raw).fields == {"": "must be an object"}


@pytest.mark.parametrize("event_type", [None, "", "  ", 0.5, True, [], {}, "x" * 201, "a\tb"])
def test_an_event_needs_a_type_of_text(event_type: object) -> None:
    assert fields_of({"client_id": "c1", "event_type": event_type}) == {"event_type"}


def test_a_missing_type_is_called_missing() -> None:
    assert refused({"client_id": "c1"}).fields == {"event_type": "is missing"}


@pytest.mark.parametrize(("alias", "name"), TYPE_ALIASES.items())
def test_type_aliases_become_their_type(alias: str, name: str) -> None:
    assert parsed({**PLAIN, "event_type": alias}).event_type == name


def test_unknown_types_are_kept_as_they_are() -> None:
    event = parsed({**PLAIN, "event_type": " Wish List ", "price": "much", "quantity": -1, "items": "none"})
    assert event.event_type == "Wish List"
    assert event.properties == {"price": "much", "quantity": -1, "items": "none"}


@pytest.mark.parametrize("given", [{}, {"client_id": ""}, {"user_id": "  "}, {"session_id": None, "client_id": ""}])
def test_an_event_of_nobody_is_refused_for_its_identity(given: dict[str, Any]) -> None:
    found = refused({"event_type": "pageview", **given})
    assert (found.code, set(found.fields)) == ("missing_identity", {"client_id"})


def test_an_operator_is_no_id() -> None:
    assert fields_of({**PLAIN, "user_id": {"$gt": ""}}) == {"user_id.$gt"}


def test_a_broken_id_is_no_missing_identity() -> None:
    assert fields_of({"event_type": "pageview", "client_id": ["c1"]}) == {"client_id"}


@pytest.mark.parametrize(
    ("ids", "key"),
    [
        ({"client_id": "c", "user_id": "u", "session_id": "s"}, "s:s"),
        ({"client_id": "c", "user_id": "u"}, "c:c"),
        ({"user_id": "u"}, "u:u"),
        ({"session_id": "", "user_id": "u"}, "u:u"),
        ({"client_id": 12}, "c:12"),
        ({"client_id": "  c  "}, "c:c"),
    ],
)
def test_events_are_grouped_by_session_else_client_else_user(ids: dict[str, Any], key: str) -> None:
    assert parsed({"event_type": "pageview", **ids}).key == key


@pytest.mark.parametrize("name", ["event_id", "client_id", "user_id", "session_id"])
@pytest.mark.parametrize("value", [True, 1.5, [], {}, {"gt": ""}, "x" * 201, "a\nb", "a\x85b"])
def test_an_id_is_text_of_at_most_200_characters_without_control_characters(name: str, value: object) -> None:
    assert name in fields_of({**PLAIN, "client_id": "c1", name: value})


def test_the_longest_id_is_accepted() -> None:
    assert parsed({**PLAIN, "client_id": "x" * 200}).client_id == "x" * 200


@pytest.mark.parametrize("value", ["José", "客户", "a b", "x\u200bz", "😀"])
def test_ids_may_be_in_any_script(value: str) -> None:
    assert parsed({**PLAIN, "client_id": value}).client_id == value


# Names that stand for other names


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"type": "search"}, "search"),
        ({"event": "search"}, "search"),
        ({"event": "Order Completed", "type": "track"}, "Order Completed"),
        ({"type": "track", "event_type": "search"}, "search"),
        ({"event_type": None, "type": "search"}, "search"),
    ],
)
def test_the_type_has_other_names_and_its_own_wins(given: dict[str, Any], expected: str) -> None:
    assert parsed({"client_id": "c1", **given}).event_type == expected


def test_a_name_that_is_not_needed_as_an_alias_is_a_property() -> None:
    event = parsed({**PLAIN, "type": "autocomplete", "timestamp": 1772366400, "time": "noon"})
    assert event.properties == {"type": "autocomplete", "time": "noon"}


@pytest.mark.parametrize("name", ["ts", "time", "timestamp"])
def test_the_time_has_other_names(name: str) -> None:
    assert parsed({**PLAIN, name: 1_772_366_400}).timestamp == datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(("alias", "name"), [pair for pair in PROPERTY_ALIASES.items() if "value" not in pair[0]])
@pytest.mark.parametrize("inside", [True, False])
def test_property_aliases_become_their_property(alias: str, name: str, inside: bool) -> None:
    given = {alias: "shoes"}
    event = parsed({**PLAIN, **({"properties": given} if inside else given)})
    assert event.properties == {name: "shoes"}


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("inside", [True, False])
def test_a_property_under_its_own_name_wins_in_whatever_order(turned: bool, inside: bool) -> None:
    pairs = [("search_query", "alias"), ("query", "own")]
    given = dict(reversed(pairs) if turned else pairs)
    assert parsed({**PLAIN, **({"properties": given} if inside else given)}).properties == {"query": "own"}


def test_fields_beside_the_type_are_properties_and_properties_win() -> None:
    event = parsed({**PLAIN, "device": "mobile", "country": "DE", "properties": {"device": "tablet"}})
    assert event.properties == {"device": "tablet", "country": "DE"}


def test_nothing_counts_as_left_out() -> None:
    event = parsed({**PLAIN, "user_id": None, "timestamp": None, "page": None, "properties": {"a": None, "query": " "}})
    assert (event.user_id, event.page, event.properties, event.timestamp) == (None, None, {}, NOW)


@pytest.mark.parametrize("value", [[], "x", 5, True])
def test_properties_must_be_an_object(value: object) -> None:
    assert fields_of({**PLAIN, "properties": value}) == {"properties"}


def test_names_of_the_store_are_ordinary_properties() -> None:
    given = {"_id": "x", "key": "s:other", "dataset": "other", "flag": {"noisy": True}, "received_at": 0, "position": 3}
    event = parsed({**PLAIN, **given})
    assert event.properties == given
    assert (event.key, event.flag, event.received_at) == ("c:c1", None, NOW)


def test_an_event_is_parsed_without_being_changed() -> None:
    raw = {
        **BUY,
        "type": "x",
        "utm_source": "google",
        "properties": {"utm": {"medium": "cpc"}, "items": [{"product_id": " p1 ", "price": None}], "device": {"type": "m"}},
    }
    before = copy.deepcopy(raw)
    parsed(raw)
    assert raw == before


# Names for events without one


def test_the_same_event_has_the_same_name_and_the_second_of_its_likes_another() -> None:
    raw = {**PLAIN, "ts": 1_772_362_800, "page": "/", "properties": {"b": 1, "a": {"d": 2, "c": [1, 2]}}}
    turned = {"properties": {"a": {"c": [1, 2], "d": 2}, "b": 1}, "page": "/", "ts": 1_772_362_800, **PLAIN}
    occurrences = Occurrences()
    names = [parsed(one, occurrences).event_id for one in (raw, turned, raw)]
    assert len(set(names)) == 3
    assert [parsed(raw).event_id, f"{parsed(raw).event_id}-1", f"{parsed(raw).event_id}-2"] == names


@pytest.mark.parametrize(
    "other",
    [
        {"client_id": "c2"},
        {"user_id": "c1"},
        {"session_id": "c1"},
        {"ts": 1_772_362_800.001},
        {"event_type": "search"},
        {"page": "/x"},
        {"x": 1},
        {"x": "1"},
        {"x": [1]},
    ],
)
def test_whatever_differs_makes_it_another_event(other: dict[str, Any]) -> None:
    raw = {**PLAIN, "ts": 1_772_362_800}
    assert parsed(raw).event_id != parsed({**raw, **other}).event_id


def test_who_is_told_apart_from_whom() -> None:
    people = [{"client_id": "x"}, {"user_id": "x"}, {"session_id": "x"}]
    names = {parsed({"event_type": "pageview", "ts": 1_772_362_800, **who}).event_id for who in people}
    assert len(names) == 3


def test_the_written_form_does_not_make_another_event() -> None:
    written = [
        {**PLAIN, "ts": 1_772_362_800, "query": "a"},
        {"type": "page_view", "client_id": " c1 ", "time": "2026-03-01T11:00:00Z", "properties": {"search_term": "a"}},
    ]
    assert len({parsed(raw).event_id for raw in written}) == 1


def test_without_a_time_too_every_event_is_one_of_its_own() -> None:
    assert parsed(PLAIN).event_id != parsed(PLAIN).event_id


def test_a_named_event_keeps_its_name() -> None:
    assert parsed({**PLAIN, "event_id": 17}).event_id == "17"
    assert parsed({**PLAIN, "event_id": " e "}).event_id == "e"


# Anything at all

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.text(st.characters(codec=None, categories=None), max_size=5),
    st.sampled_from(["1e9999999", "1__0", "sNaN", "2026-03-01", "http://[", "/?utm_source=%00", "\0", "\ud800", "0x1", ""]),
)
names = st.one_of(
    st.text(max_size=10),
    st.sampled_from(["$gt", "a.b", "path", "url", "type", "source", "product_id", "price", "quantity", "properties"]),
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4), max_leaves=12
)
known = st.sampled_from(
    [
        *("event_type", "type", "event", "event_id", "client_id", "user_id", "session_id", "timestamp", "ts", "page"),
        *("page_path", "properties", "device", "utm", "utm_source", "url", "referrer", "items", "price", "quantity"),
        *("currency", "revenue", "total", "order_id", "query", "search_query", "results_count", "cart_value", "amount"),
    ]
)
types = st.sampled_from([*TYPE_ALIASES, *TYPE_ALIASES.values(), "refund", "search", "engagement", "own"])
plausible = st.builds(
    lambda base, raw, inner: {**base, **raw, **({"properties": inner} if inner is not None else {})},
    st.fixed_dictionaries({"event_type": types, "client_id": st.just("c1")}),
    st.dictionaries(known, values, max_size=4),
    st.none() | st.dictionaries(st.one_of(known, names), values, max_size=5),
)


@settings(deadline=None, max_examples=400)
@given(st.one_of(values, st.dictionaries(st.one_of(known, names), values, max_size=8), plausible))
def test_whatever_is_sent_is_accepted_or_refused_and_what_is_accepted_can_be_stored(raw: object) -> None:
    try:
        event = parsed(raw)
    except Refused as problem:
        assert problem.code in ("invalid_event", "missing_identity", "too_large")
        assert problem.fields
        json.dumps(problem.fields).encode()
        return
    stored = bson.encode(document_of("live", event))
    options: CodecOptions[dict[str, Any]] = CodecOptions(tz_aware=True, tzinfo=UTC)
    document = bson.decode(stored, options)
    assert (document.pop("_id"), document.pop("dataset")) == (f"live:{event.event_id}", "live")
    assert Event(**document) == event
    assert event.key.partition(":")[2]
