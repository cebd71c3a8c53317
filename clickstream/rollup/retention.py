"""Keeping no raw event of the live dataset longer than EVENT_DAYS, while every figure stays as it is.

In steps: the day since when events are kept is raised, so that older ones are refused at the door; once nobody can still be
writing one, the sessions that ended before it are sealed; then their events are deleted. Purchases that name
an order, refunds and cancellations stay: they are the shop's books, and a refund may come any time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from clickstream.clock import Clock
from clickstream.errors import Deposed
from clickstream.scope import LIVE
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.store.rollup_state import Dataset

log = logging.getLogger(__name__)

RAISED_EVERY = timedelta(hours=1)
SETTLING = timedelta(minutes=10)
"""So long after raising, whoever still accepted older events (for a minute) has written them and they are rolled up."""
SESSIONS_A_STEP = 1_000


def retain(store: Store, settings: Settings, clock: Clock, *, term: int, beat: Callable[[], None]) -> bool:
    """One step by the leader; says whether another is due at once.

    Raises Deposed.
    """
    state = store.state.find_dataset(LIVE)
    if state is None or state.next_generation:
        return False
    if _raise(store, state, clock(), settings.event_days, term):
        return False
    if state.kept_since is None or state.kept_since_at is None or not _settled(store, clock() - state.kept_since_at):
        return False
    return _seal(store, state, state.kept_since - timedelta(minutes=state.calculation.gap_minutes), term, beat)


def _raise(store: Store, state: Dataset, now: datetime, days: int, term: int) -> bool:
    """Refuse older events from now on; not more often than RAISED_EVERY, and never back."""
    since = now - timedelta(days=days)
    if state.kept_since is not None and state.kept_since >= since:
        return False
    if state.kept_since_at is not None and now - state.kept_since_at < RAISED_EVERY:
        return False
    store.state.keep_since(state.name, term, since, now)
    return True


def _settled(store: Store, passed: timedelta) -> bool:
    """Whether every event that was accepted before the day was raised is in its session."""
    waiting = timedelta(seconds=store.changes.backlog().oldest_seconds)
    return passed >= SETTLING and waiting < passed - SETTLING / 2


def _seal(store: Store, state: Dataset, before: datetime, term: int, beat: Callable[[], None]) -> bool:
    """Seal the sessions that ended since the last step, not all at once, and delete their events."""
    until = store.sessions.nth_end(state.name, state.generation, state.sealed_to, before, SESSIONS_A_STEP)
    if until is None:
        return False
    beat()
    groups = store.sessions.ended(state.name, state.generation, state.sealed_to, until)
    store.sessions.seal(state.name, state.generation, term, groups)
    if store.sessions.ended(state.name, state.generation, state.sealed_to, until, unsealed=True):
        raise Deposed("Another rollup worker has taken over.")
    released = store.events.release(state.name, groups)
    store.state.sealed(state.name, term, until)
    log.info("retention: %d sessions' groups sealed up to %s, %d events deleted", len(groups), until, released)
    return True
