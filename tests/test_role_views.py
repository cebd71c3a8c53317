from __future__ import annotations

from typing import Any

import pytest
from web_client import Client, bare_deps

from clickstream.facts import Fact
from clickstream.insights.report import CHARTS, KINDS
from clickstream.insights.role_views import PRODUCTS, ROLE_VIEWS, arranged, headline
from clickstream.web.app import App

EACH = [(kind, view) for kind in KINDS for view in ROLE_VIEWS]
UNREAL = ["odd_section", "another"]


def fact(fact_id: str, unit: str = "count") -> Fact:
    return Fact(fact_id, fact_id, 1, unit, None, "-")


@pytest.mark.parametrize(("kind", "view"), EACH)
def test_no_view_leaves_a_section_out_or_shows_one_twice(kind: str, view: str) -> None:
    sections = [*KINDS[kind].sections, PRODUCTS, *UNREAL]

    placed = [place.section for place in arranged(kind, sections, view)]

    assert sorted(placed) == sorted(sections)
    assert placed[-2:] == UNREAL


@pytest.mark.parametrize(("kind", "view"), EACH)
def test_a_view_names_only_sections_and_charts_that_reports_have(kind: str, view: str) -> None:
    arrangement = ROLE_VIEWS[view].of_report[kind]

    assert {place.section for place in arrangement.sections} <= {*KINDS[kind].sections, PRODUCTS}
    assert set(arrangement.charts) <= set(CHARTS)
    assert arrangement.lead and arrangement.folded and arrangement.headline


@pytest.mark.parametrize("kind", KINDS)
def test_the_views_of_a_report_all_differ(kind: str) -> None:
    assert len({tuple(view.of_report[kind].sections) for view in ROLE_VIEWS.values()}) == len(ROLE_VIEWS)


@pytest.mark.parametrize("view", ["", "boss"])
def test_without_a_known_view_sections_stand_as_the_report_has_them(view: str) -> None:
    assert [(place.section, place.weight) for place in arranged("store", UNREAL, view)] == [
        ("odd_section", "plain"),
        ("another", "plain"),
    ]
    assert headline("store", [fact("overview.orders")], view) == []


def test_a_report_of_a_kind_without_an_arrangement_is_shown_as_it_is() -> None:
    assert [place.section for place in arranged("weather", UNREAL, "owner")] == UNREAL


def test_a_headline_has_money_in_every_currency_and_nothing_that_is_not_known() -> None:
    revenue = [fact("overview.revenue.eur", "money:EUR"), fact("overview.revenue.usd", "money:USD")]
    others = [fact("overview.revenue.growth"), fact("overview.aov_median.eur", "money:EUR"), fact("overview.orders")]

    found = headline("store", [*others, *revenue], "owner")

    assert [one.id for one in found] == ["overview.revenue.eur", "overview.revenue.usd", "overview.orders"]


def test_the_views_are_told_to_anyone() -> None:
    items: list[dict[str, Any]] = Client(App(bare_deps())).get("/api/role-views").json["items"]

    assert [item["role_view"] for item in items] == ["owner", "marketing", "product", "operations"]
    first = items[0]["reports"]["store"]
    assert first["sections"][0] == {"section": "executive_summary", "weight": "lead"}
    assert first["headline"][0] == "overview.revenue"
