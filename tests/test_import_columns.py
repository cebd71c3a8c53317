"""From a file's columns to our fields: what is guessed, what a mapping must give, what cannot be used."""

from __future__ import annotations

import pytest

from clickstream.errors import InvalidInput
from clickstream.imports.columns import Columns, as_mapping, guess, guess_types, missing
from clickstream.imports.times import guess_format

COMPLETE = {"Who": "client_id", "What": "event_type", "When": "timestamp"}


@pytest.mark.parametrize(
    ("columns", "fields"),
    [
        (["timestamp", "client_id", "event_type"], ["timestamp", "client_id", "event_type"]),
        (["eventTime", "Visitor ID", "Action"], ["timestamp", "client_id", "event_type"]),
        (["user_session", "customer", "url"], ["session_id", "user_id", "page"]),
        (["ts", "timestamp"], ["ts", "timestamp"]),
        (["date", "time"], ["timestamp", "time"]),
        (["Colour", "size.eu", "$price"], ["Colour", "size_eu", "price"]),
        (["=1+1", "<b>x</b>"], ["=1+1", "<b>x</b>"]),
        (["$.", "a"], ["", "a"]),
    ],
    ids=["ours", "others'", "more", "ours win", "the first wins", "own names", "formulas stay text", "nothing left"],
)
def test_a_columns_field_is_guessed_by_its_name(columns: list[str], fields: list[str]) -> None:
    assert list(guess(columns).values()) == fields


def test_words_that_differ_from_ours_in_writing_only_are_guessed() -> None:
    words = ["Page View", "Add To Cart", "purchase", "Kauf", "view"]
    assert guess_types(words) == {"Page View": "pageview", "Add To Cart": "add_to_cart"}


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["2026-03-01T12:00:00Z", 1772362800], ""),
        (["31.01.2026 14:05", "01.02.2026 09:00"], "%d.%m.%Y %H:%M"),
        (["31/01/2026 14:05", "01/02/2026 09:00"], "%d/%m/%Y %H:%M"),
        (["01/31/2026 02:05 PM"], "%m/%d/%Y %I:%M %p"),
        (["soon"], ""),
        ([], ""),
    ],
    ids=["as we read it", "german", "day first", "american", "no time", "nothing"],
)
def test_the_way_times_are_written_is_guessed_from_all_of_them(texts: list[object], found: str) -> None:
    assert guess_format(texts) == found


@pytest.mark.parametrize(
    ("chosen", "field"),
    [
        (Columns(), "columns"),
        (Columns({"a": "", "b": ""}), "columns"),
        (Columns({"a": "client_id", "b": "client_id"}), "columns.b"),
        (Columns(COMPLETE, time_zone="Mars/Olympus"), "time_zone"),
        (Columns(shipped="../secrets"), "shipped"),
    ],
    ids=["nothing", "nothing but left out", "twice", "no zone", "no mapping"],
)
def test_what_cannot_be_used_is_named(chosen: Columns, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        as_mapping(chosen)
    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize(
    ("chosen", "lacks"),
    [
        (Columns(COMPLETE), set()),
        (Columns({"Who": "session_id", "When": "timestamp"}, event_type="purchase"), set()),
        (Columns({"Who": "client_id"}), {"event_type", "timestamp"}),
        (Columns({"What": "event_type", "When": "timestamp"}), {"client_id"}),
        (Columns(shipped="rees46"), set()),
    ],
    ids=["complete", "one type for all", "only who", "nobody", "shipped"],
)
def test_a_mapping_gives_who_what_and_when(chosen: Columns, lacks: set[str]) -> None:
    assert set(missing(chosen, table=True)) == lacks


def test_rows_of_json_need_no_mapping() -> None:
    assert missing(Columns(), table=False) == {}
