"""A question about a comparison, answered of both its sides: by its own rows, else measured for one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from clickstream.chat.answering import sentences
from clickstream.chat.answers.teller import ANSWER, Teller
from clickstream.chat.call import About
from clickstream.chat.intents import BY_NAME
from clickstream.chat.matching import Plan, plan_of
from clickstream.facts import FactSheet
from clickstream.insights import comparing
from clickstream.insights.report import COMPARISON, Claim
from clickstream.insights.slots import claim_of
from clickstream.insights.speech import CHANGED, TO_DO, WHY, Line, Speaker
from clickstream.languages import message
from clickstream.scope import Scope

MOST_ROWS = 7
MOST_BESIDE = 2
MOST_OF_A_SIDE = 5

SIDE_A = message("Side A, from {{compare.a.since}} to {{compare.a.until}}:")
SIDE_B = message("Side B, from {{compare.b.since}} to {{compare.b.until}}:")
OUTSIDE = message(
    "This asks for something that lies outside of side A or side B. Ask it in an analysis of that selection on its own."
)

Row = tuple[str, str]
CONVERSION: tuple[Row, ...] = (("overview", "conversion_rate"), ("overview", "buyer_rate"))
DIMENSIONS = {
    "by_device": "device",
    "by_country": "country",
    "by_visitor": "visitor",
    "by_variant": "variant",
    "channels": "channel",
}
"""By intent, what it holds against each other."""
ROWS: Mapping[str, tuple[Row, ...]] = {
    "conversion": CONVERSION,
    "revenue": (("money", "revenue"), ("money", "revenue_per_session")),
    "orders": (("money", "orders"), ("money", "conversions")),
    "order_value": (("money", "aov"),),
    "traffic": (("overview", "sessions"), ("overview", "visitors"), ("overview", "pageviews")),
    "duration": (("overview", "duration"), ("overview", "pages_per_session")),
    "bounces": (("overview", "bounce_rate"), ("overview", "engagement_rate")),
    "funnel": (("funnel", "step_rate"),),
    "product_pages": (("funnel", "step_rate"), ("products", "view_to_buy")),
    "viewed_not_bought": (("products", "view_to_buy"),),
    "carts": (("cart", "abandonment_rate"), ("cart", "created")),
    "checkout": (("checkout", "abandonment_rate"), ("checkout", "sessions")),
    "search": (
        *(("search", f"{name}_rate") for name in ("success", "zero_result", "click_through", "refinement", "exit")),
        ("search", "searches"),
    ),
    "failing_searches": (("search", "zero_result_rate"), ("terms", "success_rate")),
    **{
        intent: tuple((f"by_{dimension}", name) for name in ("conversion_rate", "share"))
        for intent, dimension in DIMENSIONS.items()
    },
}
"""By intent, the rows of a comparison that answer it."""
OF_ALL = ("changes", "summary")
ASKED_BESIDE = {"why": WHY, "improve": TO_DO}
"""What a question may ask beside its topic, and the section of a comparison that says it."""

Measure = Callable[[Plan], FactSheet]


def answer_of_both(plans: Sequence[Plan], about: About, sheet: FactSheet, measure: Measure) -> list[Claim]:
    """What there is to say of both sides, for the plan of either; empty without plans.

    A question that names one of the sides is about the comparison; one that narrows both is measured for either, and one
    that leaves them cannot be answered here.
    """
    if about.against is None or not plans:
        return []
    sides = about.base, about.against
    asked = [plan.calls[0].scope for plan in plans]
    if all(scope != side for scope, side in zip(asked, sides, strict=True)):
        if not all(_within(scope, side) for scope, side in zip(asked, sides, strict=True)):
            return [_claim(line) for line in Teller(sheet, about.language).say(OUTSIDE)]
        return _one_after_the_other(plans, about, sheet, measure)
    said = list(_compared(plans[0], sides, Speaker(sheet, ANSWER, about.language, COMPARISON.area)))
    if said:
        return [_claim(line) for line in said]
    whole = [plan_of(BY_NAME[plans[0].intent], about, side, plans[0].asks) for side in sides]
    return _one_after_the_other(whole, about, sheet, measure)


def _compared(plan: Plan, sides: Iterable[Scope], speaker: Speaker) -> Iterator[Line]:
    """What the sides are, then the rows of its topic, or what differs most; where to look and what to do, if asked."""
    between_sides = any(DIMENSIONS.get(plan.intent) in side.filters for side in sides)
    said = list(comparing.lines_of(speaker, CONVERSION if between_sides else ROWS.get(plan.intent, ())))
    told = sorted(comparing.lines(speaker), key=lambda line: -line.stake)
    first, *differing = [line for line in told if line.section == CHANGED]
    if between_sides or plan.intent in OF_ALL:
        said += differing
    if said:
        yield first
        yield from list({line.text: line for line in said}.values())[:MOST_ROWS]
        for ask, section in ASKED_BESIDE.items():
            yield from [line for line in told if line.section == section and ask in plan.asks][:MOST_BESIDE]


def _one_after_the_other(plans: Sequence[Plan], about: About, sheet: FactSheet, measure: Measure) -> list[Claim]:
    a, b = (sentences(plan, measure(plan), about.language)[:MOST_OF_A_SIDE] for plan in plans)
    if a == b:
        return a  # both lack the same
    teller = Teller(sheet, about.language)
    return [claim for lead, said in ((SIDE_A, a), (SIDE_B, b)) for claim in (*map(_claim, teller.say(lead)), *said)]


def _claim(line: Line) -> Claim:
    return claim_of(line.text, line.direction, line.chart)


def _within(scope: Scope, side: Scope) -> bool:
    begins = side.since is None or (scope.since is not None and scope.since >= side.since)
    ends = side.until is None or (scope.until is not None and scope.until <= side.until)
    return begins and ends and side.filters.items() <= scope.filters.items()
