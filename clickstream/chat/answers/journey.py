"""The way through the shop: carts, product pages, steps, the checkout, paths, pages, and how buyers differ."""

from __future__ import annotations

from collections.abc import Iterator

from clickstream.chat.answers.products import in_vain
from clickstream.chat.answers.teller import Teller
from clickstream.insights.journeys import abandonment, drop_offs, patterns, sides
from clickstream.insights.speech import CARTS, DIFFERENCES, DROP_OFFS, INSIGHT, PATTERNS, Line, slots
from clickstream.insights.topics import journey as ways
from clickstream.languages import message

SHOWN_PAGES = 3

LEFT_MOST = message("No page ends as many visits as %(page)s: %(sessions)s left there, %(share)s of those that saw it.")
LEFT = message("%(sessions)s left on %(page)s, %(share)s of those that saw it.")
BEGUN_MOST = message("No page begins as many visits as %(page)s: %(sessions)s began there.")
BEGUN = message("%(sessions)s began on %(page)s.")


def carts(teller: Teller) -> Iterator[Line]:
    yield from teller.told(abandonment.lines, CARTS, most=4)
    yield from teller.advised(abandonment.lines)


def product_pages(teller: Teller) -> Iterator[Line]:
    yield from teller.say(
        "{{funnel.add_to_cart.step_rate}} of the sessions that saw a product put something into the cart.", chart="funnel"
    )
    yield from teller.told(drop_offs.lines, DROP_OFFS, citing="funnel.add_to_cart.", most=1)
    yield from teller.advised(drop_offs.lines, citing="funnel.add_to_cart.")
    yield from in_vain(teller, most=2)


def funnel(teller: Teller) -> Iterator[Line]:
    yield from teller.told(drop_offs.lines, DROP_OFFS, citing="funnel.", most=4)
    yield from teller.told(ways.lines, INSIGHT, citing="funnel.purchase.seconds_median", most=1)
    yield from teller.advised(drop_offs.lines, citing="funnel.")


def checkout(teller: Teller) -> Iterator[Line]:
    yield from teller.told(ways.lines, INSIGHT, citing="checkout.abandoned", most=1)
    yield from teller.told(drop_offs.lines, DROP_OFFS, citing="friction.", most=3)
    if not teller.sheet.under("friction.payment_error.") and not teller.sheet.under("friction.coupon_denied."):
        yield from teller.say(
            "No payment error and no refused coupon was reported in %(checkouts)s, so what stands in the way is not in the "
            "data.",
            checkouts=teller.counted("checkout.sessions", "checkout"),
        )
    yield from teller.told(drop_offs.lines, DROP_OFFS, citing="checkout.step.", most=2)
    yield from teller.advised(drop_offs.lines, citing="friction.")
    yield from teller.advised(drop_offs.lines, citing="funnel.purchase.")


def paths(teller: Teller) -> Iterator[Line]:
    yield from teller.told(patterns.lines, PATTERNS, citing="path.", most=5)


def buyers(teller: Teller) -> Iterator[Line]:
    yield from teller.told(sides.lines, DIFFERENCES, most=5)
    yield from teller.advised(sides.lines)


def exits(teller: Teller) -> Iterator[Line]:
    for number in range(1, SHOWN_PAGES + 1):
        prefix = f"pages.exits.{number}"
        page, share = slots(prefix, "name", "share")
        yield from teller.say(
            LEFT_MOST if teller.leads(f"{prefix}.exits") else LEFT,
            chart="pages",
            counting=f"{prefix}.exits",
            page=page,
            share=share,
            sessions=teller.counted(f"{prefix}.exits", "session"),
        )


def landing_pages(teller: Teller) -> Iterator[Line]:
    for number in range(1, SHOWN_PAGES + 1):
        prefix = f"pages.entries.{number}"
        yield from teller.say(
            BEGUN_MOST if teller.leads(f"{prefix}.entries") else BEGUN,
            chart="pages",
            counting=f"{prefix}.entries",
            page=slots(prefix, "name")[0],
            sessions=teller.counted(f"{prefix}.entries", "session"),
        )


def pages(teller: Teller) -> Iterator[Line]:
    for number in range(1, SHOWN_PAGES + 1):
        page, views = slots(f"pages.{number}", "name", "pageviews")
        yield from teller.say("Views of %(page)s: %(views)s.", chart="pages", page=page, views=views)
