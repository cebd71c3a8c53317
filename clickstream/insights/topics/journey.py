"""Where sessions leave on the way to a purchase: funnel steps, carts and the checkout."""

from __future__ import annotations

from collections.abc import Iterator

from clickstream.facts import Fact
from clickstream.insights.speech import ACT, DECIDE, INSIGHT, RECOMMEND, SUMMARY, USER, Line, Speaker, slot, slots

ADVICE = {
    "product_view": "Bring visitors to products sooner, with bestsellers and clear categories on the pages they land on",
    "add_to_cart": "Work on the product pages (price, delivery time, pictures, a cart button always in sight)",
    "checkout": "Make the way from cart to checkout shorter, and show delivery costs before it begins",
    "purchase": "Take fields and surprises out of the checkout, and offer the ways to pay that shoppers expect",
}
OTHER_ADVICE = "Look for what stops people before this step"


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
    previous, name, rate = slots(_step(loss), "previous", "name", "loss_rate")
    rank = "The largest loss" if loss.extreme == "highest" else "A large loss"
    left = f"{speaker.counted(loss.id, 'session')} ({rate}) went no further"
    text = f"{rank} on the way to a purchase lies between {previous} and {name}: {left}."
    yield from speaker.say(SUMMARY, _potential(speaker, loss), text)
    yield from speaker.say(INSIGHT, _potential(speaker, loss), text)


def _loss(speaker: Speaker, loss: Fact) -> Iterator[Line]:
    step, stake, left = _step(loss), _potential(speaker, loss), speaker.counted(loss.id, "session")
    previous, name, loss_rate, step_rate = slots(step, "previous", "name", "loss_rate", "step_rate")
    advice = ADVICE.get(step.removeprefix("funnel."), OTHER_ADVICE)
    yield from speaker.say(RECOMMEND, stake, f"{advice}: {left} ({loss_rate}) got lost between {previous} and {name}.")
    text = f"Decide whether the step from {previous} to {name} comes next: {left} left there and {step_rate} went on."
    yield from speaker.say(DECIDE, stake, text)
    text = f"Read a handful of the {left} that ended between {previous} and {name}, and note what came last."
    yield from speaker.say(ACT, stake, text)


def _weakest_step(speaker: Speaker, largest: Fact) -> Iterator[Line]:
    for fact in speaker.sheet.under("funnel."):
        if fact.id.endswith(".step_rate") and fact.extreme == "lowest" and _step(fact) != _step(largest):
            previous, name = slots(_step(fact), "previous", "name")
            text = f"By rate, the weakest step leads from {previous} to {name}: {slot(fact.id)} of the sessions went on."
            yield from speaker.say(INSIGHT, _potential(speaker, speaker.sheet[f"{_step(fact)}.lost"]), text)


def _potential(speaker: Speaker, loss: Fact) -> float:
    """The lost sessions, weighed by how likely those who went on were to buy, against the average session."""
    reached, bought = speaker.number(f"{_step(loss)}.reached"), speaker.number("funnel.purchase.reached")
    average = speaker.number("funnel.purchase.overall_rate")
    return float(loss.value) * (bought / reached / average if reached and average else 1.0)


def _step(fact: Fact) -> str:
    return fact.id.rpartition(".")[0]


def _carts(speaker: Speaker) -> Iterator[Line]:
    abandoned, value = speaker.number("cart.abandoned"), speaker.money("cart.value_left")
    stake = speaker.worth("cart.value_left") or abandoned
    carts = speaker.counted("cart.abandoned", "cart") + (f" worth {value}" if value else "")
    if abandoned:
        text = f"{{{{cart.abandonment_rate}}}} of the carts that are decided were abandoned: {carts} stayed behind."
        yield from speaker.say(SUMMARY, stake, text)
        text = f"Remind people of the cart they left, and show delivery costs early: {carts} stayed behind."
        yield from speaker.say(RECOMMEND, stake, text)
        yield from speaker.say(DECIDE, stake, f"Decide whether cart reminders are worth building; they could reach {carts}.")
        yield from speaker.say(USER, stake, f"Those who left a cart ({carts}): remind them of exactly what they chose.")
    yield from _cart_states(speaker, stake)
    yield from _left_behind(speaker, stake)


def _cart_states(speaker: Speaker, stake: float) -> Iterator[Line]:
    if speaker.number("cart.created"):
        states = (
            "{{cart.transacted}} bought, {{cart.abandoned}} abandoned, {{cart.emptied}} emptied, {{cart.open}} still open"
        )
        yield from speaker.say(INSIGHT, stake, f"What became of {speaker.counted('cart.created', 'cart')}: {states}.")
    if still_open := speaker.number("cart.open"):
        carts = speaker.counted("cart.open", "cart")
        text = f"Shoppers with an open cart ({carts}): leave them in peace until the session is over."
        yield from speaker.say(USER, still_open, text)


def _left_behind(speaker: Speaker, stake: float) -> Iterator[Line]:
    carts = speaker.counted("cart.left.1.sessions", "abandoned cart")
    text = f"Check price, stock and delivery of {{{{cart.left.1.product}}}}, which was left in {carts}."
    yield from speaker.say(ACT, stake, text)


def _checkouts(speaker: Speaker) -> Iterator[Line]:
    if abandoned := speaker.number("checkout.abandoned"):
        ended = f"{speaker.counted('checkout.abandoned', 'checkout')} ended short of the payment"
        text = f"{ended}, {{{{checkout.abandonment_rate}}}} of those that are decided."
        yield from speaker.say(INSIGHT, 2 * abandoned, text)
        text = f"Place a test order yourself, guest checkout and every way to pay included: {ended}."
        yield from speaker.say(ACT, 2 * abandoned, text)
