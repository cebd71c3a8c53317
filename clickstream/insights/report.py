"""The store report: seven sections of claims whose every number is a slot."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Direction = Literal["up", "down", "flat", "none"]
Source = Literal["computed", "model"]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=600)]
FactIds = Annotated[list[str], msgspec.Meta(max_length=40)]


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`text` carries `{{fact_id}}` slots and no number of its own; `fact_ids` are the facts it rests on."""

    text: Text
    fact_ids: FactIds
    direction: Direction = "none"


class RenderedClaim(msgspec.Struct, frozen=True):
    """A claim as it is saved and shown: `text` with the values in place, `template` with the slots."""

    text: str
    template: str
    fact_ids: list[str]
    direction: Direction


class Section(msgspec.Struct, frozen=True):
    source: Source
    claims: list[Claim]


class RenderedSection(msgspec.Struct, frozen=True):
    """`reason` says why a text is computed although a model was asked."""

    source: Source
    claims: list[RenderedClaim]
    reason: str | None = None


class StoreReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    executive_summary: Section
    key_insights: Section
    recommendations: Section
    decisions: Section
    next_best_actions: Section
    risk_alerts: Section
    recommendations_for_user: Section


TITLES = {
    "executive_summary": "Executive summary",
    "key_insights": "Key insights",
    "recommendations": "Recommendations",
    "decisions": "Decisions",
    "next_best_actions": "Next best actions",
    "risk_alerts": "Risk alerts",
    "recommendations_for_user": "Recommendations for the user",
}
SECTIONS = tuple(TITLES)
