"""The same report for different readers: what comes first, what is folded away, which figures stand on top.

A view leaves nothing out: sections that it does not name follow in the report's own order, and a folded one is a click away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

from clickstream.facts import Fact
from clickstream.insights.report import Chart

Weight = Literal["lead", "plain", "folded"]
PRODUCTS = "recommended_products"
"""The products of a report, placed among its sections."""


class Placed(msgspec.Struct, frozen=True):
    section: str
    weight: Weight


@dataclass(frozen=True)
class Arrangement:
    """`headline` are ids of facts; one stands for those of every currency too: `overview.revenue`."""

    lead: tuple[str, ...]
    plain: tuple[str, ...]
    folded: tuple[str, ...]
    headline: tuple[str, ...]
    charts: tuple[Chart, ...] = ()

    @property
    def sections(self) -> tuple[Placed, ...]:
        weighed: tuple[tuple[Weight, tuple[str, ...]], ...] = (
            ("lead", self.lead),
            ("plain", self.plain),
            ("folded", self.folded),
        )
        return tuple(Placed(section, weight) for weight, sections in weighed for section in sections)


@dataclass(frozen=True)
class RoleView:
    """A reader's point of view: an arrangement for every kind of report that it orders in its own way."""

    id: str
    title: str
    asks: str
    of_report: Mapping[str, Arrangement]


OWNER = RoleView(
    "owner",
    "Owner",
    "How is business, and what is to be decided?",
    {
        "store": Arrangement(
            lead=("executive_summary", "decisions", "risk_alerts"),
            plain=("next_best_actions", "key_insights", "recommendations"),
            folded=("recommendations_for_user", PRODUCTS),
            headline=("overview.revenue", "overview.orders", "overview.aov", "overview.conversion_rate"),
            charts=("series", "funnel"),
        ),
        "journey": Arrangement(
            lead=("recommendations", "cart_abandonment"),
            plain=("drop_offs", "differences"),
            folded=("search_analysis", "patterns"),
            headline=("overview.sessions", "overview.conversion_rate", "overview.revenue", "cart.abandonment_rate"),
            charts=("cart", "funnel"),
        ),
        "comparison": Arrangement(
            lead=("what_changed", "what_to_do"),
            plain=("why_it_may_be", "read_with_care"),
            folded=("what_held",),
            headline=(
                "compare.money.orders.b",
                "compare.overview.conversion_rate.a",
                "compare.overview.conversion_rate.b",
                "compare.overview.conversion_rate.points",
            ),
            charts=("comparison_series", "comparison"),
        ),
    },
)
MARKETING = RoleView(
    "marketing",
    "Marketing",
    "Who comes, who buys, and what brings them back?",
    {
        "store": Arrangement(
            lead=("key_insights", "recommendations_for_user", PRODUCTS),
            plain=("executive_summary", "recommendations", "next_best_actions"),
            folded=("decisions", "risk_alerts"),
            headline=(
                "overview.visitors",
                "overview.new_share",
                "overview.conversion_rate",
                "overview.revenue_per_session",
            ),
            charts=("segments", "series"),
        ),
        "journey": Arrangement(
            lead=("differences", "patterns"),
            plain=("recommendations", "cart_abandonment"),
            folded=("drop_offs", "search_analysis"),
            headline=("overview.visitors", "overview.new_share", "overview.conversion_rate", "overview.bounce_rate"),
            charts=("differences", "segments"),
        ),
        "comparison": Arrangement(
            lead=("what_changed", "why_it_may_be"),
            plain=("what_to_do", "what_held"),
            folded=("read_with_care",),
            headline=(
                "compare.overview.visitors.a",
                "compare.overview.visitors.b",
                "compare.overview.bounce_rate.a",
                "compare.overview.bounce_rate.b",
            ),
            charts=("comparison_series",),
        ),
    },
)
PRODUCT = RoleView(
    "product",
    "Product",
    "Where do people get lost, and what would help them?",
    {
        "store": Arrangement(
            lead=("key_insights", "recommendations"),
            plain=("next_best_actions", "risk_alerts", PRODUCTS, "recommendations_for_user"),
            folded=("executive_summary", "decisions"),
            headline=(
                "overview.conversion_rate",
                "cart.abandonment_rate",
                "checkout.abandonment_rate",
                "search.zero_result_rate",
            ),
            charts=("funnel", "paths"),
        ),
        "journey": Arrangement(
            lead=("drop_offs", "search_analysis"),
            plain=("patterns", "recommendations", "cart_abandonment"),
            folded=("differences",),
            headline=(
                "overview.conversion_rate",
                "cart.abandonment_rate",
                "search.success_rate",
                "search.zero_result_rate",
            ),
            charts=("funnel", "paths"),
        ),
        "comparison": Arrangement(
            lead=("why_it_may_be", "what_to_do"),
            plain=("what_changed", "what_held"),
            folded=("read_with_care",),
            headline=(
                "compare.overview.conversion_rate.a",
                "compare.overview.conversion_rate.b",
                "compare.cart.abandonment_rate.a",
                "compare.cart.abandonment_rate.b",
            ),
            charts=("comparison_funnel",),
        ),
    },
)
OPERATIONS = RoleView(
    "operations",
    "Operations",
    "What is out of order, and what is to be done next?",
    {
        "store": Arrangement(
            lead=("risk_alerts", "next_best_actions"),
            plain=("key_insights", "decisions", "executive_summary"),
            folded=("recommendations", "recommendations_for_user", PRODUCTS),
            headline=("overview.orders", "overview.refunded", "checkout.abandonment_rate", "quality.noise_share"),
            charts=("friction", "checkout"),
        ),
        "journey": Arrangement(
            lead=("cart_abandonment", "drop_offs"),
            plain=("search_analysis", "recommendations"),
            folded=("patterns", "differences"),
            headline=("overview.orders", "overview.refunded", "checkout.abandonment_rate", "search.zero"),
            charts=("friction", "checkout"),
        ),
        "comparison": Arrangement(
            lead=("read_with_care", "what_changed"),
            plain=("what_to_do", "what_held"),
            folded=("why_it_may_be",),
            headline=(
                "compare.overview.sessions.a",
                "compare.overview.sessions.b",
                "compare.checkout.abandonment_rate.a",
                "compare.checkout.abandonment_rate.b",
            ),
            charts=("comparison",),
        ),
    },
)
ROLE_VIEWS = {view.id: view for view in (OWNER, MARKETING, PRODUCT, OPERATIONS)}


def arranged(kind: str, sections: Iterable[str], role_view: str = "") -> list[Placed]:
    """All of these sections, each once, in the order of this view; without a (known) view as they come.

    >>> arranged("journey", ["patterns", "drop_offs"], "product")
    [Placed(section='drop_offs', weight='lead'), Placed(section='patterns', weight='plain')]
    """
    own = list(dict.fromkeys(sections))
    arrangement = _arrangement(kind, role_view)
    placed = [place for place in arrangement.sections if place.section in own] if arrangement else []
    named = {place.section for place in placed}
    return [*placed, *(Placed(section, "plain") for section in own if section not in named)]


def charts_of(kind: str) -> set[Chart]:
    """The charts that some view of this kind of report puts first."""
    return {chart for view in ROLE_VIEWS.values() if kind in view.of_report for chart in view.of_report[kind].charts}


def headline(kind: str, facts: Iterable[Fact], role_view: str = "") -> list[Fact]:
    """The facts that this view shows as figures on top, in its order; none without a view."""
    arrangement = _arrangement(kind, role_view)
    known = list(facts)
    return [fact for wanted in (arrangement.headline if arrangement else ()) for fact in known if _stands_for(wanted, fact)]


def _arrangement(kind: str, role_view: str) -> Arrangement | None:
    view = ROLE_VIEWS.get(role_view)
    return view.of_report.get(kind) if view else None


def _stands_for(wanted: str, fact: Fact) -> bool:
    return fact.id == wanted or (fact.kind == "money" and fact.id == f"{wanted}.{fact.currency.casefold()}")
