"""Answers without a model: the question is matched to metrics, and sentences are said from their facts."""

from __future__ import annotations

from clickstream.chat.call import About
from clickstream.chat.evidence import DoesNotAddUp, Evidence
from clickstream.chat.speaking import Speaking
from clickstream.chat.texts import nothing_matches


def answer_computed(question: str, about: About, evidence: Evidence, speaking: Speaking) -> None:
    speaking.say_plainly(nothing_matches(about.language))


__all__ = ["DoesNotAddUp", "answer_computed"]
