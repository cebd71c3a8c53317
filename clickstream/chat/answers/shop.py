"""The shop's headline numbers: visits, orders, money, and how far they can be trusted."""

from __future__ import annotations

from collections.abc import Iterator

from clickstream.chat.answers.teller import Teller
from clickstream.insights.speech import INSIGHT, RECOMMEND, RISK, SUMMARY, Line
from clickstream.insights.topics import comparisons, headline, quality, search
from clickstream.insights.topics import journey as ways


def summary(teller: Teller) -> Iterator[Line]:
    yield from teller.told(headline.lines, SUMMARY)
    yield from teller.told(comparisons.lines, SUMMARY, citing="trend.", most=2)
    yield from teller.told(ways.lines, SUMMARY, citing="cart.", most=1)
    yield from teller.told(search.lines, SUMMARY, most=1)
    yield from teller.told(quality.sample, SUMMARY, most=1)


def conversion(teller: Teller) -> Iterator[Line]:
    yield from teller.say(
        "The conversion rate is {{overview.conversion_rate}}: {{overview.conversions}} of %(sessions)s bought something.",
        chart="series",
        counting="overview.sessions",
        sessions=_sessions(teller),
    )
    yield from teller.say("Of all visitors, {{overview.buyer_rate}} bought something.")
    yield from teller.told(quality.sample, RISK, most=1)


def revenue(teller: Teller) -> Iterator[Line]:
    earned = teller.own.money("overview.revenue")
    if not earned:
        yield from teller.say(
            "This is not in the data: %(orders)s came without an amount. Send revenue and currency with every purchase.",
            counting="overview.orders",
            orders=_orders(teller),
        )
        return
    yield from teller.say(
        "The revenue is %(revenue)s, from %(orders)s.", chart="series", revenue=earned, orders=_orders(teller)
    )
    if refunded := teller.own.money("overview.refunded"):
        net = teller.own.money("overview.net_revenue")
        yield from teller.say("%(refunded)s of it went back in refunds, which leaves %(net)s.", refunded=refunded, net=net)
    per_session = teller.own.money("overview.revenue_per_session")
    yield from teller.say("A session brings %(amount)s on average.", amount=per_session)
    yield from teller.told(quality.lines, RISK, citing="quality.orders_unpriced", most=1)


def orders(teller: Teller) -> Iterator[Line]:
    yield from teller.say(
        "There were %(orders)s, by %(buyers)s.",
        chart="series",
        orders=_orders(teller),
        buyers=teller.counted("overview.buyers", "buyer"),
    )
    if earned := teller.own.money("overview.revenue"):
        yield from teller.say("They brought %(revenue)s.", revenue=earned)


def traffic(teller: Teller) -> Iterator[Line]:
    yield from teller.say(
        "There were %(sessions)s, by %(visitors)s.",
        chart="series",
        sessions=_sessions(teller),
        visitors=teller.counted("overview.visitors", "visitor"),
    )
    yield from teller.say("New visitors make {{overview.new_share}} of the sessions.")
    yield from teller.told(headline.lines, INSIGHT, citing="overview.bounce_rate", most=1)


def order_value(teller: Teller) -> Iterator[Line]:
    found = list(teller.told(headline.lines, INSIGHT, citing="overview.aov"))
    yield from found
    if not found:
        yield from revenue(teller)
        return
    known = teller.counted("overview.orders_with_revenue", "order")
    yield from teller.say("This rests on %(orders)s of known revenue.", orders=known)
    yield from teller.told(quality.lines, RISK, citing="quality.orders_unpriced", most=1)


def duration(teller: Teller) -> Iterator[Line]:
    yield from teller.told(headline.lines, INSIGHT, citing="overview.duration_median", most=1)
    yield from teller.say("The mean is {{overview.duration_mean}}, and long sessions take {{overview.duration_p90}}.")
    yield from teller.told(headline.lines, INSIGHT, citing="overview.bounce_rate", most=1)


def bounces(teller: Teller) -> Iterator[Line]:
    found = list(teller.told(headline.lines, INSIGHT, citing="overview.bounce_rate", most=1))
    yield from found
    if not found:
        text = "None of %(sessions)s ended right after the opening interaction."
        yield from teller.say(text, counting="overview.sessions", sessions=_sessions(teller))
    if "improve" in teller.asks or "why" in teller.asks:
        yield from teller.told(headline.lines, RECOMMEND, citing="overview.bounce_rate", most=1)


def refunds(teller: Teller) -> Iterator[Line]:
    yield from teller.told(quality.lines, RISK, citing="overview.refund_share")
    if not teller.own.money("overview.refunded"):
        yield from teller.say("No refund of %(orders)s was reported.", orders=_orders(teller))
    yield from teller.told(quality.lines, RISK, citing="quality.refunds_unmatched", most=1)


def trust(teller: Teller) -> Iterator[Line]:
    found = list(teller.told(quality.lines, RISK, most=5))
    yield from found
    if not found:
        text = "Nothing was left out of %(sessions)s, and nothing in them is unmatched."
        yield from teller.say(text, counting="overview.sessions", sessions=_sessions(teller))


def _sessions(teller: Teller) -> str:
    return teller.counted("overview.sessions", "session")


def _orders(teller: Teller) -> str:
    return teller.counted("overview.orders", "order")
