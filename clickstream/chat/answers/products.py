"""Products: what sells, what is looked at in vain, what is bought together."""

from __future__ import annotations

from collections.abc import Iterator

from clickstream.chat.answers.teller import Teller
from clickstream.insights.speech import Line, slots
from clickstream.languages import message

SHOWN = 5
BEYOND_CHANCE = 1

SELLS_BEST = message("%(product)s sells best: it brought %(revenue)s and was bought in %(sessions)s.")
SELLS = message("%(product)s brought %(revenue)s and was bought in %(sessions)s.")
BOUGHT = message("%(product)s was bought in %(sessions)s.")
IN_VAIN_MOST = message(
    "No product is viewed in vain as often as %(product)s: %(missed)s of %(sessions)s that viewed it did not buy it."
)
IN_VAIN = message("%(product)s was viewed in vain: %(missed)s of %(sessions)s that viewed it did not buy it.")
MORE_THAN_BY_CHANCE = message(
    "%(a)s and %(b)s were bought together in %(sessions)s, %(support)s of those that bought anything; the factor against "
    "chance is %(lift)s."
)
MAYBE_BY_CHANCE = message(
    "%(a)s and %(b)s were bought together in %(sessions)s, %(support)s of those that bought anything, which may be chance."
)


def best_sellers(teller: Teller) -> Iterator[Line]:
    for number in range(1, SHOWN + 1):
        prefix = f"products.{number}"
        if not teller.own.number(f"{prefix}.bought"):
            continue
        revenue, leads = teller.own.money(f"{prefix}.revenue"), _leads(teller, f"{prefix}.revenue.")
        yield from teller.say(
            (SELLS_BEST if leads else SELLS) if revenue else BOUGHT,
            counting=f"{prefix}.bought",
            product=slots(prefix, "name")[0],
            revenue=revenue,
            sessions=teller.counted(f"{prefix}.bought", "session"),
        )


def viewed_not_bought(teller: Teller) -> Iterator[Line]:
    yield from in_vain(teller, most=4)
    if not teller.own.number("products.left.total"):
        yield from teller.say(
            "No product was viewed often enough to say so: {{products.left.hidden}} were viewed, each in too few sessions."
        )
        return
    yield from teller.say(
        "Look at price, pictures, stock and delivery of these products, whose views are interest that ends there; "
        "{{products.left.total}} were viewed often enough to say so."
    )


def in_vain(teller: Teller, most: int) -> Iterator[Line]:
    """Products by the sessions that viewed and did not buy them."""
    for number in range(1, most + 1):
        prefix = f"products.left.{number}"
        product, missed = slots(prefix, "name", "not_bought")
        yield from teller.say(
            IN_VAIN_MOST if teller.leads(f"{prefix}.not_bought") else IN_VAIN,
            counting=f"{prefix}.viewed",
            product=product,
            missed=missed,
            sessions=teller.counted(f"{prefix}.viewed", "session"),
        )


def together(teller: Teller) -> Iterator[Line]:
    for number in range(1, SHOWN + 1):
        prefix = f"bought_together.{number}"
        a, b, support, lift = slots(prefix, "a", "b", "support", "lift")
        sure = teller.own.number(f"{prefix}.low") > BEYOND_CHANCE
        yield from teller.say(
            MORE_THAN_BY_CHANCE if sure else MAYBE_BY_CHANCE,
            counting=f"{prefix}.n",
            a=a,
            b=b,
            support=support,
            lift=lift,
            sessions=teller.counted(f"{prefix}.n", "session"),
        )
    if not teller.own.number("bought_together.total"):
        yield from teller.say(
            "Nothing was bought together often enough to say so: it takes %(least)s, and what comes closest has "
            "{{bought_together.hidden_largest}}.",
            least=teller.counted("bought_together.minimum", "session"),
        )


def _leads(teller: Teller, prefix: str) -> bool:
    return any(fact.extreme == "highest" for fact in teller.sheet.under(prefix))
