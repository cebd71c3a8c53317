"""A finished analysis of a small shop, for tests of what people do with it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from visits import visits

from clickstream.analysis import Request as AnalysisRequest
from clickstream.analysis import run_analysis
from clickstream.analysis.run import enqueue
from clickstream.ingest import Collector
from clickstream.scope import Scope
from clickstream.web.deps import Deps

MORNING = datetime(2026, 3, 1, 9, tzinfo=UTC)


def analysed(deps: Deps, by: str = "the-analyst") -> dict[str, Any]:
    """With sentences to comment on."""
    assert Collector(deps.store, deps.clock).collect(visits(40, MORNING, buying=3)).rejected == []
    return run_analysis(deps.store, deps.settings, deps.clock, AnalysisRequest(Scope(as_of=deps.clock()), by))


def finished(deps: Deps, by: str = "the-analyst", **scope: Any) -> str:
    """Without any content; its id."""
    analysis_id = enqueue(deps.store, deps.clock, AnalysisRequest(Scope(as_of=deps.clock(), **scope), by))
    assert deps.store.analyses.advance(analysis_id, {"status": "done", "finished_at": deps.clock()}, deps.clock())
    return analysis_id
