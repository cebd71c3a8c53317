from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clickstream.facts import FactSheet, Measured, build
from clickstream.insights import computed
from clickstream.insights.reading import SLOT
from clickstream.insights.report import JOURNEY, STORE, Claim, Report
from clickstream.insights.slots import accept, check
from clickstream.languages import LANGUAGES
from tests import shop_results as shop

Json = dict[str, Any]


def claims_of(report: Report, section: str) -> list[Claim]:
    return list(report[section].claims)


def all_claims(report: Report) -> list[Claim]:
    return [claim for section in STORE.sections for claim in claims_of(report, section)]


def texts(sheet: FactSheet, section: str, *, about_shopper: bool = False) -> list[str]:
    report = computed.report(sheet, about_shopper=about_shopper)
    return [accept(claim, sheet).text for claim in claims_of(report, section)]


def sheet_of(**results: Any) -> FactSheet:
    return build(Measured(results=results))


EXPERIMENTS = [
    ("above the control", shop.variants(), "decisions"),
    ("below the control", shop.variants(conversions=2), "recommendations"),
    ("not decided", shop.variants(p_adjusted=0.3), "next_best_actions"),
    ("not balanced", shop.variants(flagged=True), "risk_alerts"),
]

counts = st.integers(0, 60) | st.integers(0, 100_000)
labels = st.sampled_from(
    ["mobile", "unknown", "{{overview.sessions}}", "half 50% €", "\u202e", "seven", "日本", "a" * 300]
) | st.text(max_size=12)
amounts = st.floats(0, 1e7, allow_nan=False).map(lambda value: round(value, 4))
money = st.lists(
    st.builds(
        lambda currency, amount: {"currency": currency, "amount": amount}, st.sampled_from(["EUR", "JPY", "USD"]), amounts
    ),
    max_size=3,
    unique_by=lambda entry: entry["currency"],
)


@st.composite
def rates(draw: st.DrawFn) -> Json:
    denominator = draw(counts)
    return shop.rate(draw(st.integers(0, denominator)), denominator)


@st.composite
def overviews(draw: st.DrawFn) -> Json:
    sessions = draw(counts)
    parts = {
        name: draw(st.integers(0, sessions))
        for name in ("visitors", "buyers", "new_sessions", "bounces", "engaged_sessions", "conversions", "orders")
    }
    known = draw(st.integers(0, parts["orders"]))
    revenue = draw(money) if known else []
    aov = [{**entry, "median": draw(amounts), "orders": known} for entry in revenue]
    return shop.overview(
        sessions,
        **parts,
        orders_with_revenue=known,
        revenue=revenue,
        net_revenue=revenue,
        refunded=draw(money),
        aov=aov,
        revenue_per_session=[{**entry, "amount": entry["amount"] / sessions} for entry in revenue],
        revenue_per_visitor=[],
        bounce_rate=shop.rate(parts["bounces"], sessions),
        conversion_rate=shop.rate(parts["conversions"], sessions),
        duration_median=draw(st.none() | st.floats(0, 1e6)),
        noisy_events=draw(counts),
        refunds_unmatched=draw(counts),
        oversize=draw(counts),
    )


@st.composite
def funnels(draw: st.DrawFn) -> Json:
    reached = sorted((draw(counts) for _ in range(5)), reverse=True)
    return shop.funnel(*reached, outside=draw(counts))


@st.composite
def carts(draw: st.DrawFn) -> Json:
    abandoned = draw(counts)
    left = [
        {"product_id": draw(labels), "quantity": draw(counts), "sessions": draw(counts)}
        for _ in range(draw(st.integers(0, 3)))
    ]
    changed = {"value_left": draw(money), "value_unknown": draw(st.integers(0, abandoned)), "products_left": left}
    return shop.cart(draw(counts), abandoned, draw(counts), draw(counts), **changed)


@st.composite
def searches(draw: st.DrawFn) -> Json:
    terms = []
    for _ in range(draw(st.integers(0, 6))):
        n = draw(counts)
        terms.append((draw(labels), n, draw(st.integers(0, n))))
    at_risk = draw(st.none() | money)
    found = shop.search(terms, revenue_at_risk=at_risk, known=draw(counts), exit_rate=draw(rates()))
    for row in found["terms"]:
        row["revenue_at_risk"] = at_risk
    return found


@st.composite
def segments(draw: st.DrawFn, dimension: str) -> Json:
    rows = []
    for value in draw(st.lists(labels, max_size=4)):
        row = shop.segment(value, draw(st.integers(1, 10_000)), 10_000, 1, draw(st.none() | st.floats(-1, 1)))
        tested = {"difference": draw(st.floats(-1e4, 1e4)), "p_adjusted": draw(st.none() | st.floats(0, 1))}
        row["aov_difference"] = [{"currency": "EUR", **tested}]
        row["aov"] = [{"currency": "EUR", "amount": 5.0, "orders": draw(counts)}]
        rows.append(row)
    return {"dimension": dimension, "rows": rows, "hidden": {"minimum": 30, "rows": draw(st.integers(0, 3)), "sessions": 5}}


@st.composite
def measurements(draw: st.DrawFn) -> Measured:
    results = {
        "overview": draw(overviews()),
        "funnel": draw(funnels()),
        "cart": draw(carts()),
        "checkout": shop.checkout(draw(counts), draw(counts)),
        "search": draw(searches()),
        **{
            f"segments_{dimension}": draw(segments(dimension))
            for dimension in ("device", "channel", "visitor", "country", "variant")
        },
        "series": [shop.day(f"2026-03-0{n}", draw(counts)) for n in range(1, 4)],
        "pages": {
            "pages": [
                {"page": draw(labels), "pageviews": 5, "sessions": 5, "entries": 1, "exits": draw(counts)} for _ in range(2)
            ],
            "total": draw(st.integers(2, 3)),
        },
    }
    previous = {
        "overview": draw(overviews()),
        "cart": draw(carts()),
        "search": draw(searches()),
        "checkout": shop.checkout(),
    }
    days = st.builds(
        shop.strange_day,
        st.sampled_from(["sessions", "orders", "revenue"]),
        st.sampled_from(["2026-01-01", "2026-01-02"]),
        st.integers(0, 90),
        st.integers(0, 9),
    )
    strange = tuple(draw(st.lists(days, max_size=5)))
    results["trends"] = shop.trends(results, draw(st.sampled_from([None, previous])), strange)
    return Measured(
        results=results,
        failed=frozenset(draw(st.lists(st.sampled_from(sorted(results)), max_size=2))),
        days=("2026-01-01", "2026-03-03"),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(measurements(), st.booleans())
def test_every_sentence_about_any_shop_passes_the_check_and_every_section_speaks(
    measured: Measured, about_shopper: bool
) -> None:
    sheet = build(measured)
    report = computed.report(sheet, about_shopper=about_shopper)

    for section in STORE.sections:
        assert claims_of(report, section)
        assert len(claims_of(report, section)) <= computed.ROOM[section].lines
    for claim in all_claims(report):
        assert check(claim, sheet) == [], claim.text


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(measurements())
def test_no_sentence_carries_a_label_outside_a_slot(measured: Measured) -> None:
    for claim in all_claims(computed.report(build(measured))):
        written = SLOT.sub("", claim.text)
        assert not any(part in written for part in ("seven", "日本", "aaaaaaaa", "€"))


def test_a_full_shop_is_told_in_every_section_without_repeating_a_sentence() -> None:
    sheet = sheet_of(**shop.shop())
    report = computed.report(sheet)

    assert all(report[section].source == "computed" for section in STORE.sections)
    for section in STORE.sections:
        said = [claim.text for claim in claims_of(report, section)]
        assert len(said) == len(set(said))
    assert len(texts(sheet, "key_insights")) >= 5


def test_the_summary_opens_with_what_happened() -> None:
    measured = Measured(results=shop.shop(), days=("2026-03-01", "2026-03-02"))

    assert texts(build(measured), "executive_summary")[0] == (
        "From 1 Mar 2026 to 2 Mar 2026, 1,000 sessions came from 600 visitors; "
        "3.0% of the sessions bought, in 30 orders worth €1,500.00."
    )


def test_a_shop_that_sells_nothing_is_told_so() -> None:
    sheet = sheet_of(overview=shop.overview(20))

    assert texts(sheet, "executive_summary")[0] == "20 sessions came from 12 visitors, and none of them bought."


def test_the_largest_loss_is_named_by_count_and_by_rate() -> None:
    found = " ".join(texts(sheet_of(overview=shop.overview(), funnel=shop.funnel(1_000, 640, 300, 20, 15)), "key_insights"))

    assert (
        "The largest loss on the way to a purchase lies between “session” and “product view”: 360 sessions (36.0%)" in found
    )
    assert "the weakest step leads from “add to cart” to “checkout”: 6.7%" in found


def test_two_equal_losses_are_not_called_the_largest() -> None:
    found = " ".join(texts(sheet_of(overview=shop.overview(), funnel=shop.funnel(1_000, 600, 200, 50, 30)), "key_insights"))

    assert "A large loss on the way to a purchase" in found
    assert "The largest loss" not in found


def test_what_is_most_at_stake_comes_first() -> None:
    few_carts = sheet_of(overview=shop.overview(), cart=shop.cart(30, 2), search=shop.search([("x", 500, 400)]))
    many_carts = sheet_of(overview=shop.overview(), cart=shop.cart(30, 9_000), search=shop.search([("x", 500, 4)]))

    assert texts(few_carts, "recommendations")[0].startswith("Teach the search")
    assert texts(many_carts, "recommendations")[0].startswith("Remind people of the cart")


def test_a_failing_term_is_named_with_how_often_it_failed() -> None:
    sheet = sheet_of(overview=shop.overview(), search=shop.search())

    assert "No query fails as often as “gore-tex 2000”: 40 of 40 searches found nothing." in texts(sheet, "key_insights")


def against(before: Json) -> FactSheet:
    now = {"overview": shop.overview(1_000)}
    return build(Measured(results={**now, "trends": shop.trends(now, {"overview": before})}))


def test_a_trend_for_the_worse_is_a_risk_and_one_for_the_better_is_not() -> None:
    worse, better = (against(shop.overview(sessions)) for sessions in (1_300, 700))

    assert "Sessions fell by 23.1% against the same days before: 1,300 then, 1,000 now." in texts(worse, "risk_alerts")
    assert not any("against the same days" in text for text in texts(better, "risk_alerts"))
    assert any("Sessions rose by 42.9%" in text for text in texts(better, "key_insights"))


def test_a_change_that_chance_explains_is_not_news() -> None:
    sheet = against(shop.overview(1_010))

    assert "trend.sessions.change" in sheet
    assert not any("against the same days" in text for text in texts(sheet, "key_insights"))


QUALITY = [
    ({"noisy_events": 700}, "Noise and simulation were left out: 700 events, 9.1% of all."),
    ({"refunds_unmatched": 1}, "1 refund named no known order and so could not be taken off net revenue."),
    ({"oversize": 2}, "Robots may be at work: 2 sessions had too many events"),
    ({"orders_with_revenue": 28}, "Too little is known of 2 orders, which revenue and the average order cannot count."),
    ({"refunded": shop.eur(150)}, "Refunds took back €150.00, 10.0% of revenue."),
    ({"conversions": 12}, "Rates about buyers rest on a small sample (12 buying sessions)"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "alert"), QUALITY)
def test_what_weakens_the_numbers_is_a_risk_alert(changed: Json, alert: str) -> None:
    assert any(text.startswith(alert) for text in texts(sheet_of(overview=shop.overview(**changed)), "risk_alerts"))


def test_a_sound_shop_is_told_that_no_risk_was_found() -> None:
    assert texts(sheet_of(overview=shop.overview(2_000)), "risk_alerts") == [
        "No risk was found: nothing was left out or unmatched in 2,000 sessions."
    ]


def test_a_small_sample_is_said_in_the_summary() -> None:
    assert any(
        "small sample (29 sessions)" in text for text in texts(sheet_of(overview=shop.overview(29)), "executive_summary")
    )
    assert not any("small sample" in text for text in texts(sheet_of(overview=shop.overview(1_000)), "executive_summary"))


def test_one_of_something_is_written_in_the_singular() -> None:
    sheet = sheet_of(overview=shop.overview(1, visitors=1), cart=shop.cart(0, 1, 0, 0))
    said = " ".join(text for section in STORE.sections for text in texts(sheet, section))

    assert "1 session came from 1 visitor" in said
    assert not re.search(r"\b1 (?:sessions|visitors|carts|orders|searches)\b", said)


def test_without_sessions_every_section_says_so_and_what_to_do() -> None:
    sheet = build(Measured(results={"overview": shop.overview(0)}, available=("2019-10-01", "2019-10-31")))
    report = computed.report(sheet)

    assert [len(claims_of(report, section)) for section in STORE.sections] == [1] * len(STORE.sections)
    assert texts(sheet, "executive_summary") == [
        "There are no sessions in this selection; the data runs from 1 Oct 2019 to 31 Oct 2019."
    ]
    assert "Send events" in texts(sheet, "recommendations")[0]


def test_a_metric_that_does_not_reconcile_is_not_talked_about() -> None:
    sheet = build(Measured(results=shop.shop(), failed=frozenset({"cart"})))
    said = " ".join(text for section in STORE.sections for text in texts(sheet, section))

    assert "The parts of “cart” do not add up" in said
    assert "abandoned" not in said


def test_without_a_sound_overview_nothing_is_claimed() -> None:
    sheet = build(Measured(results=shop.shop(), failed=frozenset({"overview"})))

    for section in STORE.sections:
        assert texts(sheet, section) == [computed.WITHHELD]


def test_about_a_shopper_it_speaks_about_that_shopper() -> None:
    sheet = sheet_of(
        overview=shop.overview(5, orders=0), cart=shop.cart(0, 1, 0, 0), search=shop.search([("red tent", 2, 2)])
    )
    for_user = texts(sheet, "recommendations_for_user", about_shopper=True)

    assert "Remind this shopper of what was left behind: 1 cart worth €42.50." in for_user
    assert "Offer this shopper the closest products to “red tent”, which found nothing." in for_user
    assert all("this shopper" in text.lower() for text in for_user)


def test_store_wide_it_says_whom_it_is_about() -> None:
    for_user = texts(sheet_of(**shop.shop()), "recommendations_for_user")

    assert for_user[0].startswith("Those who left a cart (90 carts worth €3,825.00)")
    assert not any("this shopper" in text.lower() for text in for_user)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("label", "result", "section"), EXPERIMENTS, ids=[row[0] for row in EXPERIMENTS])
def test_an_experiment_is_told_in_every_language_and_passes_its_check(
    label: str, result: Json, section: str, language: str
) -> None:
    sheet = sheet_of(overview=shop.overview(), variants=result)
    report = computed.report(sheet, language=language)
    told = [claim for claim in all_claims(report) if any(fact_id.startswith("variants.") for fact_id in claim.fact_ids)]
    assert any(claim in claims_of(report, section) for claim in told)
    for claim in told:
        assert check(claim, sheet, language) == [], claim.text
        assert language == "en" or not re.search(r"\b(the|experiment's|sessions? bought)\b", claim.text)


def test_an_experiment_is_told_in_the_report_of_a_log_too() -> None:
    sheet = sheet_of(overview=shop.overview(), variants=shop.variants())
    report = computed.report(sheet, kind=JOURNEY)
    assert any("variants.experiment" in claim.fact_ids for claim in claims_of(report, "differences"))


def test_what_an_experiment_says_is_not_told_again_of_its_arms_as_segments() -> None:
    """Where the arms are not balanced, nothing may say that one of them should become the rule."""
    arms = {"dimension": "variant", "hidden": {"minimum": 30, "rows": 0, "sessions": 0}}
    rows = [shop.segment("A", 500, 10_000, 0, -0.04), shop.segment("B", 500, 10_000, 0, 0.04)]
    told = {"overview": shop.overview(), "segments_variant": {**arms, "rows": rows}}
    assert "segments.variant" in str(all_claims(computed.report(sheet_of(**told))))
    flagged = computed.report(sheet_of(**told, variants=shop.variants(flagged=True)))
    assert "segments.variant" not in str(all_claims(flagged))
