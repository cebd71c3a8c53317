"""How questions are recognised: patterns of the concepts that were heard, a table in words/patterns.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from clickstream.chat.hearing import FOLDER, WEIGHTS

UNEXPLAINED = 0.5
"""What a subject that was heard and that a pattern does not know takes from its score, as a part of its weight."""
SHARED = "shared"


class Pattern(NamedTuple):
    """`known` are the concepts it explains, `needed` those that must be heard, `barred` those that must not."""

    needed: frozenset[str]
    known: frozenset[str]
    barred: frozenset[str]

    def score(self, heard: Mapping[str, float]) -> float:
        """How much of what was heard it explains; 0 where it does not fit."""
        if not self.needed <= heard.keys() or self.barred & heard.keys():
            return 0.0
        explained = sum(weight for concept, weight in heard.items() if concept in self.known)
        beside = (weight for concept, weight in heard.items() if concept not in self.known)
        return explained - UNEXPLAINED * sum(weight for weight in beside if weight > WEIGHTS["modifiers"])


def recognised(heard: Mapping[str, float]) -> tuple[str, float]:
    """The intent whose pattern explains most, the earlier one on a tie, and its score; "" where none fits."""
    scored = [(max(pattern.score(heard) for pattern in some), name) for name, some in patterns().items()]
    score, name = max(scored, key=lambda one: one[0])
    return (name, score) if score > 0 else ("", 0.0)


@cache
def patterns() -> Mapping[str, Sequence[Pattern]]:
    """By intent."""
    tables: dict[str, dict[str, Any]] = tomllib.loads((FOLDER / "patterns.toml").read_text(encoding="utf-8"))
    shared = tables.pop(SHARED)
    return {
        name: [_pattern(list(_written_out(text, shared))) for text in table["patterns"]] for name, table in tables.items()
    }


def _written_out(text: str, shared: Mapping[str, str]) -> Iterator[str]:
    for word in text.split():
        yield from (f"?{one}" for one in shared[word[2:]].split()) if word.startswith("?@") else (word,)


def _pattern(words: Sequence[str]) -> Pattern:
    needed = frozenset(word for word in words if word[0] not in "?!")
    optional, barred = (frozenset(word[1:] for word in words if word[0] == mark) for mark in "?!")
    return Pattern(needed, needed | optional, barred)
