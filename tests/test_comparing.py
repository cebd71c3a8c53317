"""What is said of two sides: only what was tested is said to differ, in every language, and never as a cause."""

from __future__ import annotations

import json

import msgspec
import pytest

from clickstream.charts import chart
from clickstream.facts import FactSheet, Measured, build
from clickstream.insights import comparing
from clickstream.insights.answer import answer_of, parts_of, parts_of_kind
from clickstream.insights.computed import report
from clickstream.insights.judging import judge, sentence_of
from clickstream.insights.prompt import build_prompt, instructions
from clickstream.insights.report import COMPARISON
from clickstream.insights.slots import check, claim_of, slots_of
from clickstream.insights.speech import Speaker
from clickstream.languages import LANGUAGES
from tests.comparison_results import comparison
from tests.messages import messages_of

CAUSES = {
    "en": "Orders grew because of the campaign: {{compare.money.aov.eur.b}}.",
    "de": "Aufgrund der Kampagne: {{compare.money.aov.eur.b}}.",
    "fr": "Grâce à la campagne : {{compare.money.aov.eur.b}}.",
    "es": "Gracias a la campaña: {{compare.money.aov.eur.b}}.",
    "vi": "Nhờ có chiến dịch: {{compare.money.aov.eur.b}}.",
}


def sheet_of(moved: int = 100, *, overlaps: bool = False) -> FactSheet:
    return build(Measured(results={"comparison": comparison(moved=moved, overlaps=overlaps)}))


SHEETS = {
    "up": sheet_of(),
    "down": sheet_of(-100),
    "alike": sheet_of(1),
    "overlapping": sheet_of(overlaps=True),
}


def signed(sheet: FactSheet) -> set[str]:
    return {fact.id for fact in sheet.values() if fact.signed}


def test_a_rate_beyond_chance_has_its_difference_in_points_a_mean_as_a_change_and_money_in_money() -> None:
    sheet = SHEETS["up"]
    assert sheet["compare.overview.conversion_rate.points"].value == pytest.approx(0.1)
    assert sheet["compare.overview.duration.change"].value == pytest.approx(0.1)
    assert sheet["compare.money.aov.eur.difference"].unit == "difference:EUR"
    assert (sheet["compare.overview.sessions.a"].value, sheet["compare.overview.sessions.change"].value) == (1_000, 0.1)
    assert sheet["compare.by_device.conversion_rate.mobile.name"].value == "mobile"
    assert sheet["compare.overview.conversion_rate.verdict"].value == "beyond chance"


@pytest.mark.parametrize("label", ["alike", "overlapping"])
def test_without_a_verdict_only_what_was_counted_has_a_sign(label: str) -> None:
    found = {fact_id.rpartition(".")[0] for fact_id in signed(SHEETS[label])}
    assert found
    assert all(f"{prefix}.verdict" in SHEETS[label] for prefix in found)
    assert {SHEETS[label][f"{prefix}.verdict"].value for prefix in found} == {"not tested"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("label", SHEETS)
def test_every_sentence_passes_the_checks_of_its_language(label: str, language: str) -> None:
    sheet = SHEETS[label]
    lines = list(comparing.lines(Speaker(sheet, "nothing", language, COMPARISON.area)))
    assert len(lines) > 10
    for line in lines:
        claim = claim_of(line.text, line.direction, line.chart)
        assert check(claim, sheet, language) == [], line.text
        assert "%(" not in line.text
    for section in report(sheet, kind=COMPARISON, language=language).values():
        assert section.claims
        assert all(check(claim, sheet, language) == [] for claim in section.claims)


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_every_sentence_is_said_in_its_language(language: str) -> None:
    english, spoken = (
        [line.text for line in comparing.lines(Speaker(SHEETS["up"], "nothing", code, COMPARISON.area))]
        for code in ("en", language)
    )
    assert len(english) == len(spoken)
    assert not set(english) & set(spoken)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_stands_in_for_a_silent_section_passes_too(language: str) -> None:
    speaker = Speaker(SHEETS["up"], "nothing", language, COMPARISON.area)
    for message in (*comparing.NOTHING_STANDS_OUT.values(), comparing.NO_DATA):
        assert (message, "") in messages_of("comparison")
        assert check(claim_of(speaker.text(message)), SHEETS["up"], language) == []


@pytest.mark.parametrize("language", CAUSES)
def test_a_cause_of_a_difference_is_refused(language: str) -> None:
    codes = {flaw.code for flaw in check(claim_of(CAUSES[language]), SHEETS["up"], language)}
    assert "cause" in codes


def test_elsewhere_the_same_words_are_no_flaw() -> None:
    said = claim_of("The carts were opened, because somebody asked for {{compare.minimum}}.")
    renamed = FactSheet([fact for fact in SHEETS["up"].values() if fact.id == "compare.minimum"])
    assert "cause" in {flaw.code for flaw in check(said, renamed)}
    assert check(claim_of("Nobody came, because the shop was closed."), renamed) == []


def test_what_differs_is_told_with_both_sides_and_the_largest_first() -> None:
    said = report(SHEETS["down"], kind=COMPARISON)["what_changed"].claims
    assert said[0].text.startswith("Side A has")
    assert {claim.direction for claim in said[1:]} == {"down"}
    assert all(".a}}" in claim.text and ".b}}" in claim.text for claim in said[1:])


def test_a_model_is_told_of_every_section_and_answers_in_them() -> None:
    prompt = build_prompt(SHEETS["up"], kind=COMPARISON)
    assert all(f"- {section}: " in instructions(COMPARISON) for section in COMPARISON.sections)
    assert "compare.overview.conversion_rate.points" in prompt.facts
    assert tuple(answer_of(parts_of_kind(COMPARISON), COMPARISON).__struct_fields__) == COMPARISON.sections


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Conversion: {{compare.overview.conversion_rate.a}} on side A, {{compare.overview.conversion_rate.b}} on B.", None),
        ("Conversion is {{compare.overview.conversion_rate.b}} due to the new page.", "a cause that nobody measured"),
        ("Conversion fell to {{compare.overview.conversion_rate.b}}.", "a direction that the facts do not have"),
    ],
)
def test_what_a_model_writes_passes_the_same_checks(text: str, wrong: str | None) -> None:
    said = {"fact_ids": slots_of(text), "direction": "none", "text": text, "chart": "comparison"}
    written = json.dumps({section: [said] for section in COMPARISON.sections})
    answer = msgspec.json.decode(written, type=answer_of(parts_of_kind(COMPARISON), COMPARISON))
    verdict = judge(parts_of(answer), build_prompt(SHEETS["up"], kind=COMPARISON))
    assert list(verdict.claims) == ([] if wrong else list(COMPARISON.sections))
    assert all(wrong and wrong in sentence_of(flaws) for flaws in verdict.problems.values())


def test_of_a_comparison_that_is_too_large_the_breakdowns_go_first() -> None:
    large = comparison()
    for topic in large["topics"]:
        if topic["topic"].startswith("by_"):
            rows = [
                {**row, "value": f"{n}{'x' * 70}", "title": f"{n}{'x' * 70}"} for n in range(30) for row in topic["rows"]
            ]
            topic["rows"] = rows
    sheet = build(Measured(results={"comparison": large}))
    assert "compare.overview.conversion_rate.points" in sheet
    assert not sheet.under("compare.by_variant.")
    told = build_prompt(sheet, kind=COMPARISON).facts
    assert "compare.search.success_rate.points" in told
    assert len(told) < len(sheet)


def test_the_rates_of_both_sides_are_drawn_with_their_intervals() -> None:
    drawn = chart("comparison", comparison())
    assert drawn
    rows = drawn["data"]["values"]
    assert {row["side"] for row in rows} == {"A", "B"}
    assert all(row["low"] <= row["value"] <= row["high"] for row in rows)
    assert "Cart abandonment rate" in {row["name"] for row in rows}


def test_without_rows_nothing_is_drawn() -> None:
    assert chart("comparison", {"topics": []}) is None
    assert chart("comparison_series", {"a": [], "b": []}) is None
    assert chart("comparison_funnel", []) is None
