"""Reports: sections of claims whose every number is a slot. About a shop, the journeys of a log, or two
scopes side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

import msgspec

from clickstream.comparison.labels import TITLES
from clickstream.languages import message, translated

Direction = Literal["up", "down", "flat", "none"]
Source = Literal["computed", "model"]
Chart = Literal[
    "series", "funnel", "paths", "cart", "checkout", "search", "segments", "variants", "differences", "friction", "pages",
    "event_types", "comparison", "comparison_series", "comparison_funnel",
]  # fmt: skip
"""Metrics whose chart may stand beside a claim."""
CHARTS: tuple[Chart, ...] = get_args(Chart)
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=600)]
FactIds = Annotated[list[str], msgspec.Meta(max_length=40)]


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`text` carries `{{fact_id}}` slots and no number of its own; `fact_ids` are the facts it rests on.

    `chart` names the metric whose chart shows it.
    """

    text: Text
    fact_ids: FactIds
    direction: Direction = "none"
    chart: Chart | None = None


class RenderedClaim(msgspec.Struct, frozen=True):
    """A claim as it is saved and shown: `text` with the values in place, `template` with the slots."""

    text: str
    template: str
    fact_ids: list[str]
    direction: Direction
    chart: Chart | None = None


class Section(msgspec.Struct, frozen=True):
    source: Source
    claims: list[Claim]


class RenderedSection(msgspec.Struct, frozen=True):
    """`reason` says why a text is computed although a model was asked."""

    source: Source
    claims: list[RenderedClaim]
    reason: str | None = None


Report = dict[str, Section]
"""Sections by their id, in the order of the report's kind."""


@dataclass(frozen=True)
class Kind:
    """A kind of report: its sections with their titles, and whether it recommends products.

    `sample` is the fact that says how much was measured; `area` are the catalogs of its texts.
    """

    id: str
    titles: dict[str, str]
    recommends_products: bool
    sample: str = "overview.sessions"
    area: str = "insights"

    @property
    def sections(self) -> tuple[str, ...]:
        return tuple(self.titles)

    def titles_in(self, language: str) -> dict[str, str]:
        return {section: translated(language, self.area, title) for section, title in self.titles.items()}


STORE = Kind(
    "store",
    {
        "executive_summary": message("Executive summary"),
        "key_insights": message("Key insights"),
        "recommendations": message("Recommendations"),
        "decisions": message("Decisions"),
        "next_best_actions": message("Next best actions"),
        "risk_alerts": message("Risk alerts"),
        "recommendations_for_user": message("Recommendations for the user"),
    },
    recommends_products=True,
)
JOURNEY = Kind(
    "journey",
    {
        "patterns": message("Patterns"),
        "differences": message("Buyers and abandoners"),
        "drop_offs": message("Where journeys end"),
        "search_analysis": message("Search"),
        "cart_abandonment": message("Cart abandonment"),
        "recommendations": message("Recommendations"),
    },
    recommends_products=False,
)
COMPARISON = Kind(
    "comparison",
    TITLES,
    recommends_products=False,
    sample="compare.a.sessions",
    area="comparison",
)
KINDS = {kind.id: kind for kind in (STORE, JOURNEY, COMPARISON)}
