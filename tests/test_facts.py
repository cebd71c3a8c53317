from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clickstream.facts import Fact, FactSheet, Measured, build, facts_of, product_ids_of
from clickstream.facts.labels import clean_label, clean_query, slug, slugs
from clickstream.metrics import METRICS
from tests import journey_results as journeys
from tests import shop_results as shop

Json = dict[str, Any]


def sheet_of(**results: Any) -> FactSheet:
    return build(Measured(results=results))


def compared(now: Json, before: Json) -> FactSheet:
    results = {"overview": now}
    return build(Measured(results={**results, "trends": shop.trends(results, {"overview": before})}))


def test_facts_carry_the_very_values_of_the_metrics() -> None:
    results = shop.shop()
    sheet = sheet_of(**results)

    overview = results["overview"]
    for key in ("sessions", "visitors", "orders", "bounces", "duration_mean", "duration_median"):
        assert sheet[f"overview.{key}"].value == overview[key]
    for key in ("conversion_rate", "bounce_rate", "buyer_rate"):
        fact = sheet[f"overview.{key}"]
        assert (fact.value, fact.n, fact.unit) == (overview[key]["value"], overview[key]["denominator"], "rate")
    assert sheet["overview.revenue.eur"] == Fact(
        "overview.revenue.eur", "Revenue (EUR)", 1500.0, "money:EUR", 30, "Gross revenue of the orders"
    )
    assert sheet["overview.aov_median.eur"].value == 45.5
    assert sheet["cart.abandonment_rate"].value == 0.75
    assert sheet["search.term.2.query"].value == "gore-tex 2000"
    assert sheet["segments.device.mobile.conversion_rate"].value == 10 / 620
    assert sheet["funnel.add_to_cart.lost"].value == 510
    assert sheet["funnel.add_to_cart.loss_rate"].value == 510 / 640
    assert sheet["funnel.add_to_cart.previous"].value == "product view"


def test_what_is_unknown_is_no_fact_and_what_is_zero_is_one() -> None:
    sheet = sheet_of(overview=shop.overview(0), cart=shop.cart(0, 0, 0, 0), search=shop.search([], revenue_at_risk=None))

    assert sheet["overview.sessions"].value == 0
    assert sheet["cart.abandoned"].value == 0
    for unknown in ("overview.bounce_rate", "overview.duration_mean", "cart.abandonment_rate", "search.success_rate"):
        assert unknown not in sheet
    assert not sheet.under("overview.revenue")
    assert not sheet.under("search.revenue_at_risk")


def test_currencies_are_facts_of_their_own() -> None:
    revenue = [{"currency": "EUR", "amount": 10.0}, {"currency": "USD", "amount": 7.5}]
    sheet = sheet_of(overview=shop.overview(revenue=revenue))

    assert [(fact.id, fact.value, fact.currency) for fact in sheet.under("overview.revenue.")] == [
        ("overview.revenue.eur", 10.0, "EUR"),
        ("overview.revenue.usd", 7.5, "USD"),
    ]


def test_two_facts_cannot_share_an_id() -> None:
    with pytest.raises(ValueError, match="two facts are called a"):
        FactSheet([Fact("a", "", 1, "count", 1, ""), Fact("a", "", 2, "count", 1, "")])


LABELS = [
    ("  red \n shoes\t", "red shoes"),
    ("ｆｕｌｌ ｗｉｄｔｈ ２", "full width 2"),
    ("zero\u200bwidth\ufeff", "zerowidth"),
    ("\u202eevil\u202c", "evil"),
    ("tag\U000e0041\U000e0042", "tag"),
    ("variation\ufe0f\U000e0101", "variation"),
    ("a\x00b\x1b[31m", "ab[31m"),
    ("{{overview.sessions}}", "((overview.sessions))"),
    ("\u3164\u115f", ""),
    ("x" * 200, "x" * 79 + "…"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "clean"), LABELS)
def test_labels_that_others_wrote_are_made_harmless(raw: str, clean: str) -> None:
    assert clean_label(raw) == clean


QUERIES = [
    ("order of anna@example.org", "order of (address)"),
    ("call +49 170 1234567", "call (number)"),
    ("4111 1111 1111 1111", "(number)"),
    ("https://x.example/?token=abc", "(link)"),
    ("iphone 15 pro 256", "iphone 15 pro 256"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "clean"), QUERIES)
def test_queries_lose_what_identifies_people(raw: str, clean: str) -> None:
    assert clean_query(raw) == clean


def test_ids_stay_readable_and_different_whatever_the_label() -> None:
    assert slug("Mobile Web / iOS", 1) == "mobile_web_ios"
    assert slugs(["a", "A", "a row 2", "日本", "a"]) == ["a", "a_row_2", "a_row_2_row_3", "row_4", "a_row_5"]


def test_ids_fit_into_slots_whatever_the_labels() -> None:
    rows = [shop.segment(value, 100, 300, 3, None) for value in ("{{x}}", "Ä ö", "mobile\u202e")]
    sheet = sheet_of(segments={**shop.devices(), "rows": rows})

    assert all(set(fact_id) <= set("abcdefghijklmnopqrstuvwxyz0123456789_.") for fact_id in sheet)


def test_differences_of_segments_need_significance_and_a_sample() -> None:
    rows = [
        shop.segment("mobile", 620, 1_000, 10, -0.0365, p_adjusted=0.001),
        shop.segment("tablet", 300, 1_000, 15, 0.03, p_adjusted=0.05),
        shop.segment("tv", 29, 1_000, 10, 0.3, p_adjusted=0.001),
        shop.segment("watch", 51, 1_000, 5, None),
    ]
    sheet = sheet_of(segments={**shop.devices(), "rows": rows})

    differences = [fact for fact in sheet.values() if fact.id.endswith("conversion_difference")]
    assert [(fact.id, fact.value, fact.unit) for fact in differences] == [
        ("segments.device.mobile.conversion_difference", -0.0365, "points")
    ]


def test_differences_of_order_values_need_thirty_orders() -> None:
    def row(value: str, orders: int) -> Json:
        tested = {"currency": "EUR", "difference": 9.5, "low": 1, "high": 18, "p_value": 0.01, "p_adjusted": 0.02}
        return {**shop.segment(value, 500, 1_000, orders, None), "aov_difference": [tested]}

    sheet = sheet_of(segments={**shop.devices(), "rows": [row("mobile", 30), row("desktop", 29)]})

    found = [fact for fact in sheet.values() if fact.kind == "difference"]
    assert [(fact.id, fact.value, fact.n) for fact in found] == [("segments.device.mobile.aov_difference.eur", 9.5, 30)]


def test_only_a_lone_leader_is_called_the_highest() -> None:
    leading = sheet_of(funnel=shop.funnel(1_000, 640, 130, 51, 30))
    tied = sheet_of(funnel=shop.funnel(1_000, 600, 200, 51, 30))

    assert [fact.id for fact in leading.values() if fact.extreme == "highest" and fact.id.endswith("lost")] == [
        "funnel.add_to_cart.lost"
    ]
    assert not [fact for fact in tied.values() if fact.extreme == "highest" and fact.id.endswith("lost")]


def test_a_list_that_was_cut_has_no_leader() -> None:
    whole = sheet_of(search=shop.search())
    cut = sheet_of(search=shop.search(terms_total=900))

    assert whole["search.term.2.zero"].extreme == "highest"
    assert not [fact for fact in cut.under("search.term.") if fact.extreme]


def test_terms_that_fail_are_kept_beside_the_most_searched() -> None:
    terms = [(f"term {n}", 100 - n, 0) for n in range(40)] + [("missing", 3, 3)]
    sheet = sheet_of(search=shop.search(terms))

    assert sheet["search.term.41.query"].value == "missing"
    assert "search.term.11.query" not in sheet


def test_a_count_is_compared_with_the_window_before() -> None:
    sheet = compared(shop.overview(1_000), shop.overview(1_300))

    assert sheet["trend.sessions.before"].value == 1_300
    assert sheet["trend.sessions.change"].value == (1_000 - 1_300) / 1_300
    assert sheet["trend.revenue.before.eur"].value == 39 * 50.0
    assert sheet["trend.revenue.change.eur"].value == (1_500 - 1_950) / 1_950


def test_small_windows_are_shown_but_not_compared() -> None:
    sheet = compared(shop.overview(14), shop.overview(15))

    assert sheet["trend.sessions.before"].value == 15
    assert "trend.sessions.change" not in sheet


def test_rates_are_compared_only_where_chance_does_not_explain_it() -> None:
    now = shop.overview(1_000)
    noise = compared(now, shop.overview(1_000, conversion_rate=shop.rate(34, 1_000)))
    signal = compared(now, shop.overview(1_000, conversion_rate=shop.rate(60, 1_000)))

    assert noise["trend.conversion_rate.before"].value == 0.034
    assert "trend.conversion_rate.change" not in noise
    assert signal["trend.conversion_rate.change"].value == pytest.approx(-0.5)


def test_without_a_window_before_there_is_no_trend() -> None:
    assert not sheet_of(**shop.shop()).under("trend.")


def test_a_change_from_nothing_has_no_size() -> None:
    sheet = compared(shop.overview(1_000), shop.overview(0))

    assert "trend.sessions.change" not in sheet
    assert "trend.conversion_rate.before" not in sheet


STRANGE = (
    shop.strange_day("sessions", "2026-03-01", 150, 100, 12.5),
    shop.strange_day("conversion_rate", "2026-03-01", 0.5, 0.1, 0.01),
    shop.strange_day("orders", "2026-03-02", 0, 20, 2.5),
    shop.strange_day("sessions", "2026-03-02", 150, 100, 12),
    shop.strange_day("orders", "2026-03-01", 0, 20, 6),
)


def test_the_strangest_days_by_sessions_and_orders_are_facts() -> None:
    sheet = build(Measured(results={"trends": shop.trends({}, None, STRANGE)}))

    assert [fact.value for fact in sheet.under("anomaly.") if fact.id.endswith((".measure", ".day"))] == [
        *("Orders", "2026-03-02"),
        *("Sessions", "2026-03-02"),
        *("Sessions", "2026-03-01"),
    ]
    assert (sheet["anomaly.1.value"].value, sheet["anomaly.1.typical"].value) == (0, 20)
    assert sheet["anomaly.2.difference"].value == 0.5
    assert not sheet.under("trend.")


def test_a_metric_that_does_not_reconcile_gives_no_facts_but_its_name() -> None:
    results = {**shop.shop(), "trends": shop.trends(shop.shop(), shop.shop())}
    sheet = build(Measured(results=results, failed=frozenset({"cart"})))

    assert not sheet.under("cart.")
    assert not sheet.under("trend.cart")
    assert sheet.under("trend.checkout")
    assert sheet["quality.withheld.1"].value == "cart"
    assert sheet["overview.sessions"].value == 1_000


def test_a_sheet_that_grows_too_large_drops_whole_sections_the_least_needed_first() -> None:
    results = shop.shop()
    whole = build(Measured(results=results))
    cut = build(Measured(results=results), max_bytes=20_000)

    assert len(cut) < len(whole)
    assert cut.under("overview.") == whole.under("overview.")
    for section in ("funnel.", "cart.", "checkout.", "search.", "segments.", "pages.", "event_types."):
        assert cut.under(section) in ([], whole.under(section))


def test_products_are_named_by_the_catalogue_where_it_knows_them() -> None:
    measured = Measured(results={"cart": shop.cart()})

    assert build(measured)["cart.left.1.product"].value == "shoe-42"
    known = build(replace(measured, product_names={"shoe-42": "Trail shoe\u202e"}))
    assert known["cart.left.1.product"].value == "Trail shoe"


SPREAD = {"measure": "aov", "unit": "money", "currency": "EUR", "n": 30, "mean": 50.0, "sd": 8.0, "low": 47.0, "high": 53.0}
RESULTS = {
    **shop.shop(),
    **journeys.EVERYTHING,
    "trends": shop.trends(shop.shop(), shop.shop()),
    "spread": {"rows": [SPREAD]},
    "variants": shop.variants(),
}
NOT_IN_AN_ANALYSIS = {"trends", "spread"}


@pytest.mark.parametrize("metric_id", METRICS)
def test_every_metric_has_facts_with_a_label_and_a_definition(metric_id: str) -> None:
    facts = facts_of(metric_id, RESULTS[metric_id], {})

    assert facts
    assert all(fact.label and fact.definition for fact in facts)
    assert FactSheet(facts)


def test_facts_of_one_result_are_those_of_the_whole_sheet() -> None:
    sheet = sheet_of(**{key: result for key, result in RESULTS.items() if key not in NOT_IN_AN_ANALYSIS})

    for metric_id in METRICS.keys() - NOT_IN_AN_ANALYSIS:
        assert all(sheet[fact.id] == fact for fact in facts_of(metric_id, RESULTS[metric_id], {}))


def test_products_pairs_and_carts_say_which_names_they_need() -> None:
    assert product_ids_of("products", RESULTS["products"]) == ["shoe-42", "tent-2", "mug"]
    assert product_ids_of("bought_together", RESULTS["bought_together"]) == ["shoe-42", "tent-2"]
    assert product_ids_of("cart", RESULTS["cart"]) == ["shoe-42"]
    assert product_ids_of("overview", RESULTS["overview"]) == []
    named = FactSheet(facts_of("bought_together", RESULTS["bought_together"], {"tent-2": "Tent\u200b for two"}))
    assert (named["bought_together.1.a"].value, named["bought_together.1.b"].value) == ("shoe-42", "Tent for two")


def test_a_control_that_nobody_saw_is_no_fact() -> None:
    """Whoever asks chooses its name, so that it could say anything; and no arm's rate is that of the control."""
    found = shop.variants()
    arms = [row | {"control": False} for row in found["arms"]]
    sheet = FactSheet(facts_of("variants", found | {"control": "900 orders were lost", "arms": arms}, {}))
    assert "variants.arm.a.conversion_rate" in sheet
    assert sheet.keys().isdisjoint(("variants.control", "variants.control_rate"))


def test_an_arm_leads_only_where_the_arms_are_balanced() -> None:
    sound = FactSheet(facts_of("variants", shop.variants(), {}))
    assert sound["variants.arm.b.conversion_difference"].value == 0.04
    assert sound["variants.arm.b.conversion_rate"].extreme == "highest"
    flagged = FactSheet(facts_of("variants", shop.variants(flagged=True), {}))
    assert flagged["variants.arm.b.conversion_rate"].extreme == ""
    assert "variants.arm.b.conversion_difference" not in flagged


SELLING = ("a", 90, 50, 40), ("b", 80, 40, 30)
TOUCHED = shop.channels(("email", 300, 4, 25), ("direct", 100, 20, 9))
LEADERS = [
    ("strictly the most", shop.products(*SELLING), "products.1.revenue.eur", "highest"),
    ("a tie", shop.products(SELLING[0], ("b", 80, 40, 40)), "products.1.revenue.eur", ""),
    ("a small sample", shop.products(("a", 90, 50, 12), ("b", 80, 40, 3)), "products.1.revenue.eur", ""),
    ("cut, by what it is sorted by", shop.products(*SELLING, total=500, sort="bought"), "products.1.bought", "highest"),
    ("cut, by something else", shop.products(*SELLING, total=500, sort="bought"), "products.1.revenue.eur", ""),
    ("in vain", shop.products(in_vain=(("a", 60, 50), ("b", 50, 40))), "products.left.1.not_bought", "highest"),
    ("a channel", TOUCHED, "channels.email.last.orders", "highest"),
    ("another touch", TOUCHED, "channels.direct.first.orders", "highest"),
    ("kinds of buyers", shop.rfm(champions=10, loyal=40), "rfm.loyal.share", "highest"),
    ("few buyers", shop.rfm(champions=1, loyal=4), "rfm.loyal.share", ""),
]  # fmt: skip


@pytest.mark.parametrize(("label", "result", "fact_id", "extreme"), LEADERS, ids=[row[0] for row in LEADERS])
def test_only_who_leads_for_sure_is_said_to_lead(label: str, result: Json, fact_id: str, extreme: str) -> None:
    metric_id = fact_id.partition(".")[0]
    assert FactSheet(facts_of(metric_id, result, {}))[fact_id].extreme == extreme


def test_a_segment_converts_best_only_beyond_chance() -> None:
    def best(p_adjusted: float) -> str:
        rows = [
            shop.segment(value, 500, 1_000, n, d, p_adjusted=p_adjusted)
            for value, n, d in (("a", 30, 0.02), ("b", 20, -0.02))
        ]
        sheet = FactSheet(facts_of("segments", {**shop.devices(), "rows": rows}, {}))
        return sheet["segments.device.a.conversion_rate"].extreme

    assert (best(0.001), best(0.2)) == ("highest", "")


def test_pages_that_visits_end_with_are_ranked_among_all_pages_only() -> None:
    pages = [{"page": f"/{n}", "pageviews": 100 - n, "sessions": 90, "entries": 1, "exits": n} for n in (10, 40, 50)]
    whole, cut = (FactSheet(facts_of("pages", {"pages": pages, "total": total}, {})) for total in (3, 900))

    assert (whole["pages.exits.1.name"].value, whole["pages.exits.1.exits"].extreme) == ("/50", "highest")
    assert whole["pages.exits.1.share"].value == 50 / 90
    assert "pages.exits.1.name" not in cut


def test_the_busiest_day_is_known_by_sessions_by_orders_and_by_revenue() -> None:
    days = [shop.day("2026-03-01", 480, 20), shop.day("2026-03-02", 520, 16)]
    sheet = FactSheet(facts_of("series", days, {}))

    assert (sheet["series.peak.day"].value, sheet["series.peak.sessions"].value) == ("2026-03-02", 520)
    assert (sheet["series.peak_orders.day"].value, sheet["series.peak_orders.orders"].value) == ("2026-03-01", 20)
    assert sheet["series.peak_revenue.day.eur"].value == "2026-03-01"
    assert "series.peak_orders.day" not in FactSheet(
        facts_of("series", [{**day, "orders": 3} for day in days[:1]] + days[1:], {})
    )


def test_who_comes_back_is_known_by_week_and_by_second_purchase() -> None:
    sheet = sheet_of(retention=shop.retention(), retention_purchase=shop.retention("purchase", (200,), (40,)))

    assert (sheet["retention.session.week_1.back"].value, sheet["retention.session.week_1.back"].n) == (0.3, 200)
    assert sheet["retention.purchase.repeat_rate"].value == 0.1
    assert sheet["retention.session.cohort.1.size"].value == 100
    assert "retention.session.cohort.1.back" not in sheet


def test_a_funnel_of_visitors_is_not_called_one_of_sessions() -> None:
    result = {**shop.funnel(9, 8, 7, 6, 5), "unit": "visitor", "outside": None, "conversions": None}
    sheet = FactSheet(facts_of("funnel", result, {}))

    assert sheet["funnel.checkout.reached"].definition == "Visitors that reached this step"
    assert "funnel.outside" not in sheet


def test_the_sheet_of_a_very_large_shop_stays_small() -> None:
    many = range(1_000)
    results = {
        "products": shop.products(*((f"p{n}", 90, 50, 40) for n in many), in_vain=tuple((f"p{n}", 90, 50) for n in many)),
        "bought_together": shop.together(*((f"p{n}", f"q{n}", 9, 2.0, 1.5) for n in many)),
        "channels": shop.channels(*((f"c{n}", 90, 5, 5) for n in many)),
        "retention": shop.retention(sizes=(100,) * 500),
    }
    assert len(sheet_of(**results)) < 400
