"""Who comes back, and what kinds of buyers there are."""

from __future__ import annotations

from collections.abc import Iterator

from clickstream.chat.answers.teller import Teller
from clickstream.insights.speech import Line, slots
from clickstream.languages import message

KINDS = {
    "champions": message("Champions, who bought lately and often: %(buyers)s, %(share)s of all."),
    "loyal": message("Loyal buyers, who bought fairly lately and often: %(buyers)s, %(share)s of all."),
    "recent": message("Recent buyers, who bought lately and not often yet: %(buyers)s, %(share)s of all."),
    "promising": message("Promising buyers, who bought a while ago and not often: %(buyers)s, %(share)s of all."),
    "at_risk": message("Buyers at risk, who bought often and not lately: %(buyers)s, %(share)s of all."),
    "hibernating": message("Hibernating buyers, who bought neither lately nor often: %(buyers)s, %(share)s of all."),
}
"""What each kind of buyer is."""


def returning(teller: Teller) -> Iterator[Line]:
    yield from teller.say(
        "{{overview.returning_sessions}} of %(sessions)s were those of visitors who had been here before.",
        chart="series",
        counting="overview.sessions",
        sessions=teller.counted("overview.sessions", "session"),
    )
    yield from teller.say("Of visitors whose next week is over, {{retention.session.week_1.back}} came back in it or later.")
    if "retention.session.week_1.back" not in teller.sheet:
        yield from teller.say(
            "No week after a first visit is over yet, so who comes back later is not in the data for %(visitors)s.",
            visitors=teller.counted("retention.session.visitors", "visitor"),
        )
    yield from teller.say("{{retention.session.week_4.back}} of those who could came back after a month or later.")
    yield from teller.say(
        "Of %(buyers)s, {{retention.purchase.repeat_buyers}} bought again ({{retention.purchase.repeat_rate}}).",
        counting="retention.purchase.visitors",
        buyers=teller.counted("retention.purchase.visitors", "buyer"),
    )


def best_customers(teller: Teller) -> Iterator[Line]:
    for kind, text in KINDS.items():
        prefix = f"rfm.{kind}"
        if teller.own.number(f"{prefix}.visitors"):
            share = slots(prefix, "share")[0]
            yield from teller.say(text, share=share, buyers=teller.counted(f"{prefix}.visitors", "buyer"))
            revenue = teller.own.money(f"{prefix}.revenue") if kind == "champions" else ""
            if revenue:
                yield from teller.say("Champions brought %(revenue)s.", revenue=revenue)
