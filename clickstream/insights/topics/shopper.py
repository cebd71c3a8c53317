"""The report about a single shopper: what to remind of, what to suggest."""

from __future__ import annotations

from collections.abc import Iterator

from clickstream.insights.speech import ACT, DECIDE, FIRST_OF_ALL, INSIGHT, RECOMMEND, SUMMARY, USER, Line, Speaker, slot
from clickstream.insights.topics.headline import period
from clickstream.insights.topics.search import failing_terms


def lines(speaker: Speaker) -> Iterator[Line]:
    yield from _headline(speaker.about("visits"))
    yield from _purchases(speaker.about("purchases"))
    yield from _carts(speaker.about("cart"))
    yield from _searches(speaker.about("search"))
    yield from _habits(speaker.about("visits"))


def _headline(speaker: Speaker) -> Iterator[Line]:
    came = f"{period(speaker.sheet)}this shopper came in {speaker.counted('overview.sessions', 'session')}"
    came = came[0].upper() + came[1:]
    orders, revenue = speaker.counted("overview.orders", "order"), speaker.money("overview.revenue")
    if revenue:
        text = f"{came} and placed {orders} worth {revenue}."
    elif speaker.number("overview.conversions"):
        text = f"{came} and bought in {{{{overview.conversions}}}} of them; the revenue is not known."
    else:
        text = f"{came} and has not bought anything."
    yield from speaker.say(SUMMARY, FIRST_OF_ALL, text)


def _purchases(speaker: Speaker) -> Iterator[Line]:
    orders = speaker.number("overview.orders")
    for fact in speaker.sheet.under("overview.aov."):
        price = slot(fact.id)
        yield from speaker.say(INSIGHT, orders, f"An order of this shopper is worth {price} on average.")
        text = f"Suggest companions to earlier purchases of this shopper, in the range of {price} an order."
        yield from speaker.say(USER, orders, text)
    if not speaker.number("overview.conversions"):
        sessions = speaker.counted("overview.sessions", "session")
        text = f"Help this shopper to choose among well reviewed products, as {sessions} ended with nothing bought."
        yield from speaker.say(RECOMMEND, 1, text)


def _carts(speaker: Speaker) -> Iterator[Line]:
    if abandoned := speaker.number("cart.abandoned"):
        value = speaker.money("cart.value_left")
        carts = speaker.counted("cart.abandoned", "cart") + (f" worth {value}" if value else "")
        yield from speaker.say(SUMMARY, abandoned, f"This shopper left {carts} behind.")
        yield from speaker.say(USER, abandoned, f"Remind this shopper of what was left behind: {carts}.")
        text = f"Decide whether to offer free delivery to this shopper, who left {carts}."
        yield from speaker.say(DECIDE, abandoned, text)
    for fact in speaker.sheet.under("cart.left."):
        if fact.id.endswith(".product"):
            text = f"Show {slot(fact.id)} again: this shopper put it into a cart and left it there."
            yield from speaker.say(USER, 1, text)
            text = f"Check price, stock and delivery of {slot(fact.id)} before you remind this shopper of it."
            yield from speaker.say(ACT, 1, text)
    if still_open := speaker.number("cart.open"):
        text = f"Wait with reminders: this shopper still has {speaker.counted('cart.open', 'open cart')}."
        yield from speaker.say(ACT, 2 * still_open, text)


def _searches(speaker: Speaker) -> Iterator[Line]:
    for failing in failing_terms(speaker.sheet):
        query, stake = slot(failing.id.removesuffix("zero") + "query"), float(failing.value)
        yield from speaker.say(INSIGHT, stake, f"This shopper searched for {query} and found nothing.")
        yield from speaker.say(USER, stake, f"Offer this shopper the closest products to {query}, which found nothing.")
    for fact in speaker.sheet.under("search.term."):
        if fact.id.endswith(".query"):
            text = f"Lead with products that match {slot(fact.id)}, which this shopper searched for."
            yield from speaker.say(USER, 0.5, text)


def _habits(speaker: Speaker) -> Iterator[Line]:
    pages, sessions = speaker.counted("overview.pageviews", "page"), speaker.counted("overview.sessions", "session")
    text = f"This shopper viewed {pages}; a typical visit lasted {{{{overview.duration_median}}}}."
    yield from speaker.say(INSIGHT, 0.5, text)
    text = f"Greet this shopper on the next visit with what was viewed last, after {sessions} so far."
    yield from speaker.say(USER, 0.1, text)
    yield from speaker.say(ACT, 0.1, f"Read through the latest visits of this shopper before you write ({sessions} in all).")
    orders = speaker.counted("overview.orders", "order")
    yield from speaker.say(
        DECIDE, 0.1, f"Decide whether a personal offer suits this shopper: {sessions} and {orders} so far."
    )
