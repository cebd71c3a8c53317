"""The rollup: from changed events to sessions and days, by one worker at a time, resumable at any point."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from secrets import token_hex

import msgspec

from clickstream.clock import Clock
from clickstream.errors import DatabaseUnavailable, Deposed, StartupError
from clickstream.rollup.pace import Pace
from clickstream.rollup.rebuild import Rebuild
from clickstream.rollup.retention import retain
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.store.changes import Change
from clickstream.store.rollup_state import LEASE_SECONDS, Calculation, Dataset

log = logging.getLogger(__name__)

CALCULATION_VERSION = 6
"""Raise it when `clickstream.sessions` or `clickstream.days` compute something else: every dataset is then rebuilt."""

POLL_SECONDS = 0.2
REST = 10
LONGEST_REST_SECONDS = 10.0
FLOOD_KEYS = 500
LONGEST_WAIT_SECONDS = 10.0
RETRY_SECONDS = 1.0
RETAIN_SECONDS = 60.0
LEASE_POLL_SECONDS = 0.02
FILL_CHUNK = 2_000
TOMBSTONE_AGE = timedelta(hours=1)
LONGEST_READ = timedelta(minutes=1)
_ORDER_PREFIX = "o:"

Beat = Callable[[], None]
Told = Callable[[int], None]


def calculation_of(settings: Settings) -> Calculation:
    return Calculation(CALCULATION_VERSION, settings.time_zone, settings.currency, settings.session_gap_minutes)


def catch_up(store: Store, settings: Settings, clock: Clock) -> None:
    """Return when everything acknowledged so far is in sessions and days. Raises DatabaseUnavailable."""
    waited_for = store.changes.pending()
    while True:
        with suppress(Deposed), _lease(store, wait=True) as (term, beat):
            changes = store.changes.read()
            left = (waited_for & store.changes.pending()) - {change.id for change in changes}
            roll_up(store, settings, clock, term=term, beat=beat, pace=None, changes=changes, days=not left)
            if not left and not waited_for & {change.id for change in store.changes.read() if change.settled}:
                return


def rebuild(store: Store, settings: Settings, dataset: str, told: Told) -> None:
    """Fill the next generation of a dataset from its events, then serve it. `told` hears how many groups were done."""
    wanted = calculation_of(settings)
    begun: int | None = None
    while True:
        with suppress(Deposed), _lease(store, wait=True) as (term, beat):
            state = store.state.claim_dataset(dataset, wanted, term)
            if begun is None:
                state = _begin(store, state, wanted, term)
                begun = state.next_generation
            if state.next_generation == begun:
                _fill(store, state, term, beat, told)
            return


def forget(store: Store, dataset: str) -> None:
    """Remove everything that was computed of a dataset whose events are gone."""
    while store.state.find_dataset(dataset):
        with suppress(Deposed), _lease(store, wait=True):
            state = store.state.find_dataset(dataset)
            last = max(state.generation, state.next_generation or 0) if state else 0
            store.sessions.drop_generations(dataset, before=last + 1)
            store.daily.drop_generations(dataset, before=last + 1)
            store.state.forget(dataset)


def roll_up(
    store: Store,
    settings: Settings,
    clock: Clock,
    *,
    term: int,
    beat: Beat,
    pace: Pace | None,
    changes: Sequence[Change] | None = None,
    days: bool = True,
) -> float:
    """One pass over the marks that were read, else over those that are there. Without `days` these stay pending.

    With a pace, marks still open are left and busy days deferred; without, nothing is.

    Gives the share of its sessions that had been stored before: how much of the pass a later one would have spared.
    """
    changes = store.changes.read() if changes is None else changes
    taken = [change for change in changes if change.settled]
    by_dataset: defaultdict[str, set[str]] = defaultdict(set)
    for change in changes if pace is None else taken:
        by_dataset[change.dataset].update(change.keys)
    written = rewritten = 0
    for name in sorted({*by_dataset, *store.state.dataset_names()}):
        if by_dataset[name] or _unfinished(store, name, clock, pace):
            keys = by_dataset[name]
            work = _one_dataset(store, settings, clock, name, keys, term=term, beat=beat, pace=pace, days=days)
            written += work.written
            rewritten += work.rewritten
    if taken:
        store.changes.remove(taken)
    return rewritten / max(written, 1)


def _unfinished(store: Store, name: str, clock: Clock, pace: Pace | None) -> bool:
    """Whether a dataset needs a pass though none of its events changed."""
    state = store.state.find_dataset(name)
    if state is None:
        return False
    pending = store.state.pending(name, state.generation)
    days = pace.due(name, pending.days) if pace else pending.days
    outdated = state.calculation.version != CALCULATION_VERSION
    return bool(outdated or state.next_generation or pending.interrupted or days or _has_outlived(state, clock))


def _one_dataset(
    store: Store,
    settings: Settings,
    clock: Clock,
    name: str,
    keys: set[str],
    *,
    term: int,
    beat: Beat,
    pace: Pace | None,
    days: bool,
) -> Rebuild:
    state = store.state.claim_dataset(name, calculation_of(settings), term)
    if state.calculation.version != CALCULATION_VERSION and not state.next_generation:
        newer = msgspec.structs.replace(state.calculation, version=CALCULATION_VERSION)
        state = _begin(store, state, newer, term)
    if state.next_generation:
        _fill(store, state, term, beat, lambda groups: None)
        state = store.state.claim_dataset(name, state.calculation, term)
    work = Rebuild(store, dataset=name, generation=state.generation, calculation=state.calculation, term=term, beat=beat)
    changed = work.groups(_with_orders(store, name, keys))
    waiting = work.pending.days if days else ()
    due = pace.due(name, waiting) if pace else sorted(waiting)
    for day in due:
        with (pace or Pace(time.monotonic)).timing(name, day):
            work.day(day)
    if changed or due:
        store.state.raise_watermark(name, term)
        work.settle(due)
    _sweep(store, state, clock, term)
    return work


def _sweep(store: Store, state: Dataset, clock: Clock, term: int) -> None:
    """Remove what nobody can still be reading or about to write."""
    store.sessions.purge_gone(state.name, state.generation, older_than=clock() - TOMBSTONE_AGE)
    if _has_outlived(state, clock):
        store.sessions.drop_generations(state.name, before=state.generation)
        store.daily.drop_generations(state.name, before=state.generation)
        store.state.dropped(state.name, term)


def _has_outlived(state: Dataset, clock: Clock) -> bool:
    """Whether the generation before this one can go: those who began to read it have finished."""
    return state.flipped_at is not None and state.flipped_at < clock() - LONGEST_READ


def _with_orders(store: Store, dataset: str, keys: set[str]) -> set[str]:
    """Touched orders replaced by the groups of all events that name them: ownership and refunds cross groups."""
    order_ids = [key.removeprefix(_ORDER_PREFIX) for key in keys if key.startswith(_ORDER_PREFIX)]
    groups = {key for key in keys if not key.startswith(_ORDER_PREFIX)}
    if order_ids:
        groups.update(store.events.groups_of_orders(dataset, order_ids))
    return groups


def _begin(store: Store, state: Dataset, calculation: Calculation, term: int) -> Dataset:
    following = max(state.generation, state.next_generation or 0) + 1
    store.state.begin_generation(state.name, term, following, calculation)
    return msgspec.structs.replace(state, next_generation=following, next_calculation=calculation, filled_to="")


def _fill(store: Store, state: Dataset, term: int, beat: Beat, told: Told) -> None:
    """Fill the next generation from where it was left, then serve it."""
    assert state.next_generation and state.next_calculation
    work = Rebuild(
        store,
        dataset=state.name,
        generation=state.next_generation,
        calculation=state.next_calculation,
        term=term,
        beat=beat,
    )
    if not state.filled_to:
        work.carry(state.generation)
    for chunk in _chunks(store.events.keys(state.name, after=state.filled_to)):
        work.groups(chunk)
        store.state.filled_to(state.name, term, chunk[-1])
        told(len(chunk))
    work.groups([])
    days = sorted(work.pending.days)
    for day in days:
        work.day(day)
    work.settle(days)
    store.state.flip(state.name, term, state.next_generation, state.next_calculation)


def _chunks(keys: Iterable[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    for key in keys:
        chunk.append(key)
        if len(chunk) == FILL_CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


@contextmanager
def _lease(store: Store, *, wait: bool) -> Iterator[tuple[int, Beat]]:
    """Lead for the length of the block. Raises Deposed when another leads (without `wait`) or takes over."""
    holder = f"{socket.gethostname()}:{os.getpid()}:{token_hex(4)}"
    term = store.state.take_lease(holder)
    while term is None:
        if not wait:
            raise Deposed("Another rollup worker is at work.")
        time.sleep(LEASE_POLL_SECONDS)
        term = store.state.take_lease(holder)
    renewed = time.monotonic()

    def beat() -> None:
        nonlocal renewed
        if time.monotonic() - renewed > LEASE_SECONDS / 6:
            if store.state.take_lease(holder) != term:
                raise Deposed("Another rollup worker has taken over.")
            renewed = time.monotonic()

    try:
        yield term, beat
    finally:
        store.state.release_lease(holder)


class _Stopped(Exception):
    """The worker was told to stop; whoever comes next goes on from here."""


class Worker:
    """Rolls up what arrives, and restarts our own database when it has died; inside a `with`, in a thread of its own.

    The more of its last pass was spent on sessions stored before, the longer it rests, up to ten times as long as the pass
    took: events that arrive in no order are taken in few large passes. While they pour in it waits, but not for long.
    """

    def __init__(self, store: Store, settings: Settings, clock: Clock) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._pace = Pace(time.monotonic)
        self._held_since: float | None = None
        self._retain_at = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self.run, name="rollup", daemon=True)

    def __enter__(self) -> Worker:
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self.stop()
        self._thread.join()

    def stop(self) -> None:
        """End `run` at the next safe place."""
        self._stop.set()

    def run(self) -> None:
        """Work until told to stop."""
        adopted = False
        while not self._stop.is_set():
            started = time.monotonic()
            try:
                adopted = adopted or self._adopt_settings()
                rework = self._pass()
                self._retain()
                rest = REST * rework * (time.monotonic() - started)
                pause = min(max(POLL_SECONDS, rest), LONGEST_REST_SECONDS)
            except Deposed:
                pause = POLL_SECONDS
            except DatabaseUnavailable as error:
                log.warning("rollup: %s Trying again.", error.message)
                self._revive()
                pause = RETRY_SECONDS
            except _Stopped:
                return
            self._stop.wait(pause)

    def _pass(self) -> float:
        """The share of its sessions that had been stored before."""
        if not self._work_waits() or self._flooded():
            return 0.0
        self._held_since = None
        with _lease(self._store, wait=False) as (term, beat):

            def beat_or_stop() -> None:
                self._check_stop()
                beat()

            return roll_up(self._store, self._settings, self._clock, term=term, beat=beat_or_stop, pace=self._pace)

    def _retain(self) -> None:
        """Delete events that are older than EVENT_DAYS, a step at a time, now and then."""
        if not self._settings.event_days or time.monotonic() < self._retain_at:
            return
        self._retain_at = time.monotonic() + RETAIN_SECONDS
        with _lease(self._store, wait=False) as (term, beat):
            if retain(self._store, self._settings, self._clock, term=term, beat=beat):
                self._retain_at = 0.0

    def _flooded(self) -> bool:
        """Whether events pour in: a pass would take the processor from who sends them, and be half outdated when done."""
        now = time.monotonic()
        self._held_since = now if self._held_since is None else self._held_since
        return now - self._held_since < LONGEST_WAIT_SECONDS and self._store.changes.lately_touched() > FLOOD_KEYS

    def _check_stop(self) -> None:
        if self._stop.is_set():
            raise _Stopped

    def _work_waits(self) -> bool:
        if self._store.changes.any_settled():
            return True
        names = self._store.state.dataset_names()
        return any(_unfinished(self._store, name, self._clock, self._pace) for name in names)

    def _adopt_settings(self) -> bool:
        """A server started with another time zone, currency or gap rebuilds every dataset under them."""
        wanted = calculation_of(self._settings)
        for name in self._store.state.dataset_names():
            state = self._store.state.find_dataset(name)
            if state and (state.next_calculation or state.calculation) != wanted:
                log.info("rollup: rebuilding dataset %s under the new settings", name)
                rebuild(self._store, self._settings, name, lambda groups: self._check_stop())
        return True

    def _revive(self) -> None:
        try:
            self._store.revive()
        except StartupError as error:
            log.error("rollup: %s", error.message)
