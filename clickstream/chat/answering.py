"""The answer to a planned question, from what was measured for it: sentences with slots, the number first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

import msgspec

from clickstream.chat.answers import days, journey, products, searches, segments, shop, visitors
from clickstream.chat.answers.teller import Teller
from clickstream.chat.intents import BY_NAME, NO_SESSIONS, Intent
from clickstream.chat.matching import Plan
from clickstream.facts import FactSheet, bare_id
from clickstream.insights.reading import SLOT
from clickstream.insights.report import Claim
from clickstream.insights.slots import claim_of
from clickstream.insights.speech import Line
from clickstream.languages import message

MOST_SENTENCES = 7

CAUSES = message(
    "The data shows where and how often this happens, and no reasons: read the sessions behind the numbers, or ask some "
    "shoppers."
)

TELL: Mapping[str, Callable[[Teller], Iterable[Line]]] = {
    "summary": shop.summary,
    "conversion": shop.conversion,
    "revenue": shop.revenue,
    "orders": shop.orders,
    "traffic": shop.traffic,
    "order_value": shop.order_value,
    "duration": shop.duration,
    "bounces": shop.bounces,
    "refunds": shop.refunds,
    "trust": shop.trust,
    "busiest_day": days.busiest,
    "unusual_days": days.unusual,
    "changes": days.changes,
    "carts": journey.carts,
    "product_pages": journey.product_pages,
    "funnel": journey.funnel,
    "checkout": journey.checkout,
    "paths": journey.paths,
    "buyers": journey.buyers,
    "exits": journey.exits,
    "landing_pages": journey.landing_pages,
    "pages": journey.pages,
    "best_sellers": products.best_sellers,
    "viewed_not_bought": products.viewed_not_bought,
    "together": products.together,
    "failing_searches": searches.failing,
    "search": searches.quality,
    "search_terms": searches.popular,
    "by_device": partial(segments.compared, "device"),
    "by_country": partial(segments.compared, "country"),
    "by_visitor": partial(segments.compared, "visitor"),
    "by_variant": segments.experiment,
    "channels": segments.channels,
    "returning": visitors.returning,
    "best_customers": visitors.best_customers,
}
"""What is said to each intent."""

_OF_CALL = re.compile(r"c\d+\.")


def sentences(plan: Plan, sheet: FactSheet, language: str) -> list[Claim]:
    """Never empty: where the data lacks what was asked for, the sentence says what would have to be sent.

    Facts of the plan's calls are called `c<n>.<id>` in the sheet and in the claims.
    """
    intent = BY_NAME[plan.intent]
    prefixed = {bare_id(fact_id): fact_id for fact_id in sheet if _OF_CALL.match(fact_id)}
    own = FactSheet(msgspec.structs.replace(sheet[fact_id], id=bare) for bare, fact_id in prefixed.items())
    teller = Teller(own, language, plan.asks)
    lines = list(_lines(intent, teller))[:MOST_SENTENCES]
    return [_claim(line, prefixed) for line in lines]


def _lines(intent: Intent, teller: Teller) -> Iterator[Line]:
    if not knows(teller.sheet, intent.known):
        empty = teller.sheet.number("overview.sessions") == 0
        yield from teller.say(NO_SESSIONS if empty else intent.lacking)
        return
    said = list({line.text: line for line in TELL[intent.name](teller)}.values())
    if not said:
        yield from teller.say(intent.lacking)
        return
    room = MOST_SENTENCES - 1 if "why" in teller.asks else MOST_SENTENCES
    yield from said[:room]
    if "why" in teller.asks:
        yield from teller.say(CAUSES)


def knows(sheet: FactSheet, fact_id: str) -> bool:
    """Whether the sheet has such a fact that is not 0; of an id that ends in a dot, any that begins so."""
    found = sheet.under(fact_id) if fact_id.endswith(".") else [sheet[fact_id]] if fact_id in sheet else []
    return any(fact.value for fact in found)


def _claim(line: Line, prefixed: Mapping[str, str]) -> Claim:
    text = SLOT.sub(lambda slot: f"{{{{{prefixed[slot.group(1)]}}}}}", line.text)
    return claim_of(text, line.direction, line.chart)
