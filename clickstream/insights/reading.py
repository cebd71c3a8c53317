"""A claim taken apart: its slots, the facts they name, and its words with the slots masked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from clickstream.facts import Fact
from clickstream.insights import words
from clickstream.insights.report import Claim

SLOT = re.compile(r"\{\{\s*([a-z0-9_.]{1,120})\s*\}\}")
MASK = words.SLOT
_WORD = re.compile(r"[^\W\d_]+")
_ZERO_RESULT = re.compile(r"\bzero-result(?= (?:search|rate|term|quer))")


@dataclass(frozen=True)
class Reading:
    """`slots` in the order of the text, with repeats; `masked` is the text in lower case with a mark for each slot."""

    claim: Claim
    facts: Mapping[str, Fact]
    slots: list[str]
    masked: str

    @cached_property
    def cited(self) -> list[Fact]:
        """Known facts that the claim names, in slots or beside them."""
        ids = dict.fromkeys([*self.slots, *self.claim.fact_ids])
        return [self.facts[fact_id] for fact_id in ids if fact_id in self.facts]

    @cached_property
    def signed(self) -> list[Fact]:
        return [fact for fact in self.cited if fact.signed]

    @cached_property
    def words(self) -> list[str]:
        """Lower-case words, accents taken off."""
        plain = unicodedata.normalize("NFKD", self.masked)
        return _WORD.findall("".join(char for char in plain if not unicodedata.combining(char)))

    @cached_property
    def says_up(self) -> bool:
        return self._says(words.UP_WORDS, words.UP_BESIDE_SLOT, words.UP_THAN)

    @cached_property
    def says_down(self) -> bool:
        return self._says(words.DOWN_WORDS, words.DOWN_BESIDE_SLOT, words.DOWN_THAN)

    @cached_property
    def says_flat(self) -> bool:
        return self.uses(words.FLAT_WORDS)

    @cached_property
    def says_better(self) -> bool:
        return self.uses(words.BETTER_WORDS)

    @cached_property
    def says_worse(self) -> bool:
        return self.uses(words.WORSE_WORDS)

    def uses(self, vocabulary: frozenset[str]) -> bool:
        return not vocabulary.isdisjoint(self.words)

    def slot_before(self, position: int) -> Fact | None:
        """The fact of the last slot that ends at or before this position of `masked`."""
        place = self.masked.count(MASK, 0, position) - 1
        return self.facts.get(self.slots[place]) if 0 <= place < len(self.slots) else None

    def _says(self, vocabulary: frozenset[str], *patterns: re.Pattern[str]) -> bool:
        return self.uses(vocabulary) or any(pattern.search(self.masked) for pattern in patterns)


def read(claim: Claim, facts: Mapping[str, Fact], language: str = "en") -> Reading:
    masked = unicodedata.normalize("NFKC", SLOT.sub(MASK, claim.text)).casefold()
    masked = _ZERO_RESULT.sub("fruitless", words.DROP_OFF.sub("departed", " ".join(masked.split())))
    return Reading(claim, facts, SLOT.findall(claim.text), masked)
