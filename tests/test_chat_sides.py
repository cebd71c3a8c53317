"""What is answered about a comparison without a model: both sides, with the comparison's own figures."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec.structs import replace as replaced

from clickstream.chat.call import About
from clickstream.chat.matching import Plan, plans
from clickstream.chat.sides import DIMENSIONS, ROWS, answer_of_both
from clickstream.chat.suggestions import OF_SIDES
from clickstream.facts import FactSheet, bare_id, of_call
from clickstream.insights.slots import check, render
from clickstream.languages import LANGUAGES, translated
from tests.chat_results import ABOUT, sheet_for
from tests.test_comparing import SHEETS

MOBILE, DESKTOP = (replace(ABOUT.base, filters={"device": device}) for device in ("mobile", "desktop"))
PHONES = replace(ABOUT, report="comparison", base=MOBILE, against=DESKTOP)
KINDS = replace(
    PHONES,
    base=replace(ABOUT.base, filters={"visitor": "new"}),
    against=replace(ABOUT.base, filters={"visitor": "returning"}),
)


def told(question: str, sheet: FactSheet, about: About = PHONES) -> list[str]:
    """The answer, every sentence checked; side B is measured as side A was, as calls of its own."""
    facts = dict(sheet)

    def measure(plan: Plan) -> FactSheet:
        before = sum(fact_id.startswith("c") and not fact_id.startswith("compare.") for fact_id in facts)
        found = FactSheet([of_call(1 + before, replaced(fact, id=bare_id(fact.id))) for fact in sheet_for(plan).values()])
        facts.update(found)
        return found

    claims = answer_of_both(plans(question, about), about, sheet, measure)
    assert [(claim.text, flaw) for claim in claims for flaw in check(claim, facts, about.language)] == []
    return [render(claim.text, facts, about.language) for claim in claims]


CONVERSION = "Conversion rate: 40.0% on side A and 50.0% on side B, up by 10.0 percentage points."
SAID = [
    ("Which side converts better?", "up", CONVERSION),
    ("What is our conversion rate?", "up", CONVERSION),
    ("How does the conversion rate differ?", "up", CONVERSION),
    ("How do mobile and desktop compare?", "up", CONVERSION),
    (
        "Which side converts better?",
        "alike",
        "Conversion rate: 40.0% on side A and 40.1% on side B, a difference within what chance brings.",
    ),
    (
        "Which side converts better?",
        "overlapping",
        "Conversion rate: 40.0% on side A and 50.0% on side B, without a verdict.",
    ),
    ("How much revenue did we make?", "up", "Revenue: €900.00 on side A and €1,000.00 on side B, up by 11.1%."),
    ("How many orders on desktop?", "down", "Orders: 1,000 on side A and 900 on side B, down by 10.0%."),
    ("How do they differ?", "up", CONVERSION),
    ("What changed?", "up", CONVERSION),
    ("Which is better?", "up", CONVERSION),
    ("Which is better?", "alike", "Nothing that was tested differs beyond chance between side A and side B."),
]


@pytest.mark.parametrize(("question", "label", "sentence"), SAID)
def test_both_sides_are_said_with_the_verdict_of_the_comparison(question: str, label: str, sentence: str) -> None:
    first, *said = told(question, SHEETS[label])
    assert first.startswith("Side A has 1,000 sessions from")
    assert sentence in said


def test_every_answer_of_its_rows_passes_in_every_language() -> None:
    for language in LANGUAGES:
        for intent, question in OF_SIDES.items():
            asked = translated(language, "chat", question)
            about = replace(PHONES, language=language)
            assert [plan.intent for plan in plans(asked, about)] == [intent] * 2, asked
            for sheet in SHEETS.values():
                assert len(told(asked, sheet, about)) >= 2, asked


def test_what_the_comparison_has_no_rows_for_is_measured_for_either_side() -> None:
    for language in LANGUAGES:
        about = replace(PHONES, language=language)
        said = told("What is bought together?", SHEETS["up"], about)
        assert len(said) > 2


def test_why_and_how_to_improve_have_the_comparisons_own_answers() -> None:
    assert any("no proof of a reason" in text for text in told("Why do they convert?", SHEETS["up"]))
    assert any("Compare channels and devices" in text for text in told("How can we improve conversion?", SHEETS["up"]))


OUTSIDE = "This asks for something that lies outside of side A or side B."


def test_a_question_that_leaves_the_sides_is_refused_and_one_within_both_is_measured_for_each() -> None:
    (said,) = told("What is the conversion rate on tablets?", SHEETS["up"])
    assert said.startswith(OUTSIDE)
    within = told("What is the conversion rate on mobile?", SHEETS["up"], KINDS)
    assert within[0] == "Side A, from 16 Feb 2026 to 22 Feb 2026:"
    assert "Side B, from 23 Feb 2026 to 1 Mar 2026:" in within
    scopes = [plan.calls[0].scope.filters for plan in plans("What is the conversion rate on mobile?", KINDS)]
    assert scopes == [{"visitor": kind, "device": "mobile"} for kind in ("new", "returning")]


def test_what_is_in_none_of_its_metrics_is_not_answered() -> None:
    assert plans("What is the weather like?", PHONES) == []
    assert answer_of_both([], PHONES, SHEETS["up"], sheet_for) == []


def test_every_row_that_answers_a_question_is_one_of_the_comparison() -> None:
    known = {tuple(fact_id.split(".")[1:3]) for fact_id in SHEETS["up"]}
    assert {row for rows in ROWS.values() for row in rows} <= known
    assert DIMENSIONS.keys() <= ROWS.keys()
