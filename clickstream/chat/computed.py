"""Answers without a model: the question is matched to metrics, and sentences are said from their facts."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial

from clickstream.chat.answering import sentences
from clickstream.chat.call import About
from clickstream.chat.evidence import DoesNotAddUp, Evidence
from clickstream.chat.matching import Plan, plans
from clickstream.chat.sides import answer_of_both
from clickstream.chat.speaking import Speaking
from clickstream.chat.suggestions import suggestions
from clickstream.chat.texts import nothing_matches
from clickstream.facts import Fact, FactSheet
from clickstream.insights.report import Claim
from clickstream.insights.slots import RefusedClaim

log = logging.getLogger(__name__)


def answer_computed(question: str, about: About, evidence: Evidence, speaking: Speaking) -> list[str]:
    """Say what was measured for the question, or that no metric matches it; what could be asked next."""
    found = plans(question, about)
    measure = partial(_measured, evidence=evidence, speaking=speaking)
    if about.against:
        _say(answer_of_both(found, about, evidence.analysis, measure), speaking)
    elif found:
        _say(sentences(found[0], measure(found[0]), about.language), speaking)
    if not speaking.shown:
        speaking.say_plainly(nothing_matches(about.language))
    return suggestions(evidence.analysis, about.report, about.language, found[0].intent if found else None)


def measure_for(question: str, about: About, evidence: Evidence, speaking: Speaking) -> None:
    """Measure what the question matches, if anything, for a model that cannot ask for it."""
    for found in plans(question, about):
        _measured(found, evidence, speaking)


def _measured(found: Plan, evidence: Evidence, speaking: Speaking) -> FactSheet:
    """The facts of the plan's calls alone."""
    facts: list[Fact] = []
    for call in found.calls:
        speaking.tell("measuring", {"call": call.described()})
        try:
            facts += evidence.measure(call).facts
        except DoesNotAddUp:
            log.warning("chat: %s does not add up, so the answer does without it", call.metric_id)
    return FactSheet(facts)


def _say(claims: Iterable[Claim], speaking: Speaking) -> None:
    for claim in claims:
        try:
            speaking.say(claim)
        except RefusedClaim as refused:
            log.error("chat: claim %r refused: %s", claim.text, refused.message)
