"""A saved report in another language: what was computed is said again from its facts; a model's words stay as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from clickstream.facts import FactSheet
from clickstream.insights import computed, slots
from clickstream.insights.report import KINDS, Section

Json = Mapping[str, Any]


def sections_in(analysis: Json, sheet: FactSheet, language: str) -> dict[str, Json]:
    """The sections as far as they can be said in this language, by their names. Raises InvalidInput for an unknown one."""
    saved: dict[str, Json] = analysis["sections"]
    if language == analysis["language"]:
        return saved
    kind, about_shopper = KINDS[analysis["report"]], analysis["user_id"] is not None
    said = computed.report(sheet, kind=kind, about_shopper=about_shopper, language=language, preset=analysis["preset"])
    return {
        name: {**section, "claims": list(_told(said[name], sheet, language))}
        if section["source"] == "computed" and name in said
        else section
        for name, section in saved.items()
    }


def _told(section: Section, sheet: FactSheet, language: str) -> Iterator[Json]:
    for claim in section.claims:
        if not slots.check(claim, sheet, language):
            yield msgspec.to_builtins(slots.accept(claim, sheet, language))
