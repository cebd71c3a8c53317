"""Names in a question that filters can take: devices, countries, channels, variants, as the data or people call them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from clickstream.chat.call import About
from clickstream.chat.hearing import words_of
from clickstream.languages import LANGUAGES
from clickstream.languages.names import countries
from clickstream.scope import VISITORS

MOST_NAMES = 2_000
SHORTEST_CODE = 3
"""Shorter names are words as well: `in`, `us`, `a`. A variant of such a name has to be called one."""


@dataclass(frozen=True)
class Named:
    """`places` are those of the words in the question."""

    dimension: str
    value: str
    places: tuple[int, ...]


def names_in(words: Sequence[str], about: About) -> Iterator[Named]:
    """The data's own names where they stand in the question, and countries by their names for their codes."""
    for dimension, values in dimensions(about).items():
        for value in values:
            for name in _names(dimension, value):
                yield from _found(words, name, dimension, value)


def dimensions(about: About) -> Mapping[str, Sequence[str]]:
    """What each filter can take. Kinds of visitors are heard by their words, not by their names."""
    return {
        "device": about.devices,
        "country": about.countries,
        "channel": about.channels,
        "variant": about.variants,
    }


def values_of(about: About) -> Mapping[str, str]:
    """The dimension of each value that the vocabulary has other words for and that the data knows."""
    known = {value.casefold(): dimension for dimension in ("channel", "device") for value in dimensions(about)[dimension]}
    return {**known, **dict.fromkeys(VISITORS, "visitor")}


@lru_cache(MOST_NAMES)
def _names(dimension: str, value: str) -> Sequence[tuple[str, ...]]:
    """The words of each name that this value goes by."""
    return [tuple(words_of(name)) for name in _called(dimension, value)]


def _called(dimension: str, value: str) -> Iterator[str]:
    if value in ("unknown", "(other)"):
        return
    if dimension != "country":
        yield value if len(value) >= SHORTEST_CODE else f"{dimension} {value}"
        return
    code = _code_of(value)
    if len(value) >= SHORTEST_CODE:
        yield value
    for territories in (countries(language) for language in LANGUAGES):
        if code in territories:
            yield territories[code]
    yield from COMMON_NAMES.get(code, ())


VERBS = frozenset({"paid", "direct"})
BESIDE = frozenset({"traffic", "ads", "channel", "channels", "search", "visitors", "and", "or", "vs", "visits", "sessions"})
BEFORE = frozenset({"from", "by", "via", "through", "than", "or", "vs"})
"""Names of channels that are verbs as well, the words that such a name stands before, and those it follows."""
COMMON_NAMES = {
    "GB": ("uk", "britain", "great britain", "england"),
    "US": ("usa", "america", "united states of america", "the states"),
    "NL": ("holland",),
    "CZ": ("czech republic",),
}


def _code_of(value: str) -> str:
    """`DE` for DE, Germany and Deutschland."""
    if len(value) < SHORTEST_CODE:
        return value.upper()
    wanted = words_of(value)
    for territories in (countries(language) for language in LANGUAGES):
        for code, name in territories.items():
            if words_of(name) == wanted:
                return code
    return value


def _found(words: Sequence[str], wanted: tuple[str, ...], dimension: str, value: str) -> Iterator[Named]:
    for start in range(len(words) - len(wanted) + 1) if wanted else ():
        places = tuple(range(start, start + len(wanted)))
        if tuple(words[start : start + len(wanted)]) == wanted and (value not in VERBS or _is_name(words, places)):
            yield Named(dimension, value, places)


def _is_name(words: Sequence[str], places: tuple[int, ...]) -> bool:
    before, after = words[: places[0]][-1:], words[places[-1] + 1 :][:1]
    return not BEFORE.isdisjoint(before) or not BESIDE.isdisjoint(after)
