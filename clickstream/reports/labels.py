"""Labels of facts in a report's language. Facts are labelled in English; these are the labels that claims cite most."""

from __future__ import annotations

import re
from collections.abc import Iterable

from clickstream.facts import Fact
from clickstream.languages import message
from clickstream.reports.cells import named
from clickstream.reports.voice import Voice

LABELS = frozenset(
    (
        message("Abandoned carts"),
        message("Abandoned checkouts"),
        message("Average order value"),
        message("Bounce rate"),
        message("Bounces"),
        message("Buyers"),
        message("Buyers outside the funnel"),
        message("Cart abandonment rate"),
        message("Carts"),
        message("Carts bought"),
        message("Carts it was left in"),
        message("Checkout abandonment rate"),
        message("Conversion of these sessions"),
        message("Conversion rate"),
        message("Difference"),
        message("Emptied carts"),
        message("Events"),
        message("Exits"),
        message("First day"),
        message("Last day"),
        message("Last step"),
        message("Median order value"),
        message("Open carts"),
        message("Orders"),
        message("Page"),
        message("Product left behind"),
        message("Refunded"),
        message("Refunded share of revenue"),
        message("Revenue"),
        message("Revenue at risk"),
        message("Revenue at risk in search"),
        message("Revenue per session"),
        message("Search exit rate"),
        message("Search success rate"),
        message("Search term"),
        message("Searches"),
        message("Searches of the term"),
        message("Searches of the term that found nothing"),
        message("Searches that found nothing"),
        message("Sessions"),
        message("Sessions it touched"),
        message("Sessions that ended with it"),
        message("Sessions that took the way"),
        message("Sessions with a search"),
        message("Share of buyers"),
        message("Share of new sessions"),
        message("Share of the others"),
        message("Share that took the way"),
        message("Step"),
        message("Step before"),
        message("Value left in carts"),
        message("Visitors"),
        message("Way"),
        message("What stood in the way"),
        message("Zero-result rate"),
    )
)
OF_A_NAME = (
    message("Conversion of %(name)s against the rest"),
    message("Conversion of %(name)s"),
    message("Sessions of %(name)s"),
    message("Step rate of %(name)s"),
    message("Lost before %(name)s"),
    message("Loss before %(name)s"),
    message("Value of %(name)s"),
)
_CURRENCY = re.compile(r"(.*?)( \([A-Z]{3}\))?")
_PATTERNS = [(text, re.compile(re.escape(text).replace(re.escape("%(name)s"), "(.+)"))) for text in OF_A_NAME]


def rows_of(voice: Voice, facts: Iterable[Fact]) -> tuple[tuple[str, str], ...]:
    """Facts as (label, value)."""
    return tuple((label_in(voice, fact.label), voice.fact(fact)) for fact in facts)


def label_in(voice: Voice, label: str) -> str:
    """The label in the report's language, else as it is."""
    found = _CURRENCY.fullmatch(label)
    plain, currency = (found[1], found[2] or "") if found else (label, "")
    if plain in LABELS:
        return voice.text(plain) + currency
    for text, pattern in _PATTERNS:
        if about := pattern.fullmatch(plain):
            return voice.text(text, name=named(voice, about[1].replace(" ", "_"))) + currency
    return label
