"""Where journeys end, and what stood in the way there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from clickstream.insights.speech import DROP_OFFS, FIRST_OF_ALL, RECOMMEND, Line, Speaker, slot, slots
from clickstream.insights.topics.journey import ADVICE, LARGEST_LOSS, OTHER_ADVICE, about_loss
from clickstream.languages import message

A_LOSS = message(
    "A loss on the way to a purchase lies between %(previous)s and %(name)s: %(lost)s (%(rate)s) went no further."
)
ERRORS = {
    "payment_error": message(
        "The payment error %(name)s touched %(sessions)s: %(rate)s of them bought, and %(against)s of the other checkouts."
    ),
    "coupon_denied": message(
        "The refused coupon %(name)s touched %(sessions)s: %(rate)s of them bought, and %(against)s of the other checkouts."
    ),
}
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
        say, stake = partial(about_loss(speaker, loss), chart="funnel"), float(loss.value)
        yield from say(DROP_OFFS, stake, LARGEST_LOSS if loss.extreme == "highest" else A_LOSS)
        yield from say(RECOMMEND, stake, ADVICE.get(loss.id.split(".")[1], OTHER_ADVICE))
    if outside := speaker.number("funnel.outside"):
        yield from speaker.say(
            DROP_OFFS,
            FIRST_OF_ALL if outside >= MANY_OUTSIDE * speaker.number("overview.conversions") else outside,
            "The funnel ends below the conversion rate: %(sessions)s skipped a step, such as the checkout event.",
            chart="funnel",
            counting="funnel.outside",
            sessions=speaker.counted("funnel.outside", "buying session"),
        )


def _ends(speaker: Speaker) -> Iterator[Line]:
    for number in (1, 2):
        fact = speaker.sheet.get(f"path.end.{number}.sessions")
        if fact is None:
            return
        yield from speaker.say(
            DROP_OFFS,
            float(fact.value) / 2,
            "Some journeys end early: %(sessions)s had nothing further to do after %(last)s.",
            chart="paths",
            counting=fact.id,
            sessions=speaker.counted(fact.id, "session"),
            last=slot(f"path.end.{number}.name"),
        )


def _errors(speaker: Speaker) -> Iterator[Line]:
    for kind, text in ERRORS.items():
        for number in range(1, SHOWN_ERRORS + 1):
            prefix = f"friction.{kind}.{number}"
            touched = speaker.counted(f"{prefix}.sessions", "session")
            name, own, against = slots(prefix, "name", "conversion", "against")
            say = partial(speaker.say, chart="friction", name=name, sessions=touched)
            stake, risk = 3 * speaker.number(f"{prefix}.sessions"), speaker.money(f"{prefix}.revenue_at_risk")
            yield from say(DROP_OFFS, stake, text, rate=own, against=against)
            if risk:
                yield from say(
                    RECOMMEND,
                    speaker.worth(f"{prefix}.revenue_at_risk") or stake,
                    "Find out what causes %(name)s at the checkout: it touched %(sessions)s and puts %(risk)s at risk.",
                    risk=risk,
                )


def _checkout(speaker: Speaker) -> Iterator[Line]:
    for fact in speaker.sheet.under("checkout.step."):
        if fact.id.endswith(".completed"):
            prefix = fact.id.removesuffix(".completed")
            yield from speaker.say(
                DROP_OFFS,
                speaker.number(f"{prefix}.sessions") / 4,
                "The checkout step %(step)s was seen in %(sessions)s; %(rate)s of them bought after it.",
                chart="checkout",
                step=slot(f"{prefix}.name"),
                sessions=speaker.counted(f"{prefix}.sessions", "session"),
                rate=slot(fact.id),
            )
