"""What is said about an answer, and the few sentences of one that rest on no fact. No others may."""

from __future__ import annotations

from collections.abc import Sequence

from clickstream.insights.flaws import Flaw
from clickstream.insights.judging import RULES
from clickstream.languages import message, translated

AREA = "answers"
SCOPE, MIXED = "scope", "mixed"
"""Codes of flaws that only a chat's sentences can have."""

_OWN_RULES = {
    SCOPE: message("figures of another selection without naming it"),
    MIXED: message("figures of different moments side by side"),
}


def not_in_the_data(language: str) -> str:
    return translated(language, AREA, "The data does not say this: nothing that is measured answers the question.")


def nothing_matches(language: str) -> str:
    return translated(
        language,
        AREA,
        "No metric matches this question. Ask about visits, orders, carts, searches, products, funnels or segments.",
    )


def why_withheld(flaws: Sequence[Flaw], language: str) -> str:
    """Why a sentence is withheld, for people: never the model's own words."""
    broken = dict.fromkeys(_broken_rule(flaw.code, language) for flaw in flaws)
    said = translated(language, AREA, "A sentence was withheld: it had %(problems)s.")
    return said % {"problems": ", ".join(broken)}


def _broken_rule(code: str, language: str) -> str:
    if code in _OWN_RULES:
        return translated(language, AREA, _OWN_RULES[code])
    return translated(language, "insights", RULES[code])
