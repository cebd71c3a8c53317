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
from clickstream.insights.words import Said, Terms, Vocabulary

SLOT = re.compile(r"\{\{\s*([a-z0-9_.]{1,120})\s*\}\}")
MASK = words.SLOT
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Reading:
    """`slots` in the order of the text, with repeats; `masked` is the text in lower case with a mark for each slot."""

    claim: Claim
    facts: Mapping[str, Fact]
    vocabulary: Vocabulary
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
    def said(self) -> Said:
        plain = self.masked if self.vocabulary.tones else without_accents(self.masked)
        return Said(self.masked, plain, frozenset([*_WORD.findall(self.masked), *_WORD.findall(plain)]))

    @cached_property
    def bare_words(self) -> list[str]:
        """Words without accents, whatever the language."""
        return _WORD.findall(without_accents(self.masked))

    def says(self, terms: Terms) -> bool:
        return terms.are_in(self.said)

    def says_which_way(self) -> bool:
        spoken = self.vocabulary
        return any(self.says(terms) for terms in (spoken.up, spoken.down, spoken.better, spoken.worse))

    def slot_before(self, text: str, position: int) -> Fact | None:
        """The fact of the last slot that ends at or before this position of one of the texts of `said`."""
        place = text.count(MASK, 0, position) - 1
        return self.facts.get(self.slots[place]) if 0 <= place < len(self.slots) else None


def without_accents(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))


def read(claim: Claim, facts: Mapping[str, Fact], language: str = "en") -> Reading:
    """Raises InvalidInput for a language that texts are not written in."""
    vocabulary = words.vocabulary_of(language)
    masked = unicodedata.normalize("NFKC", SLOT.sub(MASK, claim.text)).casefold().replace("\u2019", "'")
    masked = " ".join(masked.split())
    for phrase, meant in vocabulary.neutral.items():
        masked = re.sub(rf"(?<!\w)(?:{phrase})", meant, masked)
    return Reading(claim, facts, vocabulary, SLOT.findall(claim.text), masked)
