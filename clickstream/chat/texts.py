"""The few sentences of an answer that rest on no fact. No others may."""

from __future__ import annotations

from clickstream.languages import translated

AREA = "answers"


def not_in_the_data(language: str) -> str:
    return translated(language, AREA, "The data does not say this: nothing that is measured answers the question.")


def nothing_matches(language: str) -> str:
    return translated(
        language,
        AREA,
        "No metric matches this question. Ask about visits, orders, carts, searches, products, funnels or segments.",
    )
