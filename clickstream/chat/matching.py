"""A question matched to what can be measured for it, without a model: which metrics, and for which part of the data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from clickstream.chat.call import About, Call
from clickstream.chat.dates import Period, periods_in
from clickstream.chat.hearing import WEIGHTS, Hearing, hear, words_of
from clickstream.chat.intents import BY_NAME, Intent
from clickstream.chat.names import Named, names_in, values_of
from clickstream.chat.patterns import recognised
from clickstream.languages import LANGUAGES
from clickstream.scope import Scope

ENOUGH = 2.0
UNKNOWN_AT_WILL = 1
"""How many words may say nothing to us before they count against a reading."""

KINDS_OF_VISITORS = "visitorkind"
"""A concept that no word stands for: new and returning visitors are both named, or one of them is held against the rest."""
SETTING_APART = frozenset({"compare", "differ", "change"})
"""Of a comparison these words say nothing more: everything that is asked about it is asked of both sides."""
ASKING = ("why", "improve", "abandon", "revenue")


@dataclass(frozen=True)
class Plan:
    """What is to be measured for a question; `asks` are those of ASKING that it names beside."""

    intent: str
    calls: tuple[Call, ...]
    asks: frozenset[str] = frozenset()


def plan(question: str, about: About) -> Plan | None:
    """The best plan, in whichever of our languages it is asked; None where the question is about something else."""
    best = _best_reading(words_of(question), about)
    if best.heard.refused:
        return None
    if best.score < ENOUGH:
        return plan_of(BY_NAME["changes"], about) if _holds_sides_apart(best.heard, about) else None
    asks = (ask for ask in ASKING if ask in best.heard.concepts)
    return plan_of(BY_NAME[best.intent], about, best.scope, asks)


def plans(question: str, about: About) -> list[Plan]:
    """The best plan, of a comparison one for each side; empty where the question is about something else."""
    sides = (about.base, about.against) if about.against else (about.base,)
    found = [plan(question, replace(about, base=side)) for side in sides]
    return [one for one in found if one]


def _holds_sides_apart(heard: Hearing, about: About) -> bool:
    """How do they differ? Which is better? It needs no subject where two sides are what is looked at."""
    setting_apart = heard.concepts.keys() & {*SETTING_APART, "best", "worst"}
    return about.against is not None and bool(setting_apart) and not heard.unknown


def plan_of(intent: Intent, about: About, scope: Scope | None = None, asks: Iterable[str] = ()) -> Plan:
    """The plan of a question that is known already, for this part of the data."""
    calls = (Call(metric_id, options, scope or about.base) for metric_id, options in intent.measures)
    return Plan(intent.name, tuple(calls), frozenset(asks))


class _Reading(NamedTuple):
    """The question as speakers of one language understand it; `score` is what its intent explains beyond what is unknown."""

    intent: str
    score: float
    heard: Hearing
    scope: Scope


def _best_reading(words: Sequence[str], about: About) -> _Reading:
    """The asker's own language comes first, then English: where every word is understood, no other is tried."""
    readings = []
    for language in dict.fromkeys((about.language, *LANGUAGES)):
        reading = _reading(words, language, about)
        if reading.score >= ENOUGH and not reading.heard.unknown:
            return reading
        readings.append(reading)
    return max(readings, key=lambda reading: reading.score)


def _reading(words: Sequence[str], language: str, about: About) -> _Reading:
    names, periods = list(names_in(words, about)), list(periods_in(words, language, about))
    settled = {place for places in (one.places for one in names) for place in places}
    settled.update(place for one in periods for place in one.places)
    heard = hear(words, language, settled)
    chosen, concepts = _chosen([*names, *named_by_other_words(heard, about)], heard)
    if any(period.against for period in periods):
        concepts = {**concepts, "before": 1.0}
    if about.against:
        concepts = {concept: weight for concept, weight in concepts.items() if concept not in SETTING_APART}
    intent, score = recognised(concepts)
    unknown = max(0, len(heard.unknown) - UNKNOWN_AT_WILL)
    return _Reading(intent, score - unknown, heard, _narrowed(about.base, chosen, periods))


def named_by_other_words(heard: Hearing, about: About) -> list[Named]:
    """Values that were called by another word than the data's own: phones, newcomers, the newsletter."""
    known = values_of(about)
    spelled = {value.casefold(): value for value in (*about.devices, *about.channels)}
    return [
        Named(known[value], spelled.get(value, value), places) for value, places in heard.values.items() if value in known
    ]


class _Chosen(NamedTuple):
    filters: Mapping[str, str]
    concepts: Mapping[str, float]


def _chosen(names: Iterable[Named], heard: Hearing) -> _Chosen:
    """One value of a dimension narrows the question; two, or one held against the rest, or alone, ask how they compare."""
    values: defaultdict[str, set[str]] = defaultdict(set)
    for name in names:
        values[name.dimension].add(name.value)
    filters, concepts = {}, dict(heard.concepts)
    alone = not any(weight > WEIGHTS["modifiers"] for weight in concepts.values())
    for dimension, named in values.items():
        if len(named) > 1 or ("compare" in concepts and dimension not in concepts):
            concepts[KINDS_OF_VISITORS if dimension == "visitor" else dimension] = WEIGHTS["sharp"]
        elif alone:
            concepts["returning" if "returning" in named else dimension] = WEIGHTS["subjects"]
        else:
            filters[dimension] = next(iter(named))
    return _Chosen(filters, concepts)


def _narrowed(base: Scope, filters: Mapping[str, str], periods: Sequence[Period]) -> Scope:
    """A window that is held against the one before does not replace the analysis's own, which is compared as well."""
    scope = replace(base, filters={**base.filters, **filters})
    named = [period for period in periods if not (period.against and base.since)]
    return replace(scope, since=named[0].since, until=named[0].until) if named else scope
