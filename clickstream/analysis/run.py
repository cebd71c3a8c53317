"""The use case: one analysis from queued to done, saved at every stage."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

import msgspec

from clickstream import rollup
from clickstream.analysis.advice import Advisor, Hearing, Wish
from clickstream.analysis.alive import kept_alive
from clickstream.analysis.measuring import Numbers, Subject, numbers_of
from clickstream.analysis.writing import cited_beyond, products_of, remember, sections_of
from clickstream.clock import Clock
from clickstream.errors import ClickstreamError
from clickstream.facts import FactSheet
from clickstream.insights import computed
from clickstream.insights.brief import USUAL, Brief
from clickstream.insights.offers import Offer, offers_of
from clickstream.insights.prompt import build_prompt
from clickstream.insights.report import KINDS
from clickstream.languages import ENGLISH, known_language
from clickstream.llm.errors import Cancelled as RequestCancelled
from clickstream.recommend import candidates, why_none
from clickstream.scope import LIVE, Scope
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.store.analyses import Analysis
from clickstream.tokens import new_id

log = logging.getLogger(__name__)

ASKING = "asking_the_model"


def stages_of(subject: Subject) -> tuple[str, ...]:
    """In their order; ASKING is left out where no model is asked."""
    return ("catching_up", *subject.steps, "recommending", ASKING, "writing")


CANDIDATES = 24
TOLD_EVERY = timedelta(seconds=1)

CANCELLED = "This analysis was cancelled before it was finished."
NO_DATASET = "There is no such dataset, or no more; nothing was saved of its analysis."

Progress = Callable[[str, int, int], None]


class Cancelled(ClickstreamError):
    """The analysis was cancelled, deleted, or declared dead, while it was being made."""

    code = "cancelled"


@dataclass(frozen=True)
class Request:
    """What to analyse, for whom and how to write it: `created_by` is None for the command line. `model`: as in Wish.

    `against` is side B of a comparison, whose side A is `scope`.
    """

    scope: Scope
    created_by: str | None = None
    report: str = "store"
    model: str = ""
    language: str = ENGLISH
    brief: Brief = USUAL
    against: Scope | None = None

    @property
    def subject(self) -> Subject:
        return Subject(self.report, self.scope, self.against)

    @property
    def wish(self) -> Wish:
        return Wish(self.created_by, self.model, self.brief.temperature)


@dataclass(frozen=True)
class Means:
    """What making analyses takes. `measuring` is entered while the database is at work."""

    store: Store
    settings: Settings
    clock: Clock
    advisor: Advisor
    measuring: AbstractContextManager[object] = field(default_factory=nullcontext)


def run_analysis(
    store: Store,
    settings: Settings,
    clock: Clock,
    request: Request,
    progress: Progress = lambda stage, done, total: None,
    *,
    advisor: Advisor | None = None,
) -> Analysis:
    """Make and save one analysis now; the saved document. `progress` hears (stage, stages done, stages in all).

    Without an `advisor` every text is computed. Raises Cancelled, or what stopped it (the saved analysis then says so).
    """
    advisor = advisor or Advisor(store, clock)
    advisor.check(request.wish)
    analysis_id, cancel = enqueue(store, clock, request), threading.Event()
    with kept_alive(store, clock, lambda: [analysis_id], lambda lost: cancel.set()):
        return perform(Means(store, settings, clock, advisor), analysis_id, request, progress=progress, cancel=cancel)


def enqueue(store: Store, clock: Clock, request: Request) -> str:
    """Save a queued analysis; its id. Ids sort by time. Raises InvalidInput for a language that we do not have."""
    now = clock()
    analysis_id = new_id(now)
    store.analyses.add(_queued(analysis_id, request), now)
    return analysis_id


def perform(means: Means, analysis_id: str, request: Request, *, progress: Progress, cancel: threading.Event) -> Analysis:
    """Bring a queued analysis to its end; setting `cancel` ends it early, at the next stage or while a model is asked."""
    making = _Making(means, analysis_id, request, progress, cancel)
    try:
        fields = making.fields()
    except RequestCancelled:
        raise Cancelled(CANCELLED) from None
    except Cancelled:
        raise
    except ClickstreamError as error:
        fail(means.store, means.clock, analysis_id, error.message)
        raise
    stages = len(stages_of(request.subject))
    making.save({**fields, "status": "done", "stage": "done", "done": stages, "finished_at": means.clock()})
    progress("done", stages, stages)
    found = means.store.analyses.find(analysis_id)
    if found is None:
        raise Cancelled(CANCELLED)
    if any(_is_lost(means.store, scope.dataset) for scope in (request.scope, request.against) if scope):
        means.store.analyses.delete(analysis_id)
        means.store.attached.delete_of_analysis(analysis_id)
        raise Cancelled(NO_DATASET)
    return found


def _is_lost(store: Store, name: str) -> bool:
    """Whether it was deleted, or is being: its deletion may have looked for analyses before this one was there."""
    held = store.datasets.find(name)
    if held:
        return held.status == "deleting"
    return name != LIVE and store.state.find_dataset(name) is None


def fail(store: Store, clock: Clock, analysis_id: str, error: str) -> None:
    now = clock()
    store.analyses.advance(analysis_id, {"status": "failed", "stage": "failed", "error": error, "finished_at": now}, now)


def _queued(analysis_id: str, request: Request) -> Analysis:
    return {
        "analysis_id": analysis_id,
        "report": request.report,
        "language": known_language(request.language),
        **asdict(request.brief),
        "dataset": request.scope.dataset,
        "user_id": request.subject.user_id,
        "created_by": request.created_by,
        "status": "queued",
        "stage": "queued",
        "done": 0,
        "total": len(stages_of(request.subject)),
        "finished_at": None,
        "scope": request.scope.described(),
        "against": request.against.described() if request.against else None,
        "watermark": None,
        "moved": None,
        "calculation_version": None,
        "error": None,
        "metrics": {},
        "reconciliation": [],
        "facts": [],
        "sections": {},
        "recommended_products": [],
        "no_products": None,
        "model": None,
        "heard": 0,
    }


class _Making:
    """One analysis on its way, telling how far it is."""

    def __init__(
        self, means: Means, analysis_id: str, request: Request, progress: Progress, cancel: threading.Event
    ) -> None:
        self._means, self._id, self._request = means, analysis_id, request
        self._progress, self._cancel = progress, cancel
        self._told_at = means.clock()
        self._stages = stages_of(request.subject)
        self._kind = KINDS[request.report]

    def save(self, fields: dict[str, Any]) -> None:
        if self._cancel.is_set() or not self._means.store.analyses.advance(self._id, fields, self._means.clock()):
            raise Cancelled(CANCELLED)

    def fields(self) -> dict[str, Any]:
        """The measured and written parts of the document."""
        means = self._means
        with means.measuring:
            self._tell("catching_up")
            rollup.catch_up(means.store, means.settings, means.clock)
            numbers = numbers_of(means.store, means.settings, self._request.subject, self._tell)
            self._tell("recommending")
            offers = self._offers()
        return {**_receipts(numbers), **self._written(numbers.facts, offers)}

    def _offers(self) -> list[Offer]:
        """Products that may be recommended, where the report recommends any."""
        if not self._kind.recommends_products:
            return []
        scope = self._request.scope
        return offers_of(candidates(self._means.store, scope.dataset, scope.user_id, CANDIDATES, now=scope.as_of))

    def _written(self, sheet: FactSheet, offers: list[Offer]) -> dict[str, Any]:
        store, scope = self._means.store, self._request.scope
        about_shopper = scope.user_id is not None
        language, brief = self._request.language, self._request.brief
        prompt = build_prompt(sheet, offers, kind=self._kind, about_shopper=about_shopper, language=language, brief=brief)
        hearing = Hearing(self._cancel, lambda: self._tell(ASKING), self._heard)
        advice = self._means.advisor.advise(prompt, self._request.wish, hearing)
        self._tell("writing")
        report = computed.report(sheet, kind=self._kind, about_shopper=about_shopper, language=language, preset=brief.preset)
        sections = sections_of(report, prompt, sheet, advice, language)
        wanted = self._kind.recommends_products
        products = products_of(offers, prompt, advice, language)
        remember(store, scope, self._id, products, offers)
        return {
            "facts": msgspec.to_builtins([*sheet.values(), *cited_beyond(sheet, prompt, sections)]),
            "sections": msgspec.to_builtins(sections),
            "recommended_products": products,
            "no_products": None if products or not wanted else why_none(store, scope.dataset, scope.user_id, language),
            "model": msgspec.to_builtins(advice.receipt),
        }

    def _tell(self, stage: str) -> None:
        done = self._stages.index(stage)
        self.save({"status": "running", "stage": stage, "done": done})
        self._progress(stage, done, len(self._stages))

    def _heard(self, characters: int) -> None:
        """How much a model has written so far, saved now and then."""
        now = self._means.clock()
        if now - self._told_at >= TOLD_EVERY:
            self._told_at = now
            self.save({"heard": characters})
            self._progress(ASKING, self._stages.index(ASKING), len(self._stages))


def _receipts(numbers: Numbers) -> dict[str, Any]:
    fields = ("watermark", "moved", "calculation_version", "metrics", "reconciliation")
    return {field: getattr(numbers, field) for field in fields}
