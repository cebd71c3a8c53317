"""What the words of a sentence say its figures are of, held against what they are of.

"On mobile, 40 sessions came" is wrong where the 40 are of everybody: the number is right, and in the wrong place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from clickstream.chat.call import About
from clickstream.chat.dates import Period, periods_in
from clickstream.chat.evidence import Evidence
from clickstream.chat.hearing import hear, words_of
from clickstream.chat.matching import named_by_other_words
from clickstream.chat.names import Named, names_in
from clickstream.facts import Fact, bare_id
from clickstream.insights.reading import SLOT
from clickstream.insights.report import Claim
from clickstream.scope import Scope

SIDE_B = "compare.b."

_PARTS = re.compile(r"[._]")
_OF_VISITORS = {"returning": ("retention", "rfm"), "new": ("retention",)}
"""Metrics that are about them, whatever their facts are called."""


def misplaced(claim: Claim, evidence: Evidence, language: str) -> Iterator[str]:
    """Devices, countries, channels, variants, kinds of visitors and days that are named, and of which no figure is."""
    words = words_of(SLOT.sub(" ", claim.text))
    facts = [fact for fact_id in claim.fact_ids if (fact := evidence.facts.get(fact_id))]
    scopes = [_scope_of(fact, evidence) for fact in facts]
    for value in dict.fromkeys(one.value for one in _named(words, language, evidence.about)):
        if not any(_is_of(value, fact, scope) for fact, scope in zip(facts, scopes, strict=True)):
            yield f"the sentence speaks of {value}, and none of its figures is of it"
    if any(fact.signed or "before" in fact.id for fact in facts):
        return  # a change is told beside the days it is held against
    for period in periods_in(words, language, evidence.about):
        if not period.against and not any(_spans(scope, period) for scope in scopes):
            yield "the sentence names days, and none of its figures is of them"


def _named(words: Sequence[str], language: str, about: About) -> Iterator[Named]:
    named = list(names_in(words, about))
    yield from named
    settled = {place for one in named for place in one.places}
    yield from named_by_other_words(hear(words, language, settled), about)


def _scope_of(fact: Fact, evidence: Evidence) -> Scope:
    """What the fact was measured for."""
    if evidence.about.against and fact.id.startswith(SIDE_B):
        return evidence.about.against
    calls = {f"c{found.number}": found.call.scope for found in evidence.measurements}
    return calls.get(fact.id.partition(".")[0], evidence.base)


def _is_of(value: str, fact: Fact, scope: Scope) -> bool:
    folded, fact_id = value.casefold(), bare_id(fact.id)
    return (
        value in scope.filters.values()
        or folded in _PARTS.split(fact_id)
        or folded in fact.label.casefold()
        or folded == str(fact.value).casefold()
        or fact_id.startswith(_OF_VISITORS.get(value, ()))
    )


def _spans(scope: Scope, period: Period) -> bool:
    def ended(until: datetime | None) -> datetime:
        return min(until or scope.as_of, scope.as_of)

    return scope.since == period.since and ended(scope.until) == ended(period.until)
