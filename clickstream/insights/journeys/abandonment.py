"""Carts that were left: how many, with what in them, what speaks for which reason, what may help."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from clickstream.insights.speech import CARTS, FIRST_OF_ALL, RECOMMEND, Line, Speaker, slot, slots
from clickstream.insights.topics.journey import CART_STATES, CHECK_PRODUCT
from clickstream.languages import message

SHOWN_PRODUCTS = 2

ABANDONED = message("{{cart.abandonment_rate}} of the carts that are decided were abandoned: %(carts)s.")
ABANDONED_WORTH = message(
    "{{cart.abandonment_rate}} of the carts that are decided were abandoned: %(carts)s, worth %(worth)s."
)
REMIND = message(
    "Remind people of the cart they left, and show delivery costs before the checkout: %(carts)s stayed behind."
)
REMIND_WORTH = message(
    "Remind people of the cart they left, and show delivery costs before the checkout: %(carts)s stayed behind, worth "
    "%(worth)s."
)
OBSTACLES = {
    "payment_error": message(
        "A reason that was seen: the payment error %(name)s met %(sessions)s, of which %(rate)s bought all the same."
    ),
    "coupon_denied": message(
        "A reason that was seen: the refused coupon %(name)s met %(sessions)s, of which %(rate)s bought all the same."
    ),
}


def lines(speaker: Speaker) -> Iterator[Line]:
    speaker = speaker.about("cart")
    if not speaker.number("cart.created"):
        return
    yield from _states(speaker)
    yield from _reasons(speaker)
    yield from _left(speaker)


def _states(speaker: Speaker) -> Iterator[Line]:
    abandoned, worth = speaker.number("cart.abandoned"), speaker.money("cart.value_left")
    say = partial(speaker.say, chart="cart", carts=speaker.counted("cart.abandoned", "cart"), worth=worth)
    yield from say(CARTS, FIRST_OF_ALL, ABANDONED_WORTH if worth else ABANDONED, counting="cart.abandoned")
    yield from say(CARTS, 50.0, CART_STATES, carts=speaker.counted("cart.created", "cart"))
    if abandoned:
        stake = speaker.worth("cart.value_left") or abandoned
        yield from say(RECOMMEND, stake, REMIND_WORTH if worth else REMIND, counting="cart.abandoned")


def _reasons(speaker: Speaker) -> Iterator[Line]:
    """What the events say about why: how far the carts got."""
    yield from speaker.say(
        CARTS,
        40.0,
        "Price and doubt come before the checkout, hurdles after it begins: %(checkouts)s ended short of the payment "
        "({{checkout.abandonment_rate}}).",
        chart="checkout",
        counting="checkout.abandoned",
        checkouts=speaker.counted("checkout.abandoned", "checkout"),
    )
    yield from speaker.say(
        CARTS,
        30.0,
        "Between the cart and the checkout %(sessions)s stayed away ({{funnel.checkout.loss_rate}}), before any form was "
        "shown to them.",
        chart="funnel",
        counting="funnel.checkout.lost",
        sessions=speaker.counted("funnel.checkout.lost", "session"),
    )
    for kind, text in OBSTACLES.items():
        name, own = slots(f"friction.{kind}.1", "name", "conversion")
        met = speaker.counted(f"friction.{kind}.1.sessions", "session")
        yield from speaker.say(CARTS, 20.0, text, chart="friction", name=name, sessions=met, rate=own)


def _left(speaker: Speaker) -> Iterator[Line]:
    for number in range(1, SHOWN_PRODUCTS + 1):
        product = slot(f"cart.left.{number}.product")
        carts = speaker.counted(f"cart.left.{number}.sessions", "abandoned cart", after="in")
        say = partial(speaker.say, chart="cart", carts=carts, product=product)
        yield from say(CARTS, 10.0 - number, "Left behind in %(carts)s: %(product)s.")
        if number == 1:
            yield from say(RECOMMEND, speaker.number("cart.left.1.sessions"), CHECK_PRODUCT)
