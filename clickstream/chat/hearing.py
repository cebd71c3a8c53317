"""What a question says: the concepts that its words stand for, in whichever of our languages, spelled as people spell."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).with_name("words")
MOST_WORDS = 150
MOST_SPELLINGS = 10_000
WIDEST_GAP = 4
GAP = ".."
SHORTEST_MISSPELT, LONG = 6, 9

WEIGHTS = {"sharp": 4.0, "subjects": 2.0, "modifiers": 1.0}
VALUES, NEVER = "values", "never"

_WORD = re.compile(r"[^\W_]+")
_LETTERS = str.maketrans({"đ": "d", "%": " percent ", "ı": "i", "ø": "o", "ł": "l"})


def words_of(text: str) -> list[str]:
    """Lower-case words without accents.

    >>> words_of("What's our Café-rate?")
    ['what', 's', 'our', 'cafe', 'rate']
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS))
    return _WORD.findall("".join(char for char in plain if not unicodedata.combining(char)))[:MOST_WORDS]


class Phrase(NamedTuple):
    """Words in a row: `stem*` is every word that begins so, `..` up to four words of any kind. `table` as in the file."""

    parts: tuple[str, ...]
    table: str
    concept: str

    @property
    def size(self) -> int:
        return sum(part != GAP for part in self.parts)

    def found_in(self, words: Sequence[str], start: int) -> tuple[int, ...] | None:
        """The places of its words where it begins at `start`."""
        return _places(self.parts, words, start)


def _places(parts: Sequence[str], words: Sequence[str], start: int) -> tuple[int, ...] | None:
    if not parts:
        return ()
    if parts[0] == GAP:
        tried = (_places(parts[1:], words, start + skipped) for skipped in range(WIDEST_GAP + 1))
        return next((places for places in tried if places is not None), None)
    if start >= len(words) or not _fits(parts[0], words[start]):
        return None
    rest = _places(parts[1:], words, start + 1)
    return None if rest is None else (start, *rest)


def _fits(part: str, word: str) -> bool:
    return word.startswith(part[:-1]) if part.endswith("*") else word == part


@dataclass(frozen=True)
class Vocabulary:
    """The words of one language: phrases by the first letter of their first word, and what we want to hear, for spelling."""

    by_letter: Mapping[str, Sequence[Phrase]]
    weights: Mapping[str, float]
    literals: frozenset[str]
    stems: tuple[str, ...]

    def knows(self, word: str) -> bool:
        return word in self.literals or word.startswith(self.stems)

    def spelled(self, word: str) -> str:
        """The word, or the one of ours that it is a misspelling of."""
        if len(word) < SHORTEST_MISSPELT or not word.isalpha() or self.knows(word):
            return word
        near = [(_distance(word, known), known) for known in self._alike(word)]
        best = min(near, default=(LONG, word))
        return best[1] if best[0] <= (1 if len(word) < LONG else 2) else word

    def _alike(self, word: str) -> Iterator[str]:
        tolerated = 1 if len(word) < LONG else 2
        for known in (*self.literals, *self.stems):
            if known[0] == word[0] and len(known) >= SHORTEST_MISSPELT and abs(len(known) - len(word)) <= tolerated:
                yield known


@cache
def vocabulary(language: str) -> Vocabulary:
    tables: dict[str, dict[str, list[str]]] = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    phrases = [phrase for table, concepts in tables.items() for phrase in _phrases(table, concepts)]
    by_letter: defaultdict[str, list[Phrase]] = defaultdict(list)
    for phrase in phrases:
        by_letter[phrase.parts[0][0]].append(phrase)
    parts = {part for phrase in phrases if phrase.table != NEVER for part in phrase.parts if part != GAP}
    return Vocabulary(
        by_letter,
        {concept: weight for table, weight in WEIGHTS.items() for concept in tables[table]},
        frozenset(part for part in parts if not part.endswith("*")),
        tuple(part[:-1] for part in parts if part.endswith("*")),
    )


def _phrases(table: str, concepts: Mapping[str, Iterable[str]]) -> Iterator[Phrase]:
    for concept, texts in concepts.items():
        for text in texts:
            parts = [part if part == GAP else _part(part) for part in text.split()]
            yield Phrase(tuple(parts), table, concept)


def _part(text: str) -> str:
    return "".join(words_of(text)) + ("*" if text.endswith("*") else "")


class Found(NamedTuple):
    phrase: Phrase
    places: tuple[int, ...]


@dataclass(frozen=True)
class Hearing:
    """Concepts that were heard with their weights, values that filters can take with their places in the question.

    `unknown` are the words that say nothing to us. `refused`: something was said that asks for other things than numbers.
    """

    concepts: Mapping[str, float]
    values: Mapping[str, tuple[int, ...]]
    unknown: Sequence[str]
    refused: bool


def hear(words: Sequence[str], language: str, settled: Iterable[int] = ()) -> Hearing:
    """`settled` are places of words that are understood already: names and dates."""
    known = vocabulary(language)
    settled = frozenset(settled)
    spelled = [word if place in settled else _spelled(language, word) for place, word in enumerate(words)]
    accepted = _longest(_all_found(known, spelled, settled))
    understood = settled.union(*(found.places for found in accepted))
    return Hearing(
        {found.phrase.concept: known.weights[found.phrase.concept] for found in accepted if found.phrase.table in WEIGHTS},
        {found.phrase.concept: found.places for found in accepted if found.phrase.table == VALUES},
        [word for place, word in enumerate(spelled) if place not in understood and not word.isdecimal()],
        any(found.phrase.table == NEVER for found in accepted),
    )


@lru_cache(MOST_SPELLINGS)
def _spelled(language: str, word: str) -> str:
    return vocabulary(language).spelled(word)


def _all_found(known: Vocabulary, words: Sequence[str], settled: frozenset[int]) -> Iterator[Found]:
    for start, word in enumerate(words):
        for phrase in known.by_letter.get(word[0], ()) if start not in settled else ():
            places = phrase.found_in(words, start)
            if places and settled.isdisjoint(places):
                yield Found(phrase, places)


def _longest(found: Iterable[Found]) -> list[Found]:
    """A word that is part of a longer phrase says nothing by itself; of phrases of the same length all are heard."""
    accepted: list[Found] = []
    size_at: dict[int, int] = {}
    for one in sorted(found, key=lambda one: -one.phrase.size):
        if all(size_at.get(place, one.phrase.size) == one.phrase.size for place in one.places):
            accepted.append(one)
            size_at.update(dict.fromkeys(one.places, one.phrase.size))
    return accepted


def _distance(a: str, b: str) -> int:
    """Letters to insert, take out, replace or swap."""
    before: list[int] = []
    above = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, above = above, row
    return above[-1]
