"""What a language's words state about numbers: the form of the data in `en`, `de`, `fr`, `es` and `vi`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

SLOT = "\ufffc"
"""Stands for a slot in the texts that these patterns are matched against; phrases write it as #."""


class Said(NamedTuple):
    """A text in lower case, as written and with its accents taken off, and the words of both."""

    exact: str
    plain: str
    words: frozenset[str]


@dataclass(frozen=True)
class Terms:
    """Words, and phrases as regular expressions.

    What is written plainly is also met with accents in a text; what is written with accents is met only so.
    """

    words: frozenset[str] = frozenset()
    phrases: tuple[str, ...] = ()

    def __or__(self, other: Terms) -> Terms:
        return Terms(self.words | other.words, tuple(dict.fromkeys(self.phrases + other.phrases)))

    def without(self, words: frozenset[str]) -> Terms:
        return Terms(self.words - words, self.phrases)

    def are_in(self, said: Said) -> bool:
        return next(self.found_in(said), None) is not None

    def found_in(self, said: Said) -> Iterator[str]:
        yield from sorted(self.words & said.words)
        yield from (match.group() for _, match in self.matches(said))

    def matches(self, said: Said) -> Iterator[tuple[str, re.Match[str]]]:
        """Where the phrases stand, with the text that they stand in."""
        if self._pattern:
            for text in dict.fromkeys((said.exact, said.plain)):
                yield from ((text, match) for match in self._pattern.finditer(text))

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        if not self.phrases:
            return None
        return re.compile(rf"(?<!\w)(?:{'|'.join(self.phrases)})(?!\w)".replace("#", SLOT))


def terms(words: str = "", *phrases: str) -> Terms:
    """`words` are separated by spaces."""
    return Terms(frozenset(words.split()), phrases)


def one_of(*terms_of: Terms) -> str:
    """A regular expression for any of these words."""
    return "(?:" + "|".join(sorted(word for some in terms_of for word in some.words)) + ")"


@dataclass(frozen=True)
class Vocabulary:
    """One language. Everything here must be backed by a fact, or not said at all.

    - `numbers` state a number, as does any single word that matches `compound`; articles are none.
    - `up` to `worse` say how something changed; `compared` asks for a difference without saying which way.
    - `bounds` and `multiples` turn the value of the slot in them into something else.
    - `denials` and `forecasts` speak of a change that did not, or did not yet, happen.
    - `causes` say what brought something about: of two sides that were compared nobody measured that.
    - `highest` to `minority` rank.
    - `neutral` phrases only look like one of the above: they are replaced before anything is looked for.
    - `homographs` are plain words of this language that mean something else in another vocabulary.
    - `letters` are its words of one letter.
    """

    language: str
    numbers: Terms
    compound: str
    percent: Terms
    currencies: Terms
    time_units: Terms
    counted_nouns: Terms
    up: Terms
    down: Terms
    flat: Terms
    better: Terms
    worse: Terms
    compared: Terms
    bounds: Terms
    multiples: Terms
    denials: Terms
    forecasts: Terms
    causes: Terms
    highest: Terms
    lowest: Terms
    leading: Terms
    majority: Terms
    minority: Terms
    neutral: Mapping[str, str] = field(default_factory=dict)
    homographs: frozenset[str] = frozenset()
    letters: str = ""
    tones: bool = False
    """Accents tell words apart, and so are never taken off."""
    share_takes_noun: bool = False
    """`{{rate}} sessions` means a share of the sessions."""

    @cached_property
    def compounds(self) -> re.Pattern[str]:
        return re.compile(self.compound)
