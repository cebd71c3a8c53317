"""One raw event becomes one Event, or is refused by the names of its fields; nothing else ever happens."""

from __future__ import annotations

import copy
import json
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import Any

import bson
import pytest
from bson.codec_options import CodecOptions
from hypothesis import given, settings
from hypothesis import strategies as st

from clickstream.events import PROPERTY_ALIASES, TYPE_ALIASES, Event
from clickstream.ingest import limits
from clickstream.ingest.limits import Refused
from clickstream.ingest.parse import Occurrences, parse_event
from clickstream.money import is_amount
from clickstream.store.events import document_of

NOW = datetime(2026, 3, 1, 12, 0, 0, 500_000, tzinfo=UTC)
PLAIN = {"event_type": "pageview", "client_id": "c1"}
BUY = {"event_type": "purchase", "client_id": "c1"}


def parsed(raw: object, occurrences: Occurrences | None = None) -> Event:
    return parse_event(raw, received_at=NOW, position=7, occurrences=occurrences or Occurrences())


def refused(raw: object) -> Refused:
    with pytest.raises(Refused) as caught:
        parsed(raw)
    return caught.value


def fields_of(raw: object) -> set[str]:
    found = refused(raw)
    assert found.code == "invalid_event"
    return set(found.fields)


def moment(value: object) -> datetime:
    return parsed({**PLAIN, "timestamp": value}).timestamp


# The envelope


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


# Time


@pytest.mark.parametrize(
    "value",
    [
        1_772_362_800,
        1_772_362_800.0,
        1_772_362_800_000,
        1_772_362_800_000_000,
        "1772362800",
        "1772362800.0",
        " 1772362800000 ",
        "1772362800000000",
        "2026-03-01T11:00:00Z",
        "2026-03-01T11:00:00",
        "2026-03-01 11:00:00",
        "2026-03-01 11:00:00 UTC",
        "2026-03-01T12:00:00+01:00",
        "2026-03-01T16:30:00+05:30",
        "20260301T110000Z",
        "2026-03-01T11:00:00.000999Z",
    ],
)
def test_every_written_form_of_a_time_is_that_time(value: object) -> None:
    assert moment(value) == datetime(2026, 3, 1, 11, tzinfo=UTC)


def test_the_times_of_public_logs_are_read() -> None:
    assert moment("2019-10-01 00:00:00 UTC") == datetime(2019, 10, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "milliseconds"),
    [
        (1_772_362_800.123, 123),
        (1_772_362_800.1239, 123),
        ("1772362800.999", 999),
        (1_772_362_800_123, 123),
        (1_772_362_800_123.9, 123),
        (1_772_362_800_123_999, 123),
        ("2026-03-01T11:00:00.1239Z", 123),
    ],
)
def test_times_are_floored_to_the_millisecond(value: object, milliseconds: int) -> None:
    assert moment(value) == datetime(2026, 3, 1, 11, 0, 0, milliseconds * 1000, tzinfo=UTC)


def test_eight_digits_are_the_date_they_look_like() -> None:
    assert moment("20260301") == datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        *(
            "yesterday",
            "2026-13-01",
            "2026-02-30",
            "12:00",
            "1e9",
            "-5",
            "5",
            "NaN",
            "9" * 4_000,
            "9" * 4_000 + ".5",
            "٢٠٢٦",
        ),
        *(True, False, [], {}, {"date": 1}, 10**17, -(10**17), 2**63 - 1),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
    ],
)
def test_what_is_no_time_is_refused(value: object) -> None:
    assert refused({**PLAIN, "timestamp": value}).fields == {
        "timestamp": "must be ISO 8601, or seconds or milliseconds since 1970"
    }


def test_the_year_2000_is_the_first() -> None:
    first = datetime(2000, 1, 1, tzinfo=UTC)
    assert moment("2000-01-01T00:00:00Z") == moment(946_684_800) == moment(946_684_800_000) == first
    for value in ("1999-12-31T23:59:59.999Z", 946_684_799.999, 946_684_799_999, 0, -1, "2000-01-01T00:00:00+00:01"):
        assert refused({**PLAIN, "timestamp": value}).fields == {"timestamp": "must not be before the year 2000"}


def test_a_clock_may_be_24_hours_ahead_and_no_millisecond_more() -> None:
    last = NOW + timedelta(hours=24)
    assert moment(last.isoformat()) == last
    later = last + timedelta(milliseconds=1)
    assert refused({**PLAIN, "timestamp": later.isoformat()}).fields == {
        "timestamp": "must not be more than 24 hours in the future"
    }


@pytest.mark.parametrize("value", [None, "", "  "])
def test_without_a_time_it_happened_when_it_arrived(value: object) -> None:
    assert moment(value) == NOW


@settings(deadline=None)
@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2026, 3, 2), timezones=st.just(UTC)))
def test_all_forms_of_a_time_agree(time: datetime) -> None:
    floored = time.replace(microsecond=time.microsecond // 1000 * 1000)
    ms = (floored - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    forms = (time.isoformat(), floored.isoformat(), ms, ms / 1000, str(ms), f"{ms // 1000}.{ms % 1000:03}", ms * 1000)
    assert {moment(form) for form in forms} == {floored}


# Pages and campaigns


@pytest.mark.parametrize(
    ("page", "path"),
    [
        ("/p/1", "/p/1"),
        ("https://shop.example/p/1?a=1#top", "/p/1"),
        ("https://shop.example", "/"),
        ("/p/1?a=1", "/p/1"),
        ("/p/1#top", "/p/1"),
        ("?a=1", "/"),
        ({"path": "/p/1", "title": "Shirt"}, "/p/1"),
        ({"url": "https://shop.example/p/1?a=1"}, "/p/1"),
        ({}, None),
        (5, "5"),
        ("  ", None),
    ],
)
def test_a_page_is_a_path(page: object, path: str | None) -> None:
    assert parsed({**PLAIN, "page": page}).page == path


def test_a_full_address_is_kept_as_the_url() -> None:
    address = "https://shop.example/p/1?utm_source=google&utm_medium=cpc&x=1#top"
    event = parsed({**PLAIN, "page": address})
    assert event.properties == {"url": address, "utm": {"source": "google", "medium": "cpc"}}


def test_a_page_object_carries_title_referrer_and_url() -> None:
    page = {"path": "/p/1", "title": "Shirt", "referrer": "https://t.co/1", "url": "https://shop.example/p/1?utm_source=t"}
    event = parsed({**PLAIN, "page": page})
    expected = {name: page[name] for name in ("title", "referrer", "url")}
    assert (event.page, event.properties) == ("/p/1", {**expected, "utm": {"source": "t"}})


@pytest.mark.parametrize("page", [True, [], {"path": ["x"]}, {"url": {"a": 1}}, "http://[", "/" + "x" * 1_024, "x" * 4_097])
def test_a_page_that_is_no_path_is_refused(page: object) -> None:
    assert fields_of({**PLAIN, "page": page}) == {"page"}


@pytest.mark.parametrize("name", ["page", "page_path"])
def test_a_page_may_stand_among_the_properties(name: str) -> None:
    event = parsed({**PLAIN, "properties": {name: "/inner"}})
    assert (event.page, event.properties) == ("/inner", {})
    assert parsed({**PLAIN, "page": "/outer", "properties": {name: "/inner"}}).page == "/outer"


@pytest.mark.parametrize(
    ("given", "utm"),
    [
        ({"utm_source": "a", "utm_medium": "b"}, {"source": "a", "medium": "b"}),
        ({"utm": {"source": "a"}, "utm_source": "z", "utm_medium": "b"}, {"source": "a", "medium": "b"}),
        ({"url": "https://x.example/?utm_source=a&utm_campaign=c%20d"}, {"source": "a", "campaign": "c d"}),
        ({"utm_source": "a", "url": "https://x.example/?utm_source=z&utm_medium=z"}, {"source": "a"}),
        ({"utm": {}, "url": "https://x.example/?utm_source=a"}, {"source": "a"}),
        ({"page": "/?x=1", "url": "https://x.example/?utm_source=a"}, {"source": "a"}),
        ({"url": "https://x.example/#utm_source=a"}, None),
        ({"utm": None}, None),
    ],
)
def test_campaigns_are_read_from_wherever_they_are_said(given: dict[str, Any], utm: dict[str, str] | None) -> None:
    assert parsed({**PLAIN, "properties": given}).properties.get("utm") == utm


@pytest.mark.parametrize(
    "query", ["utm_a%00b=1", "utm_$where=1", "utm_a.b=1", "utm_=1", "utm_source=%00", "utm_" + "x" * 300]
)
def test_no_address_smuggles_in_a_name_that_cannot_be_stored(query: str) -> None:
    assert "utm" not in parsed({**PLAIN, "page": f"/?{query}"}).properties


def test_other_flat_utm_names_are_ordinary_properties() -> None:
    given = {"utm_": "x", "utm_$x": 1, "utm_a b": 2}
    assert parsed({**PLAIN, **given}).properties == given


@pytest.mark.parametrize("value", ["summer", ["a"], 5])
def test_a_campaign_that_is_no_object_is_refused(value: object) -> None:
    assert fields_of({**PLAIN, "utm": value, "utm_source": "a"}) == {"properties.utm"}


# Properties that metrics read


@pytest.mark.parametrize(("device", "expected"), [({"type": "mobile"}, "mobile"), (" tv ", "tv"), (5, "5"), ({}, None)])
def test_a_device_is_text_or_an_object_with_a_type(device: object, expected: str | None) -> None:
    assert parsed({**PLAIN, "device": device}).properties.get("device") == expected


@pytest.mark.parametrize("name", ["device", "country", "variant", "product_id", "order_id", "query", "source"])
@pytest.mark.parametrize("value", [True, 1.5, [1], {"type": {"a": 1}}])
def test_text_a_metric_reads_must_be_text(name: str, value: object) -> None:
    assert fields_of({**PLAIN, "properties": {name: value}}) == {f"properties.{name}"}


@pytest.mark.parametrize("name", ["product_id", "order_id"])
def test_ids_of_things_are_as_short_as_ids_of_people(name: str) -> None:
    assert parsed({**PLAIN, name: " " + "x" * 200}).properties == {name: "x" * 200}
    assert fields_of({**PLAIN, name: "x" * 201}) == {f"properties.{name}"}


AMOUNTS = {
    "product_view": ["price"],
    "add_to_cart": ["price", "cart_value"],
    "remove_from_cart": ["price", "cart_value"],
    "cart_view": ["cart_value"],
    "purchase": ["price", "revenue", "subtotal", "total", "total_amount", "value", "tax", "shipping", "discount"],
    "refund": ["amount"],
    "order_cancel": ["amount"],
}
AMOUNT_FIELDS = [(event_type, name) for event_type, names in AMOUNTS.items() for name in names]


@pytest.mark.parametrize(("event_type", "name"), AMOUNT_FIELDS)
@pytest.mark.parametrize("value", ["much", True, [], {}, -1, "-0.01", 1e12, "1e12", "NaN", "Infinity", "1,5", "1e9999999"])
def test_an_amount_that_cannot_be_added_is_refused(event_type: str, name: str, value: object) -> None:
    assert fields_of({"event_type": event_type, "client_id": "c", name: value}) == {f"properties.{name}"}


@pytest.mark.parametrize(("event_type", "name"), AMOUNT_FIELDS)
@pytest.mark.parametrize("value", [0, 12, 12.5, "12.50", 100_000_000_000, "1e3", "0.00001", " 5 "])
def test_amounts_are_numbers_or_spell_one(event_type: str, name: str, value: object) -> None:
    assert parsed({"event_type": event_type, "client_id": "c", name: value}).properties == {name: value}


@pytest.mark.parametrize(
    ("event_type", "name"),
    [("add_to_cart", "quantity"), ("purchase", "quantity"), ("search", "results_count"), ("search", "page_no")],
)
@pytest.mark.parametrize("value", [-1, 1.5, "2", True, [], 1_000_000_001])
def test_a_count_is_a_whole_number(event_type: str, name: str, value: object) -> None:
    assert fields_of({"event_type": event_type, "client_id": "c", name: value}) == {f"properties.{name}"}


def test_an_empty_number_counts_as_left_out() -> None:
    event = parsed({**BUY, "revenue": "", "quantity": "", "items": [{"product_id": "p1", "price": "", "quantity": ""}]})
    assert event.properties == {"items": [{"product_id": "p1"}]}


@pytest.mark.parametrize("items", ["p1", {}, [1], [["p1"]], [{"product_id": "p1"}, None], True, 0])
def test_items_are_a_list_of_objects(items: object) -> None:
    assert fields_of({**BUY, "items": items}) == {"properties.items"}


def test_each_line_is_checked_and_named() -> None:
    items = [{"product_id": 5}, {"product_id": ["a"]}, {"price": -1}, {"quantity": 1.5}, {"product_id": "x" * 201}]
    assert fields_of({**BUY, "items": items}) == {
        "properties.items[1].product_id",
        "properties.items[2].price",
        "properties.items[3].quantity",
        "properties.items[4].product_id",
    }


def test_lines_are_cleaned() -> None:
    assert parsed({**BUY, "items": [{"product_id": " 7 ", "name": None}]}).properties["items"] == [{"product_id": "7"}]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"price": 1_000_000, "quantity": 100_001}, "properties.quantity"),
        ({"items": [{"price": "6e10"}, {"price": 6e10}]}, "properties.items"),
        ({"items": [{"price": 1, "quantity": 1_000_000_000}] * 101}, "properties.items"),
    ],
)
def test_lines_together_are_worth_no_more_than_one_amount(given: dict[str, Any], name: str) -> None:
    assert fields_of({**BUY, **given}) == {name}
    assert parsed({**PLAIN, **given}).properties == given  # what no metric reads is kept


@pytest.mark.parametrize(("given", "kept"), [("eur", "EUR"), (" usd ", "USD"), ("", None), (None, None)])
def test_a_currency_is_three_letters(given: object, kept: str | None) -> None:
    assert parsed({**BUY, "currency": given}).properties.get("currency") == kept


@pytest.mark.parametrize("value", ["EURO", "€", "E1R", "ÉUR", 978, ["EUR"], True])
def test_what_is_no_currency_is_refused(value: object) -> None:
    assert fields_of({**BUY, "currency": value}) == {"properties.currency"}


# What the database could not bear


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
types = st.sampled_from([*TYPE_ALIASES, *AMOUNTS, "search", "engagement", "own"])
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


@settings(deadline=None)
@given(st.text() | st.integers() | st.floats() | st.sampled_from(["1e9999999", "1e-9999999999", "1_0", "1__0", "٣", "+5"]))
def test_whatever_is_accepted_as_an_amount_can_be_counted(value: object) -> None:
    accepted = False
    try:
        accepted = "revenue" in parsed({**BUY, "revenue": value, "quantity": 2}).properties
    except Refused:
        pass
    assert not accepted or is_amount(value)
