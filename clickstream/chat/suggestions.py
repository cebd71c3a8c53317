"""What can be asked of this data: questions whose facts are there, in the asker's language."""

from __future__ import annotations

from clickstream.chat.answering import knows
from clickstream.chat.intents import BY_NAME, Intent
from clickstream.facts import FactSheet
from clickstream.languages import translated

SHOWN = 5

FIRST = {
    "store": (
        *("carts", "product_pages", "channels", "by_device", "best_sellers", "failing_searches", "checkout", "returning"),
        *("changes", "funnel", "viewed_not_bought", "together", "by_country", "conversion", "summary"),
    ),
    "journey": (
        *("carts", "product_pages", "funnel", "buyers", "paths", "search", "checkout", "by_device", "exits"),
        *("failing_searches", "conversion", "summary"),
    ),
    "comparison": ("carts", "funnel", "channels", "by_device", "best_sellers", "checkout", "conversion"),
}
"""The questions of each kind of report, those that people ask most first."""
NEEDED = {"comparison": "compare.a.sessions"}
"""The fact that says whether there is anything to ask about, in kinds of report whose facts are called otherwise."""


def suggestions(sheet: FactSheet, kind: str, language: str, after: str | None = None) -> list[str]:
    """Questions that this sheet has facts for; `after` an intent was answered, what follows from it comes first."""
    followed = BY_NAME[after].follow_ups if after else ()
    order = dict.fromkeys((*followed, *FIRST.get(kind, FIRST["store"])))
    found = [BY_NAME[name] for name in order if name != after]
    return [
        question_of(intent, language) for intent in found if knows(sheet, NEEDED.get(kind) or intent.needs or intent.known)
    ][:SHOWN]


def question_of(intent: Intent, language: str) -> str:
    return translated(language, "chat", intent.question)
