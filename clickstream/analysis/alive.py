"""Signs of life of unfinished analyses: what nobody keeps alive belongs to a process that died."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from clickstream.clock import Clock
from clickstream.errors import DatabaseUnavailable
from clickstream.store import Store

log = logging.getLogger(__name__)

BEAT_SECONDS = 5.0
SILENCE = timedelta(seconds=45)
INTERRUPTED = "The server stopped before this analysis was finished (interrupted); run it again."


@contextmanager
def kept_alive(
    store: Store, clock: Clock, mine: Callable[[], list[str]], lost: Callable[[set[str]], None]
) -> Iterator[None]:
    """Keep these analyses alive for the length of the block, and mark those of the dead as failed.

    `lost` hears which of them another process has cancelled or deleted.
    """
    stop = threading.Event()
    thread = threading.Thread(target=_beat, args=(store, clock, mine, lost, stop), name="analysis-beat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def fail_abandoned(store: Store, clock: Clock) -> None:
    now = clock()
    count = store.analyses.fail_abandoned(silent_since=now - SILENCE, now=now, error=INTERRUPTED)
    if count:
        log.warning("analysis: %d left unfinished by a process that died", count)


def _beat(
    store: Store,
    clock: Clock,
    mine: Callable[[], list[str]],
    lost: Callable[[set[str]], None],
    stop: threading.Event,
) -> None:
    while not stop.wait(BEAT_SECONDS):
        try:
            ids = mine()
            store.analyses.keep_alive(ids, clock())
            if ended := store.analyses.ended(ids):
                lost(ended)
            fail_abandoned(store, clock)
        except DatabaseUnavailable:
            log.warning("analysis: the database does not answer; trying again")
