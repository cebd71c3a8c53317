"""Work in the background: started, watched, cancelled; and nothing left running by the dead.

A job is a row anybody can read and a function that tells how far it is. `Jobs` runs such functions in threads of its own;
`foreground` runs one in the caller's, for scripts.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic
from typing import Any, Self

from clickstream.clock import Clock
from clickstream.errors import ClickstreamError, DatabaseUnavailable, Retryable, TooManyRequests
from clickstream.store import Store
from clickstream.store.jobs import RUNNING, Job
from clickstream.tokens import new_id
from clickstream.watching import watched

log = logging.getLogger(__name__)

PLACES = 4
BEAT_SECONDS = 2.0
SILENCE = timedelta(seconds=30)
TOLD_SECONDS = 0.5
LOOK_SECONDS = 0.5
SIGN_OF_LIFE_SECONDS = 5.0

DIED = "The program stopped before this was finished (interrupted)."
CANCELLED = "Cancelled."
BROKEN = "Something went wrong on our side; the server's log has the details under this job's id."

Result = dict[str, Any]


class Stopped(ClickstreamError):
    """The job was cancelled, or its program ends."""

    code = "stopped"


class Work:
    """What a running job tells. `check` raises Stopped where it is to end; so does `tell`."""

    def __init__(self, store: Store, clock: Clock, job_id: str) -> None:
        self.job_id = job_id
        self.stop = threading.Event()
        self._store, self._clock = store, clock
        self._stage = ""
        self._told = float("-inf")

    def tell(self, stage: str, done: int = 0, total: int = 0) -> None:
        """How far it is; written twice a second at most, and with every new stage. Raises DatabaseUnavailable."""
        self.check()
        if stage == self._stage and monotonic() - self._told < TOLD_SECONDS:
            return
        self._stage, self._told = stage, monotonic()
        if not self._store.jobs.advance(self.job_id, {"stage": stage, "done": done, "total": total}, self._clock()):
            raise Stopped(CANCELLED)

    def check(self) -> None:
        if self.stop.is_set():
            raise Stopped(CANCELLED)


Task = Callable[[Work], Result]


class Jobs:
    """A context manager: inside, it keeps its own jobs alive and marks those of dead programs as interrupted."""

    def __init__(self, store: Store, clock: Clock, *, places: int = PLACES) -> None:
        self._store, self._clock, self._places = store, clock, places
        self._pool = ThreadPoolExecutor(places, thread_name_prefix="job")
        self._running: dict[str, Work] = {}
        self._moved = threading.Condition()
        self._stopping = threading.Event()
        self._beat = threading.Thread(target=self._keep_alive, name="jobs-beat", daemon=True)

    def __enter__(self) -> Self:
        interrupt_silent(self._store, self._clock)
        self._beat.start()
        return self

    def __exit__(self, *raised: object) -> None:
        """Interrupt what still runs, and wait for it."""
        with self._moved:
            self._stopping.set()
            for work in self._running.values():
                work.stop.set()
        self._pool.shutdown(wait=True)
        self._beat.join()

    def check_room(self) -> None:
        """Raises Retryable or TooManyRequests where no job could be started."""
        if self._stopping.is_set():
            raise Retryable("The server is stopping; try again when it is back.", retry_after_seconds=5)
        if len(self._running) >= self._places:
            message = f"{self._places} jobs are running already; wait for one of them."
            raise TooManyRequests(message, retry_after_seconds=10)

    def start(self, kind: str, about: str, created_by: str | None, task: Task, *, job_id: str | None = None) -> str:
        """Run the task in the background; its result, a JSON object, is kept with the job. Gives the job's id.

        Raises Retryable and TooManyRequests, as `check_room`.
        """
        with self._moved:
            self.check_room()
            job_id = job_id or new_id(self._clock())
            self._store.jobs.add(job_id, kind, about, created_by, self._clock())
            work = self._running[job_id] = Work(self._store, self._clock, job_id)
            future = self._pool.submit(task, work)
        future.add_done_callback(lambda ended: self._ended(work, ended))
        return job_id

    def cancel(self, job_id: str) -> bool:
        """End a job, in whichever process it runs, at its next step; False where it has ended already."""
        cancelled = self._store.jobs.end(job_id, "interrupted", self._clock(), error=CANCELLED)
        with self._moved:
            if job_id in self._running:
                self._running[job_id].stop.set()
        return cancelled

    def wait(self, job_id: str, seconds: float) -> bool:
        """Wait for one of this process's jobs; says whether it has ended."""
        with self._moved:
            return self._moved.wait_for(lambda: job_id not in self._running, seconds)

    def watch(self, job_id: str) -> Iterator[Job | None]:
        """The job now, and at every change until it has ended; None as a sign of life. Nothing where there is none."""
        return watched(
            lambda: self._store.jobs.find(job_id),
            lambda job: job.status != RUNNING,
            self._moved,
            look=LOOK_SECONDS,
            sign_of_life=SIGN_OF_LIFE_SECONDS,
        )

    def _ended(self, work: Work, future: Future[Result]) -> None:
        """Runs in the worker, whatever became of the job."""
        try:
            _save_end(self._store, self._clock, work.job_id, future)
        except DatabaseUnavailable:
            log.warning("job %s: its end could not be saved", work.job_id)
        with self._moved:
            del self._running[work.job_id]
            self._moved.notify_all()

    def _keep_alive(self) -> None:
        while not self._stopping.wait(BEAT_SECONDS):
            try:
                with self._moved:
                    mine = list(self._running)
                for job_id in self._store.jobs.keep_alive(mine, self._clock()):
                    self._stop(job_id)
                interrupt_silent(self._store, self._clock)
            except DatabaseUnavailable:
                log.warning("jobs: the database does not answer; trying again")

    def _stop(self, job_id: str) -> None:
        with self._moved:
            if job_id in self._running:
                self._running[job_id].stop.set()


def interrupt_silent(store: Store, clock: Clock) -> None:
    now = clock()
    count = store.jobs.interrupt_silent(silent_since=now - SILENCE, now=now, error=DIED)
    if count:
        log.warning("jobs: %d left unfinished by a program that died", count)


@contextmanager
def foreground(store: Store, clock: Clock, kind: str, about: str, job_id: str) -> Iterator[Work]:
    """A job in the caller's own thread, for the length of the block; it is done when the block ends well.

    It is kept alive by a thread, and interrupted by whatever ends the block otherwise.
    """
    store.jobs.add(job_id, kind, about, None, clock())
    work = Work(store, clock, job_id)
    thread = threading.Thread(target=_beat, args=(store, clock, work), name="job-beat", daemon=True)
    thread.start()
    done = False
    try:
        yield work
        done = True
    finally:
        work.stop.set()
        thread.join()
        if done:
            store.jobs.end(job_id, "done", clock())
        else:
            store.jobs.end(job_id, "interrupted", clock(), error=DIED)


def _beat(store: Store, clock: Clock, work: Work) -> None:
    while not work.stop.wait(BEAT_SECONDS):
        try:
            store.jobs.keep_alive([work.job_id], clock())
        except DatabaseUnavailable:
            log.debug("job %s: the database does not answer; trying again", work.job_id)


def _save_end(store: Store, clock: Clock, job_id: str, future: Future[Result]) -> None:
    error = future.exception()
    match error:
        case None:
            store.jobs.end(job_id, "done", clock(), result=future.result())
        case Stopped():
            store.jobs.end(job_id, "interrupted", clock(), error=DIED)
        case ClickstreamError():
            log.warning("job %s failed: %s", job_id, error.message)
            store.jobs.end(job_id, "failed", clock(), error=error.message)
        case _:
            log.error("job %s failed", job_id, exc_info=error)
            store.jobs.end(job_id, "failed", clock(), error=BROKEN)
