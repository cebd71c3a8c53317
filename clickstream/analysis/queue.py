"""Analyses in the background: two measured at a time, a bounded line, progress to watch, nothing left running by the dead.

Every analysis in line has a thread of its own, for most of its life may be spent waiting for a model: those that wait
keep nobody from being measured.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from types import TracebackType
from typing import Self

from clickstream.analysis.advice import Advisor
from clickstream.analysis.alive import fail_abandoned, kept_alive
from clickstream.analysis.allowance import Allowance
from clickstream.analysis.replay import Replay, replay
from clickstream.analysis.run import CANCELLED, Cancelled, Means, Request, enqueue, fail, perform
from clickstream.clock import Clock
from clickstream.errors import ClickstreamError, DatabaseUnavailable, Retryable, TooManyRequests
from clickstream.insights.report import JOURNEY
from clickstream.scope import Scope
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.store.analyses import UNFINISHED, Analysis
from clickstream.watching import watched

log = logging.getLogger(__name__)

MEASURED_AT_ONCE = 2
PLACES = 16
PLACES_EACH = 4
RETRY_SECONDS = 5
LOOK_SECONDS = 1.0
SIGN_OF_LIFE_SECONDS = 10.0

STOPPED = "The server is stopping; run the analysis again when it is back."
BROKEN = "Something went wrong on our side; the server's log has the details under this analysis's id."


class AnalysisQueue:
    """A context manager: inside, it keeps its own analyses alive and marks those of dead servers as failed."""

    def __init__(
        self, store: Store, settings: Settings, clock: Clock, advisor: Advisor | None = None, *, places: int = PLACES
    ) -> None:
        self._store, self._clock, self._places = store, clock, places
        self._advisor = advisor or Advisor(store, clock)
        self._means = Means(store, settings, clock, self._advisor, threading.Semaphore(MEASURED_AT_ONCE))
        self._allowance = Allowance(store, settings, clock, self._advisor)
        self._pool = ThreadPoolExecutor(places, thread_name_prefix="analysis")
        self._waiting: dict[str, threading.Event] = {}
        self._moved = threading.Condition()
        self._stopping = threading.Event()
        self._alive = ExitStack()

    def __enter__(self) -> Self:
        fail_abandoned(self._store, self._clock)
        self._alive.enter_context(kept_alive(self._store, self._clock, self._unfinished, self._give_up))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let unfinished analyses fail, at their next stage or in the middle of a model's answer, and end."""
        with self._moved:
            self._stopping.set()
        self._give_up(set(self._unfinished()))
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._alive.close()

    def submit(self, request: Request) -> str:
        """Put an analysis in line; its id.

        Raises TooManyRequests when the line, or this account's part of it, is full, QuotaUsed when its day's share of the
        shop's AI key is; Forbidden or InvalidInput for a model that this account cannot have.
        """
        self._advisor.check(request.wish)
        account = request.created_by
        with self._moved:
            if self._stopping.is_set():
                raise Retryable(STOPPED, retry_after_seconds=RETRY_SECONDS)
            if len(self._waiting) >= self._places:
                raise TooManyRequests("Too many analyses are waiting; try again soon.", retry_after_seconds=RETRY_SECONDS)
            if account is not None and self._store.analyses.unfinished(account) >= PLACES_EACH:
                message = f"{PLACES_EACH} of your analyses are not finished yet; wait for one of them."
                raise TooManyRequests(message, retry_after_seconds=RETRY_SECONDS)
            self._allowance.take(request.wish)
            analysis_id = enqueue(self._store, self._clock, request)
            cancel = self._waiting[analysis_id] = threading.Event()
            made = partial(perform, self._means, analysis_id, request, progress=self._progress, cancel=cancel)
            future = self._pool.submit(made)
        future.add_done_callback(lambda ended: self._ended(analysis_id, ended))
        return analysis_id

    def begin_journey(self, dataset: str, created_by: str) -> str | None:
        """Put the journey report of a log that was just loaded in line, in the language of who loaded it.

        Its id, None where the line is full.
        """
        scope, language = Scope(as_of=self._clock(), dataset=dataset), self._store.users.language_of(created_by)
        try:
            return self.submit(Request(scope, created_by, JOURNEY.id, language=language))
        except ClickstreamError as error:
            log.warning("dataset %s: no analysis was begun: %s", dataset, error.message)
            return None

    def replay(self, analysis: Analysis) -> Replay:
        """Measure a finished analysis again, as `replay` does, in turn with those that are being made."""
        return replay(self._means, analysis)

    def cancel(self, analysis_id: str) -> bool:
        """End an analysis before it is finished, at once if it waits for a model; False where it has ended already."""
        now = self._clock()
        fields = {"status": "failed", "stage": "cancelled", "error": CANCELLED, "finished_at": now}
        cancelled = self._store.analyses.advance(analysis_id, fields, now)
        self._give_up({analysis_id})
        return cancelled

    def delete(self, analysis_id: str) -> None:
        """Forget an analysis and what hangs on it; one that is still being made ends."""
        self._store.analyses.delete(analysis_id)
        self._store.attached.delete_of_analysis(analysis_id)
        self._give_up({analysis_id})

    def wait(self, analysis_id: str, seconds: float) -> bool:
        """Wait for one of this queue's analyses; says whether it has ended."""
        with self._moved:
            return self._moved.wait_for(lambda: analysis_id not in self._waiting, seconds)

    def watch(self, analysis_id: str) -> Iterator[Analysis | None]:
        """Status, stage, done, total, error: now, and at every change until it has ended; None as a sign of life.

        Ends at once where there is no such analysis, or when it is deleted.
        """
        return watched(
            lambda: self._store.analyses.progress(analysis_id),
            lambda found: found["status"] not in UNFINISHED,
            self._moved,
            look=LOOK_SECONDS,
            sign_of_life=SIGN_OF_LIFE_SECONDS,
        )

    def _unfinished(self) -> list[str]:
        with self._moved:
            return list(self._waiting)

    def _give_up(self, analysis_ids: set[str]) -> None:
        with self._moved:
            for analysis_id in analysis_ids & self._waiting.keys():
                self._waiting[analysis_id].set()
            self._moved.notify_all()

    def _progress(self, stage: str, done: int, total: int) -> None:
        with self._moved:
            self._moved.notify_all()

    def _ended(self, analysis_id: str, future: Future[Analysis]) -> None:
        """Runs in the worker, whatever became of the analysis."""
        error = STOPPED if future.cancelled() else self._told(analysis_id, future.exception())
        try:
            if error:
                fail(self._store, self._clock, analysis_id, error)
        except DatabaseUnavailable:
            log.warning("analysis %s: its failure could not be saved", analysis_id)
        with self._moved:
            del self._waiting[analysis_id]
            self._moved.notify_all()

    def _told(self, analysis_id: str, error: BaseException | None) -> str | None:
        """What is still to be saved about how it ended, after logging it."""
        match error:
            case None:
                return None
            case Cancelled():
                return STOPPED if self._stopping.is_set() else None
            case ClickstreamError():
                log.warning("analysis %s failed: %s", analysis_id, error.message)
                return error.message
        log.error("analysis %s failed", analysis_id, exc_info=error)
        return BROKEN
