"""Where journeys end, and what stood in the way there."""

from __future__ import annotations

from collections.abc import Iterator

from clickstream.insights.speech import DROP_OFFS, FIRST_OF_ALL, RECOMMEND, Line, Speaker, slot, slots
from clickstream.insights.topics.journey import ADVICE, OTHER_ADVICE

ERRORS = {"payment_error": "The payment error", "coupon_denied": "The refused coupon"}
SHOWN_ERRORS = 2
MANY_OUTSIDE = 0.1
"""From this share of buying sessions on, what the funnel leaves out has to be said before it is read."""


def lines(speaker: Speaker) -> Iterator[Line]:
    yield from _steps(speaker.about("funnel"))
    yield from _ends(speaker.about("ends"))
    yield from _errors(speaker.about("errors"))
    yield from _checkout(speaker.about("checkout"))


def _steps(speaker: Speaker) -> Iterator[Line]:
    losses = [fact for fact in speaker.sheet.under("funnel.") if fact.id.endswith(".lost") and fact.value]
    for loss in losses:
        step = loss.id.removesuffix(".lost")
        previous, name, rate = slots(step, "previous", "name", "loss_rate")
        left = f"{speaker.counted(loss.id, 'session')} ({rate}) went no further"
        rank = "The largest loss" if loss.extreme == "highest" else "A loss"
        stake = float(loss.value)
        text = f"{rank} on the way to a purchase lies between {previous} and {name}: {left}."
        yield from speaker.say(DROP_OFFS, stake, text, chart="funnel")
        advice = ADVICE.get(step.removeprefix("funnel."), OTHER_ADVICE)
        text = f"{advice}: {speaker.counted(loss.id, 'session')} ({rate}) ended between {previous} and {name}."
        yield from speaker.say(RECOMMEND, stake, text, chart="funnel")
    if outside := speaker.number("funnel.outside"):
        buying = speaker.counted("funnel.outside", "buying session")
        text = f"The funnel ends below the conversion rate: {buying} skipped a step, such as the checkout event."
        many = outside >= MANY_OUTSIDE * speaker.number("overview.conversions")
        yield from speaker.say(DROP_OFFS, FIRST_OF_ALL if many else outside, text, chart="funnel")


def _ends(speaker: Speaker) -> Iterator[Line]:
    for number in (1, 2):
        fact = speaker.sheet.get(f"path.end.{number}.sessions")
        if fact is None:
            return
        last = slot(f"path.end.{number}.name")
        text = f"Some journeys end early: {speaker.counted(fact.id, 'session')} had nothing further to do after {last}."
        yield from speaker.say(DROP_OFFS, float(fact.value) / 2, text, chart="paths")


def _errors(speaker: Speaker) -> Iterator[Line]:
    for kind, said in ERRORS.items():
        for number in range(1, SHOWN_ERRORS + 1):
            prefix = f"friction.{kind}.{number}"
            touched = speaker.counted(f"{prefix}.sessions", "session")
            name, own, against = slots(prefix, "name", "conversion", "against")
            stake = 3 * speaker.number(f"{prefix}.sessions")
            text = f"{said} {name} touched {touched}: {own} of them bought, and {against} of the other checkouts."
            yield from speaker.say(DROP_OFFS, stake, text, chart="friction")
            risk = speaker.money(f"{prefix}.revenue_at_risk")
            if risk:
                text = f"Find out what causes {name} at the checkout: it touched {touched} and puts {risk} at risk."
                yield from speaker.say(
                    RECOMMEND, speaker.worth(f"{prefix}.revenue_at_risk") or stake, text, chart="friction"
                )


def _checkout(speaker: Speaker) -> Iterator[Line]:
    for fact in speaker.sheet.under("checkout.step."):
        if fact.id.endswith(".completed"):
            prefix = fact.id.removesuffix(".completed")
            seen = speaker.counted(f"{prefix}.sessions", "session")
            text = f"The checkout step {slot(f'{prefix}.name')} was seen in {seen}; {slot(fact.id)} of them bought after it."
            yield from speaker.say(DROP_OFFS, speaker.number(f"{prefix}.sessions") / 4, text, chart="checkout")
