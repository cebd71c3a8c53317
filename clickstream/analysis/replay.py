"""Replay: measure what an analysis measured again, now, and say what is the same, what changed, and why that may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

from clickstream import rollup
from clickstream.analysis.measuring import Numbers, Subject, numbers_of
from clickstream.analysis.run import Means
from clickstream.clock import iso
from clickstream.errors import Conflict, InvalidInput
from clickstream.facts import Fact
from clickstream.scope import LIVE, scope_again
from clickstream.store.analyses import Analysis

Fate = Literal["changed", "gone", "new"]

OFFERED = "product."
"""Begins the ids of facts about products that could be recommended then: they are no part of what was measured."""

WHY = {
    "definitions": "The definitions are another version than then, so that the same visits count differently.",
    "data": "The data is another version than then: events came, were deleted, or were marked as noise.",
    "fewer": "There are fewer sessions than then: some were deleted, or are noise by now.",
    "time": "Time has passed: what was open then is over, and a window without an end has grown.",
    "moved": "Data arrived while it was measured then, so that its numbers are not of one moment.",
    "nothing": "Nothing that could change the numbers has happened since.",
}
"""Why facts may differ, by code."""


class Replayed(msgspec.Struct, frozen=True):
    """One fact then and now; `old` is None of a new one and `new` of one that is gone."""

    id: str
    label: str
    unit: str
    fate: Fate
    old: int | float | str | None
    new: int | float | str | None


class Replay(msgspec.Struct, frozen=True):
    """What an analysis says now of what it said then. `facts` are those that differ, `same` counts the others; `watermark`
    then and now are those of side A; `why`: what may be the reason.
    """

    analysis_id: str
    at: str
    scope: dict[str, Any]
    against: dict[str, Any] | None
    watermark: dict[str, int]
    same: int
    facts: list[Replayed]
    why: list[dict[str, str]]


def replay(means: Means, analysis: Analysis) -> Replay:
    """The same scope and window, as of now; nothing is saved. Raises Conflict where there is nothing to measure again."""
    if analysis["status"] != "done":
        raise Conflict("Only a finished analysis can be replayed.", code="analysis_not_done")
    now = means.clock()
    against = scope_again(analysis["against"], as_of=now) if analysis["against"] else None
    subject = Subject(analysis["report"], scope_again(analysis["scope"], as_of=now), against)
    with means.measuring:
        rollup.catch_up(means.store, means.settings, means.clock)
        try:
            numbers = numbers_of(means.store, means.settings, subject, lambda key: None)
        except InvalidInput as error:
            message = f"{error.message} What was there then is gone."
            raise Conflict(message, fields=error.fields, code=error.code) from error
    return _replay(analysis, subject, numbers, now)


def _replay(analysis: Analysis, subject: Subject, numbers: Numbers, now: datetime) -> Replay:
    then = {fact["id"]: fact for fact in analysis["facts"] if not fact["id"].startswith(OFFERED)}
    facts = list(_differences(then, numbers.facts))
    return Replay(
        analysis_id=analysis["analysis_id"],
        at=iso(now),
        scope=subject.scope.described(),
        against=subject.against.described() if subject.against else None,
        watermark={"then": analysis["watermark"], "now": numbers.watermark},
        same=len(then.keys() & numbers.facts.keys()) - sum(fact.fate == "changed" for fact in facts),
        facts=facts,
        why=[{"code": code, "text": WHY[code]} for code in _reasons(analysis, numbers, facts)],
    )


def _differences(then: Mapping[str, Mapping[str, Any]], now: Mapping[str, Fact]) -> Iterator[Replayed]:
    """In the order of the facts now, then what is gone."""
    for fact in now.values():
        old = then.get(fact.id)
        if old is None:
            yield Replayed(fact.id, fact.label, fact.unit, "new", None, fact.value)
        elif (old["value"], old["unit"]) != (fact.value, fact.unit):
            yield Replayed(fact.id, fact.label, fact.unit, "changed", old["value"], fact.value)
    for fact_id, old in then.items():
        if fact_id not in now:
            yield Replayed(fact_id, old["label"], old["unit"], "gone", old["value"], None)


def _reasons(analysis: Analysis, numbers: Numbers, facts: list[Replayed]) -> Iterator[str]:
    if not facts:
        yield "nothing"
        return
    if analysis["calculation_version"] not in (None, numbers.calculation_version):
        yield "definitions"
    if _watermarks(analysis["watermark"], analysis["metrics"]) != _watermarks(numbers.watermark, numbers.metrics):
        yield "data"
    if any(fact.old is not None and _is_fewer(fact) for fact in facts if fact.id in _SESSIONS):
        yield "fewer"
    if LIVE in (analysis["dataset"], (analysis["against"] or {}).get("dataset")):
        yield "time"
    if analysis["moved"]:
        yield "moved"


_SESSIONS = ("overview.sessions", "compare.a.sessions", "compare.b.sessions")


def _is_fewer(fact: Replayed) -> bool:
    return not isinstance(fact.old, str) and not isinstance(fact.new, str) and (fact.old or 0) > (fact.new or 0)


def _watermarks(own: int, metrics: Mapping[str, Any]) -> tuple[int, int]:
    """Of the dataset, and of that on the other side."""
    return own, metrics["comparison"]["b"]["watermark"] if "comparison" in metrics else 0
