"""The use case: one analysis from queued to done, saved at every stage."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from clickstream import rollup
from clickstream.analysis.alive import kept_alive
from clickstream.analysis.measuring import STEPS, measure_all, measured
from clickstream.clock import Clock
from clickstream.errors import ClickstreamError
from clickstream.facts import FactSheet, build
from clickstream.insights import computed, slots
from clickstream.insights.report import SECTIONS, RenderedSection, StoreReport
from clickstream.localtime import LocalTime
from clickstream.scope import Scope
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.store.analyses import Analysis

REPORTS = ("store",)
STAGES = ("catching_up", *(step.key for step in STEPS), "comparing", "writing")

CANCELLED = "This analysis was cancelled before it was finished."

Progress = Callable[[str, int, int], None]


class Cancelled(ClickstreamError):
    """The analysis was deleted, or declared dead, while it was being made."""

    code = "cancelled"


@dataclass(frozen=True)
class Request:
    """What to analyse, and for whom: `created_by` is a username, None for the command line."""

    scope: Scope
    created_by: str | None = None
    report: str = "store"


def run_analysis(
    store: Store, settings: Settings, clock: Clock, request: Request, progress: Progress = lambda stage, done, total: None
) -> Analysis:
    """Make and save one analysis now; the saved document. `progress` hears (stage, stages done, stages in all).

    Raises Cancelled, or what stopped it (the saved analysis then says so).
    """
    analysis_id = enqueue(store, clock, request)
    with kept_alive(store, clock, lambda: [analysis_id]):
        return perform(store, settings, clock, analysis_id, request, progress=progress)


def enqueue(store: Store, clock: Clock, request: Request) -> str:
    """Save a queued analysis; its id. Ids sort by time."""
    now = clock()
    analysis_id = f"{int(now.timestamp() * 1000):012x}{secrets.token_hex(8)}"
    store.analyses.add(_queued(analysis_id, request), now)
    return analysis_id


def perform(
    store: Store, settings: Settings, clock: Clock, analysis_id: str, request: Request, *, progress: Progress
) -> Analysis:
    """Bring a queued analysis to its end."""

    def told(stage: str) -> None:
        done = STAGES.index(stage)
        _save(store, clock, analysis_id, {"status": "running", "stage": stage, "done": done})
        progress(stage, done, len(STAGES))

    try:
        fields = _made(store, settings, clock, request, told)
    except Cancelled:
        raise
    except ClickstreamError as error:
        fail(store, clock, analysis_id, error.message)
        raise
    finished = {"status": "done", "stage": "done", "done": len(STAGES), "finished_at": clock()}
    _save(store, clock, analysis_id, {**fields, **finished})
    progress("done", len(STAGES), len(STAGES))
    found = store.analyses.find(analysis_id)
    if found is None:
        raise Cancelled(CANCELLED)
    return found


def fail(store: Store, clock: Clock, analysis_id: str, error: str) -> None:
    now = clock()
    store.analyses.advance(analysis_id, {"status": "failed", "stage": "failed", "error": error, "finished_at": now}, now)


def _queued(analysis_id: str, request: Request) -> Analysis:
    return {
        "analysis_id": analysis_id,
        "report": request.report,
        "dataset": request.scope.dataset,
        "user_id": request.scope.user_id,
        "created_by": request.created_by,
        "status": "queued",
        "stage": "queued",
        "done": 0,
        "total": len(STAGES),
        "finished_at": None,
        "scope": request.scope.described(),
        "watermark": None,
        "moved": None,
        "error": None,
        "metrics": {},
        "reconciliation": [],
        "facts": [],
        "sections": {},
    }


def _save(store: Store, clock: Clock, analysis_id: str, fields: dict[str, Any]) -> None:
    if not store.analyses.advance(analysis_id, fields, clock()):
        raise Cancelled(CANCELLED)


def _made(store: Store, settings: Settings, clock: Clock, request: Request, told: Callable[[str], None]) -> dict[str, Any]:
    """The measured and written parts of the document."""
    scope = request.scope
    told("catching_up")
    rollup.catch_up(store, settings, clock)
    answers = measure_all(store, scope, told)
    told("comparing")
    served = store.state.find_dataset(scope.dataset)
    local = LocalTime(served.calculation.time_zone if served else settings.time_zone)
    sheet = build(measured(store, scope, answers, local))
    told("writing")
    report = computed.report(sheet, about_shopper=scope.user_id is not None)
    watermarks = {answer.watermark for answer in answers.values()}
    return {
        "watermark": max(watermarks),
        "moved": len(watermarks) > 1,
        "metrics": {key: answer.result for key, answer in answers.items()},
        "reconciliation": [
            {"metric": key, **identity} for key, answer in answers.items() for identity in answer.reconciliation
        ],
        "facts": msgspec.to_builtins(list(sheet.values())),
        "sections": msgspec.to_builtins(rendered(report, sheet)),
    }


def rendered(report: StoreReport, sheet: FactSheet) -> dict[str, RenderedSection]:
    """The report as it is saved and shown. Raises RefusedClaim: no claim with a flaw is ever shown."""
    found = {name: getattr(report, name) for name in SECTIONS}
    return {
        name: RenderedSection(section.source, [slots.accept(claim, sheet) for claim in section.claims])
        for name, section in found.items()
    }
