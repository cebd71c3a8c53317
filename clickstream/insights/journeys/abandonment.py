"""Carts that were left: how many, with what in them, what speaks for which reason, what may help."""

from __future__ import annotations

from collections.abc import Iterator

from clickstream.insights.speech import CARTS, FIRST_OF_ALL, RECOMMEND, Line, Speaker, slot, slots

SHOWN_PRODUCTS = 2


def lines(speaker: Speaker) -> Iterator[Line]:
    speaker = speaker.about("cart")
    if not speaker.number("cart.created"):
        return
    yield from _states(speaker)
    yield from _reasons(speaker)
    yield from _left(speaker)


def _states(speaker: Speaker) -> Iterator[Line]:
    abandoned = speaker.number("cart.abandoned")
    carts, worth = speaker.counted("cart.abandoned", "cart"), speaker.money("cart.value_left")
    value = f", worth {worth}" if worth else ""
    text = f"{slot('cart.abandonment_rate')} of the carts that are decided were abandoned: {carts}{value}."
    yield from speaker.say(CARTS, FIRST_OF_ALL, text, chart="cart")
    states = "{{cart.transacted}} bought, {{cart.abandoned}} abandoned, {{cart.emptied}} emptied, {{cart.open}} still open"
    text = f"What became of {speaker.counted('cart.created', 'cart')}: {states}."
    yield from speaker.say(CARTS, 50.0, text, chart="cart")
    if abandoned:
        advice = "Remind people of the cart they left, and show delivery costs before the checkout"
        text = f"{advice}: {carts} stayed behind{value}."
        stake = speaker.worth("cart.value_left") or abandoned
        yield from speaker.say(RECOMMEND, stake, text, chart="cart")


def _reasons(speaker: Speaker) -> Iterator[Line]:
    """What the events say about why: how far the carts got."""
    ended = speaker.counted("checkout.abandoned", "checkout")
    rate = slot("checkout.abandonment_rate")
    text = f"Price and doubt come before the checkout, hurdles after it begins: {ended} ended short of the payment ({rate})."
    yield from speaker.say(CARTS, 40.0, text, chart="checkout")
    lost, rate = slots("funnel.checkout", "lost", "loss_rate")
    text = f"Between the cart and the checkout {lost} sessions stayed away ({rate}), before any form was shown to them."
    yield from speaker.say(CARTS, 30.0, text, chart="funnel")
    for kind, said in (("payment_error", "the payment error"), ("coupon_denied", "the refused coupon")):
        name, own = slots(f"friction.{kind}.1", "name", "conversion")
        touched = speaker.counted(f"friction.{kind}.1.sessions", "session")
        text = f"A reason that was seen: {said} {name} met {touched}, of which {own} bought all the same."
        yield from speaker.say(CARTS, 20.0, text, chart="friction")


def _left(speaker: Speaker) -> Iterator[Line]:
    for number in range(1, SHOWN_PRODUCTS + 1):
        product = slot(f"cart.left.{number}.product")
        carts = speaker.counted(f"cart.left.{number}.sessions", "abandoned cart")
        yield from speaker.say(CARTS, 10.0 - number, f"Left behind in {carts}: {product}.", chart="cart")
        if number == 1:
            text = f"Check price, stock and delivery of {product}, which was left in {carts}."
            yield from speaker.say(RECOMMEND, speaker.number("cart.left.1.sessions"), text, chart="cart")
