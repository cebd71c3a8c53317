"""When it happened, on which page, and which campaign it came from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parsing import NOW, PLAIN, fields_of, parsed, refused


def moment(value: object) -> datetime:
    return parsed({**PLAIN, "timestamp": value}).timestamp


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
@given(st.integers(0, (NOW - datetime(2000, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)))
def test_all_forms_of_a_time_agree(microseconds: int) -> None:
    time = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
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
