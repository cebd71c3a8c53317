"""Where sessions leave on the way to a purchase: funnel steps, carts and the checkout."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from clickstream.facts import Fact
from clickstream.insights.speech import ACT, DECIDE, INSIGHT, RECOMMEND, SUMMARY, USER, Line, Say, Speaker, slot, slots
from clickstream.languages import message

LARGEST_LOSS = message(
    "The largest loss on the way to a purchase lies between %(previous)s and %(name)s: %(lost)s (%(rate)s) went no further."
)
LARGE_LOSS = message(
    "A large loss on the way to a purchase lies between %(previous)s and %(name)s: %(lost)s (%(rate)s) went no further."
)
ADVICE = {
    "product_view": message(
        "Bring visitors to products sooner, with bestsellers and clear categories on the pages they land on: %(lost)s "
        "(%(rate)s) got lost between %(previous)s and %(name)s."
    ),
    "add_to_cart": message(
        "Work on the product pages (price, delivery time, pictures, a cart button always in sight): %(lost)s (%(rate)s) got "
        "lost between %(previous)s and %(name)s."
    ),
    "checkout": message(
        "Make the way from cart to checkout shorter, and show delivery costs before it begins: %(lost)s (%(rate)s) got lost "
        "between %(previous)s and %(name)s."
    ),
    "purchase": message(
        "Take fields and surprises out of the checkout, and offer the ways to pay that shoppers expect: %(lost)s (%(rate)s) "
        "got lost between %(previous)s and %(name)s."
    ),
}
OTHER_ADVICE = message(
    "Look for what stops people before this step: %(lost)s (%(rate)s) got lost between %(previous)s and %(name)s."
)


CART_STATES = message(
    "What became of %(carts)s: {{cart.transacted}} bought, {{cart.abandoned}} abandoned, {{cart.emptied}} emptied, "
    "{{cart.open}} still open."
)
CHECK_PRODUCT = message("Check price, stock and delivery of %(product)s, which was left in %(carts)s.")
ABANDONED = (
    (
        SUMMARY,
        message(
            "{{cart.abandonment_rate}} of the carts that are decided were abandoned: %(carts)s worth %(worth)s stayed "
            "behind."
        ),
        message("{{cart.abandonment_rate}} of the carts that are decided were abandoned: %(carts)s stayed behind."),
    ),
    (
        RECOMMEND,
        message(
            "Remind people of the cart they left, and show delivery costs early: %(carts)s worth %(worth)s stayed behind."
        ),
        message("Remind people of the cart they left, and show delivery costs early: %(carts)s stayed behind."),
    ),
    (
        DECIDE,
        message("Decide whether cart reminders are worth building; they could reach %(carts)s worth %(worth)s."),
        message("Decide whether cart reminders are worth building; they could reach %(carts)s."),
    ),
    (
        USER,
        message("Those who left a cart (%(carts)s worth %(worth)s): remind them of exactly what they chose."),
        message("Those who left a cart (%(carts)s): remind them of exactly what they chose."),
    ),
)
"""Sections with their sentence about abandoned carts, where what they are worth is known and where not."""


def lines(speaker: Speaker) -> Iterator[Line]:
    yield from _funnel(speaker.about("funnel"))
    yield from _carts(speaker.about("cart"))
    yield from _checkouts(speaker.about("checkout"))


def _funnel(speaker: Speaker) -> Iterator[Line]:
    losses = [fact for fact in speaker.sheet.under("funnel.") if fact.id.endswith(".lost") and fact.value]
    if not losses:
        return
    largest = max(losses, key=lambda fact: fact.value)
    yield from _largest_loss(speaker, largest)
    for loss in losses:
        yield from _loss(speaker, loss)
    yield from _weakest_step(speaker, largest)
    text = "Those who bought did so {{funnel.purchase.seconds_median}} after the checkout began (median)."
    yield from speaker.say(INSIGHT, speaker.number("funnel.purchase.reached"), text)


def _largest_loss(speaker: Speaker, loss: Fact) -> Iterator[Line]:
    text = LARGEST_LOSS if loss.extreme == "highest" else LARGE_LOSS
    for section in (SUMMARY, INSIGHT):
        yield from about_loss(speaker, loss)(section, _potential(speaker, loss), text)


def about_loss(speaker: Speaker, loss: Fact) -> Say:
    """Says sentences with the parts between which steps how many sessions were `lost`, and their `rate`."""
    previous, name, rate = slots(_step(loss), "previous", "name", "loss_rate")
    lost = speaker.counted(loss.id, "session")
    return partial(speaker.say, counting=loss.id, previous=previous, name=name, rate=rate, lost=lost)


def _loss(speaker: Speaker, loss: Fact) -> Iterator[Line]:
    step, stake, say = _step(loss), _potential(speaker, loss), about_loss(speaker, loss)
    yield from say(RECOMMEND, stake, ADVICE.get(step.removeprefix("funnel."), OTHER_ADVICE))
    text = "Decide whether the step from %(previous)s to %(name)s comes next: %(lost)s left there and %(went_on)s went on."
    yield from say(DECIDE, stake, text, went_on=slot(f"{step}.step_rate"))
    text = "Read a handful of the %(lost)s that ended between %(previous)s and %(name)s, and note what came last."
    yield from say(ACT, stake, text)


def _weakest_step(speaker: Speaker, largest: Fact) -> Iterator[Line]:
    for fact in speaker.sheet.under("funnel."):
        if fact.id.endswith(".step_rate") and fact.extreme == "lowest" and _step(fact) != _step(largest):
            previous, name = slots(_step(fact), "previous", "name")
            text = "By rate, the weakest step leads from %(previous)s to %(name)s: %(rate)s of the sessions went on."
            stake = _potential(speaker, speaker.sheet[f"{_step(fact)}.lost"])
            yield from speaker.say(INSIGHT, stake, text, previous=previous, name=name, rate=slot(fact.id))


def _potential(speaker: Speaker, loss: Fact) -> float:
    """The lost sessions, weighed by how likely those who went on were to buy, against the average session."""
    reached, bought = speaker.number(f"{_step(loss)}.reached"), speaker.number("funnel.purchase.reached")
    average = speaker.number("funnel.purchase.overall_rate")
    return float(loss.value) * (bought / reached / average if reached and average else 1.0)


def _step(fact: Fact) -> str:
    return fact.id.rpartition(".")[0]


def _carts(speaker: Speaker) -> Iterator[Line]:
    abandoned, worth = speaker.number("cart.abandoned"), speaker.money("cart.value_left")
    stake = speaker.worth("cart.value_left") or abandoned
    if abandoned:
        for section, with_worth, without in ABANDONED:
            carts = speaker.counted("cart.abandoned", "cart")
            text = with_worth if worth else without
            yield from speaker.say(section, stake, text, counting="cart.abandoned", carts=carts, worth=worth)
    yield from _cart_states(speaker, stake)
    yield from _left_behind(speaker, stake)


def _cart_states(speaker: Speaker, stake: float) -> Iterator[Line]:
    if speaker.number("cart.created"):
        yield from speaker.say(INSIGHT, stake, CART_STATES, carts=speaker.counted("cart.created", "cart"))
    if still_open := speaker.number("cart.open"):
        carts = speaker.counted("cart.open", "cart")
        text = "Shoppers with an open cart (%(carts)s): leave them in peace until the session is over."
        yield from speaker.say(USER, still_open, text, carts=carts)


def _left_behind(speaker: Speaker, stake: float) -> Iterator[Line]:
    carts = speaker.counted("cart.left.1.sessions", "abandoned cart", after="in")
    yield from speaker.say(ACT, stake, CHECK_PRODUCT, product=slot("cart.left.1.product"), carts=carts)


def _checkouts(speaker: Speaker) -> Iterator[Line]:
    if abandoned := speaker.number("checkout.abandoned"):
        checkouts = speaker.counted("checkout.abandoned", "checkout")
        say = partial(speaker.say, counting="checkout.abandoned", checkouts=checkouts)
        text = "%(checkouts)s ended short of the payment, {{checkout.abandonment_rate}} of those that are decided."
        yield from say(INSIGHT, 2 * abandoned, text)
        yield from say(
            ACT,
            2 * abandoned,
            "Place a test order yourself, guest checkout and every way to pay included: %(checkouts)s ended short of the "
            "payment.",
        )
