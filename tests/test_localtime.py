"""Days and hours by the shop's wall clock: also where a clock jumps, where midnight does not exist, where a day does not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clickstream.localtime import LocalTime

HOUR = timedelta(hours=1)
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",  # half past
    "Asia/Kathmandu",  # a quarter to
    "Pacific/Chatham",  # a quarter to, with summer time
    "Australia/Lord_Howe",  # summer time of half an hour
    "America/Sao_Paulo",  # jumped at midnight until 2018
    "America/Havana",  # jumps at midnight
    "Asia/Beirut",
    "Africa/Cairo",
    "America/Asuncion",
    "Africa/Casablanca",  # summer time backwards
    "Antarctica/Troll",  # two hours
    "Pacific/Apia",  # left out 30 December 2011
    "Pacific/Kiritimati",
    "Etc/GMT+12",
]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def hours_of(zone: str, day: str) -> list[datetime]:
    local = LocalTime(zone)
    return list(local.hours(local.day_start(day), local.next_day_start(day)))


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("UTC", "2026-03-29", "2026-03-29 00:00", 24),
        ("Europe/Berlin", "2026-03-28", "2026-03-27 23:00", 24),
        ("Europe/Berlin", "2026-03-29", "2026-03-28 23:00", 23),
        ("Europe/Berlin", "2026-10-25", "2026-10-24 22:00", 25),
        ("America/New_York", "2026-03-08", "2026-03-08 05:00", 23),
        ("America/New_York", "2026-11-01", "2026-11-01 04:00", 25),
        ("Asia/Kolkata", "2026-03-29", "2026-03-28 18:30", 24),
        ("Asia/Kathmandu", "2026-03-29", "2026-03-28 18:15", 24),
        ("Pacific/Chatham", "2026-04-05", "2026-04-04 10:15", 26),  # 25 hours, cut where 03:45 becomes 02:45
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-04 13:00", 25),  # 24.5 hours: one is half
        ("Australia/Lord_Howe", "2026-10-04", "2026-10-03 13:30", 24),  # 23.5 hours
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04 03:00", 23),  # begins at one
        ("America/Sao_Paulo", "2018-02-17", "2018-02-17 02:00", 25),
        ("America/Sao_Paulo", "2018-02-18", "2018-02-18 03:00", 24),
        ("America/Havana", "2026-03-08", "2026-03-08 05:00", 23),
        ("America/Havana", "2026-11-01", "2026-11-01 04:00", 25),  # its first hour comes twice
        ("Asia/Beirut", "2026-03-29", "2026-03-28 22:00", 23),
        ("Africa/Cairo", "2026-04-24", "2026-04-23 22:00", 23),
        ("Antarctica/Troll", "2026-03-29", "2026-03-29 00:00", 22),
        ("Pacific/Apia", "2011-12-29", "2011-12-29 10:00", 24),
        ("Pacific/Apia", "2011-12-30", "2011-12-30 10:00", 0),
        ("Pacific/Apia", "2011-12-31", "2011-12-30 10:00", 24),
    ],
)
def test_a_day_begins_and_lasts_as_the_clock_on_the_wall_says(zone: str, day: str, start: str, hours: int) -> None:
    assert LocalTime(zone).day_start(day) == utc(start)
    assert len(hours_of(zone, day)) == hours


@pytest.mark.parametrize(
    ("zone", "moment", "day", "hour"),
    [
        ("Europe/Berlin", "2026-03-29 00:59:59.999", "2026-03-29", "2026-03-29 00:00"),
        ("Europe/Berlin", "2026-03-29 01:00", "2026-03-29", "2026-03-29 01:00"),
        ("Europe/Berlin", "2026-03-28 22:59:59.999", "2026-03-28", "2026-03-28 22:00"),
        ("Asia/Kolkata", "2026-03-28 18:29:59.999", "2026-03-28", "2026-03-28 17:30"),
        ("Asia/Kolkata", "2026-03-28 18:30", "2026-03-29", "2026-03-28 18:30"),
        ("Asia/Kathmandu", "2026-03-28 18:15", "2026-03-29", "2026-03-28 18:15"),
        ("America/Sao_Paulo", "2018-11-04 02:59:59.999", "2018-11-03", "2018-11-04 02:00"),
        ("America/Sao_Paulo", "2018-11-04 03:00", "2018-11-04", "2018-11-04 03:00"),
        ("America/Sao_Paulo", "2018-02-18 02:30", "2018-02-17", "2018-02-18 02:00"),
    ],
)
def test_a_moment_falls_on_a_day_and_in_an_hour(zone: str, moment: str, day: str, hour: str) -> None:
    assert LocalTime(zone).day_and_hour(utc(moment)) == (day, utc(hour))


def test_the_repeated_hour_is_two_hours() -> None:
    hours = hours_of("Europe/Berlin", "2026-10-25")
    walls = [start.astimezone(ZoneInfo("Europe/Berlin")).hour for start in hours]
    assert walls == [0, 1, 2, 2, *range(3, 24)]


def test_hours_of_a_window_are_those_it_overlaps() -> None:
    local = LocalTime("Asia/Kolkata")
    hours = list(local.hours(utc("2026-03-01 10:45"), utc("2026-03-01 12:30")))
    assert hours == [utc("2026-03-01 10:30"), utc("2026-03-01 11:30")]
    assert list(local.hours(utc("2026-03-01 10:30"), utc("2026-03-01 10:30"))) == []


def test_days_run_over_month_ends_and_leap_days() -> None:
    local = LocalTime("UTC")
    assert list(local.days("2024-02-28", "2024-03-01")) == ["2024-02-28", "2024-02-29", "2024-03-01"]
    assert list(local.days("2026-01-01", "2025-12-31")) == []


MINUTES = st.integers(0, (datetime(2030, 1, 1, tzinfo=UTC) - datetime(2000, 1, 1, tzinfo=UTC)) // timedelta(minutes=1))


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(ZONES), MINUTES)
def test_day_hour_and_their_starts_agree_at_any_moment(zone: str, minutes: int) -> None:
    local = LocalTime(zone)
    moment = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    day, hour = local.day_and_hour(moment)
    assert day == moment.astimezone(ZoneInfo(zone)).date().isoformat()
    assert local.day_start(day) <= moment < local.next_day_start(day)
    assert moment - HOUR < hour <= moment
    assert local.day_start(day) <= hour
    assert local.day_and_hour(hour) == (day, hour)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(ZONES), st.dates(date(2000, 1, 2), date(2029, 12, 30)))
def test_days_follow_each_other_without_gap_and_their_hours_fill_them(zone: str, day: date) -> None:
    local = LocalTime(zone)
    before, today = (day - timedelta(days=1)).isoformat(), day.isoformat()
    start, end = local.day_start(today), local.next_day_start(today)
    assert local.next_day_start(before) == start <= end
    if start == end:
        assert (zone, today) == ("Pacific/Apia", "2011-12-30")
        return
    assert local.day(start) == today == local.day(end - timedelta(milliseconds=1))
    assert local.day(start - timedelta(milliseconds=1)) < today < local.day(end)
    quarters = [start + n * timedelta(minutes=15) for n in range((end - start) // timedelta(minutes=15))]
    assert hours_of(zone, today) == sorted({local.day_and_hour(quarter)[1] for quarter in quarters})


def test_a_day_on_which_clocks_change_is_one_day_long() -> None:
    berlin = LocalTime("Europe/Berlin")
    start, end = berlin.day_start("2026-03-29"), berlin.next_day_start("2026-03-29")
    assert end - start == timedelta(hours=23)
    assert berlin.days_between(start, end) == 1
    assert berlin.days_between(start, start + timedelta(hours=1)) == pytest.approx(1 / 24)
