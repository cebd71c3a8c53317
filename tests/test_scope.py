"""What is asked for is read once, at the edge; what cannot be used is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from conftest import FakeClock
from hypothesis import given, settings
from hypothesis import strategies as st

from clickstream.errors import InvalidInput
from clickstream.localtime import LocalTime
from clickstream.scope import FIRST_YEAR, LAST_YEAR, LIVE, Scope, read_scope, windows

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def read(zone: str = "UTC", /, **values: str) -> Scope:
    return read_scope(values, now=NOW, local=LocalTime(zone))


def problems(zone: str = "UTC", /, **values: str) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        read(zone, **values)
    assert caught.value.code == "invalid_scope"
    return caught.value.fields


def test_nothing_asked_for_is_everything_there_is_as_of_now() -> None:
    assert read() == Scope(as_of=NOW, dataset=LIVE, since=None, until=None, user_id=None, filters={}, view="clean")
    assert read(since="", until="", device="", view="", user_id="", dataset="") == read()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T10:00:00Z", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01T10:00:00", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01 10:00", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01T10:00:00+05:30", datetime(2026, 3, 1, 4, 30, tzinfo=UTC)),
        ("2026-03-01T10:00:00 05:30", datetime(2026, 3, 1, 4, 30, tzinfo=UTC)),  # a + that an address made a space
        ("2026-03-01T10:00:00.250-08:00", datetime(2026, 3, 1, 18, 0, 0, 250_000, tzinfo=UTC)),
        ("2026-03-01", datetime(2026, 2, 28, 23, tzinfo=UTC)),
    ],
)
def test_a_bound_is_an_instant_or_a_local_day(text: str, expected: datetime) -> None:
    assert read("Europe/Berlin", since=text).since == expected
    assert read("Europe/Berlin", until=text).until == expected
    assert read("Europe/Berlin", as_of=text).as_of == expected


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "2026-02-30",
        "2026-3-1",
        "03/01/2026",
        "12:00",
        "1772366400",
        "2026-03-01T25:00",
        "\0",
        "٢٠٢٦-٠٣-٠١",
        "x" * 5_000,
    ],
)
@pytest.mark.parametrize("name", ["since", "until", "as_of"])
def test_what_is_no_time_is_named(name: str, text: str) -> None:
    assert set(problems(**{name: text})) == {name}


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati", "Etc/GMT+12"])
@pytest.mark.parametrize("name", ["since", "until", "as_of"])
@pytest.mark.parametrize(
    "text",
    ["0001-01-01", "0001-01-01T00:00:00Z", "1969-12-31", "2101-01-01", "9999-12-31", "9999-12-31T23:59:59.999999-14:00"],
)
def test_years_no_calendar_needs_are_refused_in_every_zone(zone: str, name: str, text: str) -> None:
    assert f"{FIRST_YEAR} to {LAST_YEAR}" in problems(zone, **{name: text})[name]


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati"])
def test_the_first_and_the_last_day_are_read_in_every_zone(zone: str) -> None:
    local = LocalTime(zone)
    for text in ("1970-01-01", "2100-12-31"):
        scope = read(zone, since=text)
        assert scope.whole_days(local) in ((text, None), None)  # before 2000 some clocks were minutes off
        assert scope.described()["since"]


@pytest.mark.parametrize(("since", "until"), [("2026-03-02", "2026-03-01"), ("2026-03-01", "2026-03-01")])
def test_a_window_ends_after_it_begins(since: str, until: str) -> None:
    assert problems(since=since, until=until) == {"until": "must be after since"}


def test_a_window_is_ten_years_long_at_most() -> None:
    assert read(since="2016-03-01", until="2026-03-01")
    assert problems(since="2010-03-01", until="2026-03-01") == {"until": "must be within ten years of since"}


def test_every_problem_is_told_at_once() -> None:
    found = problems(since="x", until="y", as_of="z", view="some", visitor="old", device="d" * 201, dataset="e" * 201)
    assert set(found) == {"since", "until", "as_of", "view", "visitor", "device", "dataset"}


@pytest.mark.parametrize("name", ["device", "country", "channel", "variant"])
def test_filters_are_taken_as_they_are(name: str) -> None:
    scope = read(**{name: '{"$gt": ""}'})
    assert scope.filters == {name: '{"$gt": ""}'}
    assert scope.match() == {"views": "clean", name: '{"$gt": ""}'}


def test_a_scope_becomes_a_filter_on_sessions() -> None:
    scope = read(since="2026-02-01", until="2026-03-01", user_id="u1", visitor="new", view="all", country="DE")
    assert scope.match() == {
        "views": "all",
        "start": {"$gte": datetime(2026, 2, 1, tzinfo=UTC), "$lt": datetime(2026, 3, 1, tzinfo=UTC)},
        "user_id": "u1",
        "country": "DE",
        "links.all.new": True,
    }
    assert read(visitor="returning").match() == {"views": "clean", "links.clean.new": False}


def test_a_scope_is_described_so_that_it_can_be_asked_for_again() -> None:
    scope = read("Asia/Kolkata", since="2026-02-01", until="2026-02-28T20:00:00.123Z", user_id="u1", device="tv", view="all")
    said = scope.described()
    assert said == {
        "dataset": "live",
        "since": "2026-01-31T18:30:00.000Z",
        "until": "2026-02-28T20:00:00.123Z",
        "user_id": "u1",
        "filters": {"device": "tv"},
        "view": "all",
        "as_of": "2026-03-01T12:00:00.000Z",
    }
    again = {**said, **said["filters"]}
    del again["filters"]
    assert read("Asia/Kolkata", **again) == scope


@pytest.mark.parametrize(
    ("zone", "since", "until", "days"),
    [
        ("UTC", None, None, (None, None)),
        ("UTC", "2026-03-01", None, ("2026-03-01", None)),
        ("UTC", None, "2026-03-01", (None, "2026-02-28")),
        ("UTC", "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z", ("2026-03-01", "2026-03-01")),
        ("Europe/Berlin", "2026-03-29", "2026-03-30", ("2026-03-29", "2026-03-29")),
        ("Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", ("2026-03-29", "2026-03-29")),
        ("Europe/Berlin", "2026-03-29T00:00:00Z", None, None),
        ("Europe/Berlin", None, "2026-03-29T23:00:00Z", None),
        ("Asia/Kolkata", "2026-03-01", "2026-03-02T00:00:00Z", None),
        ("America/Sao_Paulo", "2018-11-04", "2018-11-05", ("2018-11-04", "2018-11-04")),
        ("UTC", "2026-03-01T00:00:00.001Z", None, None),
    ],
)
def test_whole_local_days_are_recognised(
    zone: str, since: str | None, until: str | None, days: tuple[str | None, str | None] | None
) -> None:
    given = {name: text for name, text in (("since", since), ("until", until)) if text}
    assert read(zone, **given).whole_days(LocalTime(zone)) == days


NAMES = st.sampled_from(["since", "until", "as_of", "view", "visitor", "device", "user_id", "dataset", "other"])
TEXTS = st.one_of(
    st.text(), st.datetimes().map(lambda time: time.isoformat()), st.dates().map(str), st.sampled_from(["new", "all"])
)


@settings(deadline=None)
@given(st.dictionaries(NAMES, TEXTS), st.sampled_from(["UTC", "Pacific/Apia", "America/St_Johns"]))
def test_any_text_makes_a_usable_scope_or_names_what_does_not(values: dict[str, str], zone: str) -> None:
    try:
        scope = read_scope(values, now=NOW, local=LocalTime(zone))
    except InvalidInput as error:
        assert set(error.fields) <= set(values)
        return
    scope.whole_days(LocalTime(zone))
    assert scope.as_of - timedelta(minutes=1_440) < scope.as_of
    assert scope.described()
    assert scope.match()["views"] == scope.view


def test_as_of_moves_with_the_clock_unless_it_is_said(clock: FakeClock) -> None:
    clock.advance(minutes=31)
    assert read_scope({}, now=clock(), local=LocalTime("UTC")).as_of == clock()


class Shifted(NamedTuple):
    label: str
    asked: tuple[str, str]
    before: tuple[str, str]
    days: int
    zone: str = "UTC"
    as_of: str = "2027-01-01T00:00"


SHIFTED = [
    Shifted("a week", ("2026-03-09T00:00", "2026-03-16T00:00"), ("2026-03-02T00:00", "2026-03-09T00:00"), 7),
    Shifted("ten days, two weeks", ("2026-03-11T00:00", "2026-03-21T00:00"), ("2026-02-25T00:00", "2026-03-07T00:00"), 10),
    Shifted("a day, a week", ("2026-03-09T00:00", "2026-03-10T00:00"), ("2026-03-02T00:00", "2026-03-03T00:00"), 1),
    Shifted(
        "days only touched count", ("2026-03-09T12:00", "2026-03-16T12:00"), ("2026-02-23T12:00", "2026-03-02T12:00"), 8
    ),
    Shifted(
        "a day half over is held against half a day",
        ("2026-03-09T00:00", "2026-03-23T00:00"),
        ("2026-03-02T00:00", "2026-03-04T09:30"),
        3,
        as_of="2026-03-11T09:30",
    ),
    Shifted(
        "local midnight stays midnight when clocks change",
        ("2026-03-29T22:00", "2026-04-05T22:00"),
        ("2026-03-22T23:00", "2026-03-29T22:00"),
        7,
        "Europe/Berlin",
    ),
    Shifted(
        "a time that does not exist lies after the change",
        ("2026-04-05T00:30", "2026-04-05T02:00"),  # 02:30 and 04:00 in Berlin, a week after the clocks jumped from 2 to 3
        ("2026-03-29T01:30", "2026-03-29T02:00"),
        1,
        "Europe/Berlin",
    ),
    Shifted(
        "a time that comes twice is the first of the two",
        ("2026-11-01T01:30", "2026-11-01T04:00"),  # 02:30 in Berlin, a week after it came twice
        ("2026-10-25T00:30", "2026-10-25T04:00"),
        1,
        "Europe/Berlin",
    ),
]


@pytest.mark.parametrize("case", SHIFTED, ids=[case.label for case in SHIFTED])
def test_the_window_before_lies_whole_weeks_back(case: Shifted) -> None:
    since, until, before, end, as_of = map(moment, (*case.asked, *case.before, case.as_of))
    compared = windows(
        Scope(as_of=as_of, since=since, until=until), LocalTime(case.zone), (moment("2020-01-01T00:00"), as_of)
    )
    assert compared and compared.before
    assert (compared.before.since, compared.before.until, compared.days) == (before, end, case.days)
    assert (compared.now.since, compared.now.until) == (since, min(until, as_of))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(("first_session", "known"), [("2026-03-02T23:00", True), ("2026-03-03T00:00", False)])
def test_what_was_before_is_not_known_where_the_data_begins_on_a_later_day(first_session: str, known: bool) -> None:
    scope = Scope(as_of=NOW + timedelta(days=90), since=moment("2026-03-09T00:00"), until=moment("2026-03-10T00:00"))
    compared = windows(scope, LocalTime("UTC"), (moment(first_session), NOW))
    assert compared is not None
    assert (compared.before is not None) is known


def test_missing_bounds_of_a_comparison_are_the_data_s_own_days() -> None:
    reach = (moment("2026-02-01T10:00"), moment("2026-02-03T09:00"))
    compared = windows(Scope(as_of=NOW), LocalTime("UTC"), reach)
    assert compared is not None
    assert (compared.now.since, compared.now.until) == (moment("2026-02-01T00:00"), moment("2026-02-04T00:00"))
    assert (compared.days, compared.before) == (3, None)


def test_a_window_that_has_not_begun_or_has_no_data_compares_nothing() -> None:
    assert windows(Scope(as_of=NOW), LocalTime("UTC"), None) is None
    later = Scope(as_of=NOW, since=NOW, until=NOW + timedelta(days=1))
    assert windows(later, LocalTime("UTC"), (NOW - timedelta(days=100), NOW)) is None
