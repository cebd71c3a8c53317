"""The texts and products of an analysis: the model's where they passed, else computed ones that say why."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from clickstream.analysis.advice import Advice
from clickstream.facts import Fact, FactSheet
from clickstream.insights import slots
from clickstream.insights.judging import Pick
from clickstream.insights.offers import Offer
from clickstream.insights.prompt import Prompt
from clickstream.insights.report import Claim, RenderedClaim, RenderedSection, Report, Section
from clickstream.recommend import item, source_of
from clickstream.scope import Scope
from clickstream.store import Store

log = logging.getLogger(__name__)

SHOWN_PRODUCTS = 8

Item = dict[str, Any]


def sections_of(
    report: Report, prompt: Prompt, sheet: FactSheet, advice: Advice, language: str
) -> dict[str, RenderedSection]:
    """Section by section the model's claims, or those of the computed report with the reason why."""
    claims = advice.written.verdict.claims if advice.written else {}
    refused = advice.receipt.refused or {}
    computed = rendered(report, sheet, language)
    return {
        name: _section(Section("model", claims[name]), prompt.facts, language)
        if name in claims
        else msgspec.structs.replace(computed[name], reason=refused.get(name))
        for name in report
    }


def rendered(report: Report, facts: Mapping[str, Fact], language: str) -> dict[str, RenderedSection]:
    """The report as it is saved and shown: a claim with a flaw is left out, and the log says why."""
    return {name: _section(section, facts, language) for name, section in report.items()}


def products_of(offers: Sequence[Offer], prompt: Prompt, advice: Advice, language: str) -> list[Item]:
    """The products the model chose with its reasons, else the best candidates; what was counted is said either way."""
    picks = advice.written.verdict.picks if advice.written else None
    if picks:
        return [_item(pick.offer, "model", _reason(pick, prompt, language)) for pick in picks]
    return [_item(offer, "computed", offer.why(language)) for offer in offers[:SHOWN_PRODUCTS]]


def cited_beyond(sheet: FactSheet, prompt: Prompt, sections: Mapping[str, RenderedSection]) -> list[Fact]:
    """The facts about products that the sections rest on, which the sheet does not have."""
    cited = {fact_id for section in sections.values() for claim in section.claims for fact_id in claim.fact_ids}
    return [fact for fact in prompt.facts.values() if fact.id in cited and fact.id not in sheet]


def remember(store: Store, scope: Scope, analysis_id: str, items: Sequence[Item], offers: Sequence[Offer]) -> None:
    """Let the products outlive the session: with the shopper, or as products to feature for everybody."""
    if items:
        by_model = any(one["source"] == "model" for one in items)
        source = "llm" if by_model else source_of([offer.candidate for offer in offers[:SHOWN_PRODUCTS]])
        store.profiles.append(scope.dataset, scope.user_id, analysis_id, items, source=source, at=scope.as_of)


def _section(section: Section, facts: Mapping[str, Fact], language: str) -> RenderedSection:
    return RenderedSection(section.source, list(_accepted(section.claims, facts, language)))


def _accepted(claims: Iterable[Claim], facts: Mapping[str, Fact], language: str) -> Iterator[RenderedClaim]:
    for claim in claims:
        try:
            yield slots.accept(claim, facts, language)
        except slots.RefusedClaim as refused:
            log.error("claim %r refused: %s", claim.text, refused.message)


def _item(offer: Offer, source: str, reason: str) -> Item:
    return {**msgspec.to_builtins(item(offer.candidate, reason)), "source": source}


def _reason(pick: Pick, prompt: Prompt, language: str) -> str:
    """The model's words, and what was counted."""
    said = slots.accept(pick.reason, prompt.facts, language).text.rstrip()
    return f"{said}{'' if said.endswith(('.', '!', '?')) else '.'} {pick.offer.why(language)}"
