"""The sentences of one answer: shown one by one as they pass, or withheld."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from clickstream.chat.checking import claim_in, flaws_in
from clickstream.chat.evidence import Evidence
from clickstream.chat.texts import why_withheld
from clickstream.facts import Fact
from clickstream.insights.flaws import Flaw
from clickstream.insights.report import Claim, RenderedClaim
from clickstream.insights.slots import accept

MOST_SENTENCES = 12

Tell = Callable[[str, dict[str, Any]], None]
"""Hears what happens, as the stream's events: name and data."""
Refused = tuple[str, list[Flaw]]


class Speaking:
    """`refused` are the sentences that were not shown since it was last emptied."""

    def __init__(self, evidence: Evidence, language: str, tell: Tell) -> None:
        self._evidence, self._language, self.tell = evidence, language, tell
        self.shown: list[RenderedClaim] = []
        self.refused: list[Refused] = []
        self.withheld = 0

    @property
    def text(self) -> str:
        return " ".join(claim.text for claim in self.shown)

    def hear(self, sentence: str) -> None:
        """A model's sentence: shown if it passes every check."""
        claim = claim_in(sentence, self._evidence)
        flaws = flaws_in(claim, self._evidence, self._language)
        if flaws:
            self.refused.append((sentence, flaws))
        else:
            self.say(claim)

    def say(self, claim: Claim) -> None:
        """Show a claim that was checked, or that we wrote. Raises RefusedClaim."""
        self._show(accept(claim, self._evidence.facts, self._language))

    def say_plainly(self, text: str) -> None:
        """Show one of our own sentences that needs no fact."""
        self._show(RenderedClaim(text, text, [], "none"))

    def withhold(self, refused: Iterable[Refused]) -> None:
        for _, flaws in refused:
            self.withheld += 1
            self.tell("withheld", {"reason": why_withheld(flaws, self._language)})

    def cited(self) -> list[Fact]:
        ids = dict.fromkeys(fact_id for claim in self.shown for fact_id in claim.fact_ids)
        return [fact for fact_id in ids if (fact := self._evidence.facts.get(fact_id))]

    def _show(self, claim: RenderedClaim) -> None:
        repeated = any((claim.text, claim.fact_ids) == (said.text, said.fact_ids) for said in self.shown)
        if len(self.shown) < MOST_SENTENCES and not repeated:
            self.shown.append(claim)
            self.tell("sentence", msgspec.to_builtins(claim))
