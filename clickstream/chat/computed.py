"""Answers without a model: the question is matched to metrics, and sentences are said from their facts."""

from __future__ import annotations

import logging

from clickstream.chat.answering import sentences
from clickstream.chat.call import About
from clickstream.chat.evidence import DoesNotAddUp, Evidence
from clickstream.chat.matching import Plan, plan
from clickstream.chat.speaking import Speaking
from clickstream.chat.suggestions import suggestions
from clickstream.chat.texts import nothing_matches
from clickstream.insights.slots import RefusedClaim

log = logging.getLogger(__name__)


def answer_computed(question: str, about: About, evidence: Evidence, speaking: Speaking) -> list[str]:
    """Say what was measured for the question, or that no metric matches it; what could be asked next."""
    found = measure_for(question, about, evidence, speaking)
    if found:
        _say(found, about, evidence, speaking)
    if not speaking.shown:
        speaking.say_plainly(nothing_matches(about.language))
    return suggestions(evidence.analysis, about.report, about.language, found.intent if found else None)


def measure_for(question: str, about: About, evidence: Evidence, speaking: Speaking) -> Plan | None:
    """Measure what the question matches; None where that is nothing."""
    found = plan(question, about)
    for call in found.calls if found else ():
        speaking.tell("measuring", {"call": call.described()})
        try:
            evidence.measure(call)
        except DoesNotAddUp:
            log.warning("chat: %s does not add up, so the answer does without it", call.metric_id)
    return found


def _say(found: Plan, about: About, evidence: Evidence, speaking: Speaking) -> None:
    for claim in sentences(found, evidence.facts, about.language):
        try:
            speaking.say(claim)
        except RefusedClaim as refused:
            log.error("chat: claim %r refused: %s", claim.text, refused.message)
