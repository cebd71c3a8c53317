"""The report about a single shopper: what to remind of, what to suggest."""

from __future__ import annotations

from collections.abc import Iterator

from clickstream.insights.speech import ACT, DECIDE, FIRST_OF_ALL, INSIGHT, RECOMMEND, SUMMARY, USER, Line, Speaker, slot
from clickstream.insights.topics.headline import outcome, period
from clickstream.insights.topics.search import failing_terms
from clickstream.languages import message

HEADLINES = {
    ("range", "earned"): message(
        "From {{range.since}} to {{range.until}}, this shopper came in %(sessions)s and placed %(orders)s worth %(revenue)s."
    ),
    ("range", "bought"): message(
        "From {{range.since}} to {{range.until}}, this shopper came in %(sessions)s and bought in {{overview.conversions}} "
        "of them; the revenue is not known."
    ),
    ("range", "nothing"): message(
        "From {{range.since}} to {{range.until}}, this shopper came in %(sessions)s and has not bought anything."
    ),
    ("day", "earned"): message(
        "On {{range.since}}, this shopper came in %(sessions)s and placed %(orders)s worth %(revenue)s."
    ),
    ("day", "bought"): message(
        "On {{range.since}}, this shopper came in %(sessions)s and bought in {{overview.conversions}} of them; the revenue "
        "is not known."
    ),
    ("day", "nothing"): message("On {{range.since}}, this shopper came in %(sessions)s and has not bought anything."),
    ("", "earned"): message("This shopper came in %(sessions)s and placed %(orders)s worth %(revenue)s."),
    ("", "bought"): message(
        "This shopper came in %(sessions)s and bought in {{overview.conversions}} of them; the revenue is not known."
    ),
    ("", "nothing"): message("This shopper came in %(sessions)s and has not bought anything."),
}
"""By period and outcome."""

ABANDONED = (
    (
        SUMMARY,
        message("This shopper left %(carts)s worth %(worth)s behind."),
        message("This shopper left %(carts)s behind."),
    ),
    (
        USER,
        message("Remind this shopper of what was left behind: %(carts)s worth %(worth)s."),
        message("Remind this shopper of what was left behind: %(carts)s."),
    ),
    (
        DECIDE,
        message("Decide whether to offer free delivery to this shopper, who left %(carts)s worth %(worth)s."),
        message("Decide whether to offer free delivery to this shopper, who left %(carts)s."),
    ),
)
"""Sections with their sentence about abandoned carts, where what they are worth is known and where not."""


def lines(speaker: Speaker) -> Iterator[Line]:
    yield from _headline(speaker.about("visits"))
    yield from _purchases(speaker.about("purchases"))
    yield from _carts(speaker.about("cart"))
    yield from _searches(speaker.about("search"))
    yield from _habits(speaker.about("visits"))


def _headline(speaker: Speaker) -> Iterator[Line]:
    yield from speaker.say(
        SUMMARY,
        FIRST_OF_ALL,
        HEADLINES[period(speaker.sheet), outcome(speaker)],
        sessions=speaker.counted("overview.sessions", "session"),
        orders=speaker.counted("overview.orders", "order"),
        revenue=speaker.money("overview.revenue"),
    )


def _purchases(speaker: Speaker) -> Iterator[Line]:
    orders = speaker.number("overview.orders")
    for fact in speaker.sheet.under("overview.aov."):
        price = slot(fact.id)
        text = "An order of this shopper is worth %(price)s on average."
        yield from speaker.say(INSIGHT, orders, text, price=price)
        text = "Suggest companions to earlier purchases of this shopper, in the range of %(price)s an order."
        yield from speaker.say(USER, orders, text, price=price)
    if not speaker.number("overview.conversions"):
        text = "Help this shopper to choose among well reviewed products, as %(sessions)s ended with nothing bought."
        sessions = speaker.counted("overview.sessions", "session")
        yield from speaker.say(RECOMMEND, 1, text, counting="overview.sessions", sessions=sessions)


def _carts(speaker: Speaker) -> Iterator[Line]:
    if abandoned := speaker.number("cart.abandoned"):
        worth = speaker.money("cart.value_left")
        for section, with_worth, without in ABANDONED:
            text, carts = with_worth if worth else without, speaker.counted("cart.abandoned", "cart")
            yield from speaker.say(section, abandoned, text, carts=carts, worth=worth)
    for fact in speaker.sheet.under("cart.left."):
        if fact.id.endswith(".product"):
            text = "Show %(product)s again: this shopper put it into a cart and left it there."
            yield from speaker.say(USER, 1, text, product=slot(fact.id))
            text = "Check price, stock and delivery of %(product)s before you remind this shopper of it."
            yield from speaker.say(ACT, 1, text, product=slot(fact.id))
    if still_open := speaker.number("cart.open"):
        text = "Wait with reminders: this shopper still has %(carts)s."
        yield from speaker.say(ACT, 2 * still_open, text, carts=speaker.counted("cart.open", "open cart"))


def _searches(speaker: Speaker) -> Iterator[Line]:
    for failing in failing_terms(speaker.sheet):
        query, stake = slot(failing.id.removesuffix("zero") + "query"), float(failing.value)
        yield from speaker.say(INSIGHT, stake, "This shopper searched for %(query)s and found nothing.", query=query)
        text = "Offer this shopper the closest products to %(query)s, which found nothing."
        yield from speaker.say(USER, stake, text, query=query)
    for fact in speaker.sheet.under("search.term."):
        if fact.id.endswith(".query"):
            text = "Lead with products that match %(query)s, which this shopper searched for."
            yield from speaker.say(USER, 0.5, text, query=slot(fact.id))


def _habits(speaker: Speaker) -> Iterator[Line]:
    text = "This shopper viewed %(pages)s; a typical visit lasted {{overview.duration_median}}."
    yield from speaker.say(INSIGHT, 0.5, text, pages=speaker.counted("overview.pageviews", "page"))
    sessions = speaker.counted("overview.sessions", "session")
    text = "Greet this shopper on the next visit with what was viewed last, after %(sessions)s so far."
    yield from speaker.say(USER, 0.1, text, sessions=speaker.counted("overview.sessions", "session"))
    text = "Read through the latest visits of this shopper before you write (%(sessions)s in all)."
    yield from speaker.say(ACT, 0.1, text, sessions=sessions)
    text = "Decide whether a personal offer suits this shopper: %(sessions)s and %(orders)s so far."
    orders = speaker.counted("overview.orders", "order")
    yield from speaker.say(DECIDE, 0.1, text, sessions=sessions, orders=orders)
