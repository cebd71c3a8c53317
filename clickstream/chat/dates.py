"""Days that a question names: yesterday, last week, in March, the last thirty days."""

from __future__ import annotations

import calendar
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from clickstream.chat.call import About
from clickstream.chat.hearing import words_of
from clickstream.languages.names import months
from clickstream.scope import FIRST_YEAR, LAST_YEAR

FILE = Path(__file__).with_name("words") / "dates.toml"
LONGEST_DAYS = 3_650
ORDINAL = "stndrh"
"""Letters of 1st, 2nd, 3rd, 4th."""


@dataclass(frozen=True)
class Period:
    """[since, until), and the places of the words that name it. `against`: it was said to be held against the one before."""

    since: datetime
    until: datetime
    places: tuple[int, ...]
    against: bool = False


Days = tuple[date, date]
"""First and last."""


def _week(day: date, weeks: int = 0) -> Days:
    monday = day - timedelta(days=day.weekday() - 7 * weeks)
    return monday, monday + timedelta(days=6)


def _month(day: date, months: int = 0) -> Days:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1), date(year, month + 1, calendar.monthrange(year, month + 1)[1])


def _year(day: date, years: int = 0) -> Days:
    return date(day.year + years, 1, 1), date(day.year + years, 12, 31)


PERIODS: Mapping[str, Callable[[date], Days]] = {
    "today": lambda day: (day, day),
    "yesterday": lambda day: (day - timedelta(days=1),) * 2,
    "this_week": _week,
    "last_week": lambda day: _week(day, -1),
    "this_month": _month,
    "last_month": lambda day: _month(day, -1),
    "this_year": _year,
    "last_year": lambda day: _year(day, -1),
}


CURRENT = {"yesterday": "today", "last_week": "this_week", "last_month": "this_month", "last_year": "this_year"}
"""What is asked about where one of these is what it is held against."""


def periods_in(words: Sequence[str], language: str, about: About) -> Iterator[Period]:
    """The days named in a question; of a month without a year the latest that has begun."""
    today = date.fromisoformat(about.local.day(about.base.as_of))
    for days, places, against in _named(words, language, today):
        since, until = (about.local.day_start(day.isoformat()) for day in (days[0], days[1] + timedelta(days=1)))
        yield Period(since, until, places, against)


def _named(words: Sequence[str], language: str, today: date) -> Iterator[tuple[Days, tuple[int, ...], bool]]:
    yield from ((days, places, False) for days, places in _dates(words))
    yield from ((days, places, False) for days, places in _months(words, language, today))
    said = _words(language)
    for name, texts in said.items():
        for places in (places for text in texts for places in _places(words, text)) if name in PERIODS else ():
            against = name in CURRENT and places[0] > 0 and [words[places[0] - 1]] in said["against"]
            yield PERIODS[CURRENT[name] if against else name](today), places, against
    for text in said["last_days"]:
        for places in _places(words, text):
            number = next(int(words[place]) for place in places if words[place].isdecimal())
            if 1 <= number <= LONGEST_DAYS:
                yield (today - timedelta(days=number - 1), today), places, False


def _dates(words: Sequence[str]) -> Iterator[tuple[Days, tuple[int, ...]]]:
    """2026-03-01, as its three numbers."""
    for place in range(len(words) - 2):
        numbers = words[place : place + 3]
        if all(number.isdecimal() for number in numbers) and len(numbers[0]) == len("2026"):
            found = _date(*(int(number) for number in numbers))
            if found:
                yield (found, found), (place, place + 1, place + 2)


def _months(words: Sequence[str], language: str, today: date) -> Iterator[tuple[Days, tuple[int, ...]]]:
    """`in March`, `in March 2025`, `on 3 March`, `on March 3`: a name alone may be another word."""
    for month, name in _month_names(language):
        for named in _places(words, name):
            day, with_day = _beside(words, named, range(1, 32))
            year, places = _beside(words, with_day, range(FIRST_YEAR, LAST_YEAR))
            if not day and not year and not _follows_in(words, named[0], language):
                continue
            chosen = year or (today.year if month <= today.month else today.year - 1)
            one = _date(chosen, month, day) if day else None
            if one or not day:
                yield (one, one) if one else _month(date(chosen, month, 1)), places


def _beside(words: Sequence[str], places: tuple[int, ...], fitting: range) -> tuple[int, tuple[int, ...]]:
    """A number before or after these places, 0 where there is none; the places with it."""
    for place in (places[-1] + 1, places[0] - 1):
        digits = words[place].rstrip(ORDINAL) if 0 <= place < len(words) else ""
        if digits.isdecimal() and int(digits) in fitting:
            return int(digits), tuple(sorted((*places, place)))
    return 0, places


def _follows_in(words: Sequence[str], place: int, language: str) -> bool:
    return any(tuple(words[max(0, place - len(text)) : place]) == tuple(text) for text in _words(language)["in"])


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _places(words: Sequence[str], text: Sequence[str]) -> Iterator[tuple[int, ...]]:
    """Where this text stands; `#` is any number."""
    for start in range(len(words) - len(text) + 1):
        pairs = zip(text, words[start : start + len(text)], strict=True)
        if all(word.isdecimal() and len(word) < 5 if part == "#" else word == part for part, word in pairs):
            yield tuple(range(start, start + len(text)))


@cache
def _words(language: str) -> Mapping[str, Sequence[Sequence[str]]]:
    tables: dict[str, dict[str, list[str]]] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {name: [_split(text) for text in texts] for name, texts in tables[language].items()}


def _split(text: str) -> list[str]:
    return [part if part == "#" else words_of(part)[0] for part in text.split()]


@cache
def _month_names(language: str) -> Sequence[tuple[int, list[str]]]:
    return [(month, words_of(name)) for month, name in months(language)]
