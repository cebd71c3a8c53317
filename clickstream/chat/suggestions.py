"""What can be asked of this data: questions whose facts are there, in the asker's language."""

from __future__ import annotations

from clickstream.chat.answering import knows
from clickstream.chat.intents import BY_NAME
from clickstream.chat.sides import ROWS
from clickstream.facts import FactSheet
from clickstream.languages import message, translated

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
}
"""The questions of each kind of report, those that people ask most first."""
OF_SIDES = {
    "changes": message("How do side A and side B differ?"),
    "conversion": message("Is the conversion rate higher on side A or on side B?"),
    "revenue": message("Is the revenue higher on side A or on side B?"),
    "carts": message("Are more carts abandoned on side A or on side B?"),
    "funnel": message("Where do people drop out of the funnel on side A and on side B?"),
    "order_value": message("Is the average order value higher on side A or on side B?"),
    "checkout": message("What stands in the way at the checkout on side A and on side B?"),
    "search": message("Does the search work better on side A or on side B?"),
    "traffic": message("How many people visited on side A and on side B?"),
}
"""Those about a comparison, by intent."""
SIDES_KNOWN = "compare.a.sessions"


def suggestions(sheet: FactSheet, kind: str, language: str, after: str | None = None) -> list[str]:
    """Questions that this sheet has facts for; `after` an intent was answered, what follows from it comes first."""
    followed = BY_NAME[after].follow_ups if after else ()
    own = OF_SIDES if kind == "comparison" else FIRST.get(kind, FIRST["store"])
    asked = [name for name in dict.fromkeys((*followed, *own)) if name != after]
    if kind == "comparison":
        found = [OF_SIDES[name] for name in asked if name in OF_SIDES and _compares(sheet, name)]
    else:
        found = [BY_NAME[name].question for name in asked if knows(sheet, BY_NAME[name].needs or BY_NAME[name].known)]
    return [translated(language, "chat", question) for question in found[:SHOWN]]


def _compares(sheet: FactSheet, intent: str) -> bool:
    rows = ROWS.get(intent)
    return any(knows(sheet, f"compare.{topic}.{name}.") for topic, name in rows) if rows else knows(sheet, SIDES_KNOWN)
