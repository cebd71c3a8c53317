from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clickstream.facts import Fact, FactSheet, Measured, build
from clickstream.facts.labels import clean_label, clean_query, slug, slugs
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
