"""Answers without a model: the number first, every sentence backed by its facts, and what is not in the data said so."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from clickstream.chat.answering import MOST_SENTENCES, TELL, sentences
from clickstream.chat.intents import INTENTS
from clickstream.chat.suggestions import suggestions
from clickstream.facts import FactSheet, build
from clickstream.facts.build import Measured
from clickstream.facts.fact import count
from clickstream.insights.slots import check, render
from clickstream.languages import LANGUAGES
from tests import shop_results as shop
from tests.chat_results import RESULTS, planned, sheet_for

WHY_CARTS = "Why do users abandon carts?"
NAMES = [intent.name for intent in INTENTS]
EVERYTHING_ASKED = ("why", "improve", "abandon", "revenue")


def answer(intent: str, *asks: str, language: str = "en", **changed: Any) -> list[str]:
    plan = planned(intent, *asks)
    sheet = sheet_for(plan, {**RESULTS, **changed})
    claims = sentences(plan, sheet, language)
    assert [flaw for claim in claims for flaw in check(claim, sheet, language)] == []
    return [render(claim.text, sheet, language) for claim in claims]


def empty() -> dict[str, Any]:
    """The same shop before anybody came."""
    nobody = {"sessions": 0, "steps": [], "sequences": [], "over": "event_type", "end": ""}
    none = {"rows": [], "hidden": {"minimum": 30, "rows": 0, "sessions": 0}}
    return {
        "overview": shop.overview(0),
        "series": [],
        "funnel": shop.funnel(0, 0, 0, 0, 0),
        "cart": shop.cart(0, 0, 0, 0),
        "checkout": {**shop.checkout(0, 0), "sessions": 0, "steps": []},
        "search": shop.search([], revenue_at_risk=None),
        "trends": shop.trends(shop.shop(), None),
        "products": shop.products(viewed_not_bought={"minimum": 20, "rows": [], "total": 0, "hidden": 0}),
        "bought_together": shop.together(sessions=0, hidden={"pairs": 0, "largest": 0}),
        "channels": shop.channels(),
        "retention": shop.retention(sizes=(), back=()),
        "retention_purchase": shop.retention("purchase", (), ()),
        "rfm": shop.rfm(),
        "pages": {"pages": [], "total": 0},
        "differences": {"against": "abandoners", "buyers": 0, "others": 0, "rows": []},
        "friction": {"rows": []},
        **{f"paths_{who}": {**nobody, "who": who} for who in ("buyers", "abandoners")},
        "paths": {**nobody, "who": "all"},
        **{f"segments_{name}": {"dimension": name, **none} for name in ("device", "country", "channel", "visitor")},
        "variants": {**shop.variants(), "arms": []},
    }


@cache
def known(intent: str, *, is_empty: bool) -> FactSheet:
    return sheet_for(planned(intent), {**RESULTS, **empty()} if is_empty else RESULTS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("intent", NAMES)
def test_every_sentence_holds_against_the_facts_of_its_own_measurements(intent: str, language: str) -> None:
    for asks in ((), EVERYTHING_ASKED):
        for is_empty in (False, True):
            plan = planned(intent, *asks)
            sheet = known(intent, is_empty=is_empty)
            claims = sentences(plan, sheet, language)
            assert 1 <= len(claims) <= MOST_SENTENCES
            assert len({claim.text for claim in claims}) == len(claims)
            for claim in claims:
                assert check(claim, sheet, language) == [], claim.text


FIRST = [
    ("conversion", "The conversion rate is 3.0%: 30 of 1,000 sessions bought something."),
    ("revenue", "The revenue is €1,500.00, from 30 orders."),
    ("order_value", "An average order is worth €50.00 (median €45.50)."),
    ("carts", "75.0% of the carts that are decided were abandoned: 90 carts, worth €3,825.00."),
    ("busiest_day", "The busiest day was 2 Mar 2026 with 520 sessions."),
    ("by_device", "“desktop” converts best: 5.3% of 380 sessions bought."),
    ("by_variant", "“B” converts best: 6.0% of 500 sessions bought."),
    ("channels", "“email” brings the highest revenue: €900.00 by last touch, 60.0% of the orders."),
    ("best_sellers", "“shoe-42” sells best: it brought €1,550.00 and was bought in 31 sessions."),
    ("failing_searches", "45 searches found nothing, 25.0% of those whose outcome is known."),
    ("exits", "No page ends as many visits as “/”: 250 sessions left there, 31.3% of those that saw it."),
]


@pytest.mark.parametrize(("intent", "sentence"), FIRST, ids=[row[0] for row in FIRST])
def test_an_answer_begins_with_its_number(intent: str, sentence: str) -> None:
    assert answer(intent)[0] == sentence


def test_facts_are_called_by_the_call_they_were_measured_for() -> None:
    plan = planned("carts")
    sheet = sheet_for(plan)

    cited = {fact_id.partition(".")[0] for claim in sentences(plan, sheet, "en") for fact_id in claim.fact_ids}
    assert cited <= {f"c{number}" for number in range(1, len(plan.calls) + 1)}
    assert "c1" in cited


def test_facts_of_the_analysis_itself_are_not_taken_for_those_of_the_question() -> None:
    plan = planned("conversion")
    own = sheet_for(plan, {**RESULTS, "overview": shop.overview(200)})
    analysis = build(Measured(results=shop.shop()))
    both = FactSheet([*analysis.values(), *own.values()])

    first = sentences(plan, both, "en")[0]
    assert render(first.text, both) == "The conversion rate is 3.0%: 6 of 200 sessions bought something."


def test_who_asks_why_hears_what_the_data_cannot_say_and_who_asks_how_gets_more_advice() -> None:
    assert "no reasons" in answer("carts", "why")[-1]
    assert len(answer("carts", "improve")) > len(answer("carts"))


CHANCE = {
    **shop.devices(),
    "dimension": "country",
    "rows": [shop.segment(value, 500, 1_000, 15, 0.001, p_adjusted=0.9) for value in ("DE", "FR")],
}
LACKING = [
    ("search", {"search": shop.search([], revenue_at_risk=None)}, "Send search events with query and result count."),
    (
        "failing_searches",
        {"search": shop.search([("tent", 9, 0)])},
        "No search is known to have found nothing, in 9 searches.",
    ),
    ("revenue", {"overview": shop.overview(revenue=[])}, "30 orders came without an amount."),
    ("carts", {"cart": shop.cart(0, 0, 0, 0)}, "Send add_to_cart events with product and price."),
    ("checkout", {"friction": {"rows": []}}, "what stands in the way is not in the data"),
    ("changes", {"trends": shop.trends(shop.shop(), None)}, "Choose a shorter window."),
    ("by_device", {"segments_device": {**shop.devices(), "rows": []}}, "Send the device with every event."),
    ("together", {"bought_together": shop.together()}, "it takes 5 sessions, and what comes closest has 3"),
    ("by_country", {"segments_country": CHANCE}, "These differences in buying may be chance, in 1,000 sessions."),
    ("exits", {"pages": {"pages": [], "total": 0}}, "Send the page with every view."),
    ("best_customers", {"rfm": shop.rfm()}, "Send purchase events"),
    ("bounces", {"overview": shop.overview(bounces=0)}, "None of 1,000 sessions ended right after"),
    ("viewed_not_bought", {"products": shop.products(("a", 9, 1, 1))}, "3 were viewed, each in too few sessions"),
    ("unusual_days", {"trends": shop.trends({}, None)}, "No day that could be judged was far from"),
    ("changes", {"trends": shop.trends(shop.shop(), shop.shop())}, "1,000 sessions then, 1,000 now"),
    ("returning", {"retention": shop.retention(back=())}, "No week after a first visit is over yet"),
    ("refunds", {}, "No refund of 30 orders was reported."),
    ("orders", {"overview": shop.overview(0)}, "There are no sessions in this selection"),
]


@pytest.mark.parametrize(("intent", "changed", "said"), LACKING, ids=[row[0] for row in LACKING])
def test_what_the_data_lacks_is_said_with_what_would_have_to_be_sent(intent: str, changed: Any, said: str) -> None:
    assert any(said in text for text in answer(intent, **changed))


def test_every_question_has_an_answer() -> None:
    assert sorted(TELL) == sorted(NAMES)


def test_only_what_the_data_has_is_suggested_and_what_follows_comes_first() -> None:
    sheet = build(Measured(results=shop.shop()))
    without_search = build(Measured(results={key: result for key, result in shop.shop().items() if key != "search"}))

    assert suggestions(sheet, "store", "en")[0] == WHY_CARTS
    assert "Which searches find nothing?" in suggestions(sheet, "store", "en", after="search")
    assert "Which searches find nothing?" not in suggestions(without_search, "store", "en", after="search")
    assert suggestions(FactSheet([]), "store", "en") == []
    sides = FactSheet([count("compare.a.sessions", "", 9, 9, "")])
    assert suggestions(sides, "comparison", "en") == ["How do side A and side B differ?"]
    assert suggestions(sheet, "store", "en", after="conversion")[0] == "Where do people drop out of the funnel?"
