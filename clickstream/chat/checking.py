"""Which sentences of a model may be shown: those that every text's contract admits, about a selection that they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from clickstream.chat.evidence import Evidence, Measurement
from clickstream.chat.naming import misplaced
from clickstream.chat.prompt import RULES
from clickstream.chat.texts import MIXED, SCOPE
from clickstream.facts import Fact
from clickstream.insights.flaws import Flaw
from clickstream.insights.formats import direction_of
from clickstream.insights.judging import flaws_of_written
from clickstream.insights.report import CHARTS, Chart, Claim
from clickstream.insights.slots import claim_of, slots_of


def claim_in(sentence: str, evidence: Evidence) -> Claim:
    """The sentence as a claim: its direction is that of the changes it cites, its chart that of the one metric measured."""
    facts, cited = evidence.facts, slots_of(sentence)
    signs = {direction_of(fact) for fact_id in cited if (fact := facts.get(fact_id)) and fact.signed}
    return claim_of(sentence, signs.pop() if len(signs) == 1 else "none", _chart(cited, evidence))


def flaws_in(claim: Claim, evidence: Evidence, language: str) -> list[Flaw]:
    facts: Mapping[str, Fact] = evidence.facts
    measured = [found for found in evidence.measurements if _cites(claim, found)]
    return [
        *flaws_of_written(claim, facts, language, RULES),
        *(Flaw(SCOPE, message) for found in measured for message in _unnamed(claim, found, evidence)),
        *(Flaw(SCOPE, message) for message in misplaced(claim, evidence, language)),
        *(Flaw(MIXED, message) for message in _mixed(claim, measured, evidence)),
    ]


def _unnamed(claim: Claim, measurement: Measurement, evidence: Evidence) -> Iterator[str]:
    """What the selection differs in from the analysis's, where the sentence does not say it."""
    prefix = f"c{measurement.number}.scope."
    known = [name for name in _differences(measurement, evidence) if f"{prefix}{name}" in evidence.facts]
    ways = ("since", "until")
    if any(name in known for name in ways):
        if not any(f"{prefix}{name}" in claim.fact_ids for name in ways):
            yield f"the figures are of other days than the analysis: say which with {{{{{prefix}{known[0]}}}}}"
        known = [name for name in known if name not in ways]
    for name in known:
        if f"{prefix}{name}" not in claim.fact_ids:
            yield f"the figures are of another {name} than the analysis: say which with {{{{{prefix}{name}}}}}"


def _differences(measurement: Measurement, evidence: Evidence) -> list[str]:
    scope = replace(measurement.call.scope, as_of=evidence.base.as_of)
    fields = [name for name in ("since", "until", "view") if getattr(scope, name) != getattr(evidence.base, name)]
    filters = [name for name, value in scope.filters.items() if evidence.base.filters.get(name) != value]
    return fields + filters


def _mixed(claim: Claim, measured: list[Measurement], evidence: Evidence) -> Iterator[str]:
    """Figures of the analysis beside newer ones, as if they were of one moment."""
    of_analysis = any(fact_id in evidence.analysis for fact_id in claim.fact_ids)
    if of_analysis and any(found.watermark != evidence.watermark for found in measured):
        yield "the data has changed since the analysis: measure both figures with tools before they stand together"


def _chart(cited: list[str], evidence: Evidence) -> Chart | None:
    """A chart shows one metric; none where a sentence rests on several."""
    found = {found.call.metric_id for found in evidence.measurements if any(_is_of(fact_id, found) for fact_id in cited)}
    of_analysis = any(fact_id in evidence.analysis for fact_id in cited)
    metric: Any = found.pop() if len(found) == 1 and not of_analysis else None
    return metric if metric in CHARTS else None


def _cites(claim: Claim, measurement: Measurement) -> bool:
    return any(_is_of(fact_id, measurement) for fact_id in claim.fact_ids)


def _is_of(fact_id: str, measurement: Measurement) -> bool:
    return fact_id.startswith(f"c{measurement.number}.")
